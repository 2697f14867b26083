import {
  deletedMessage,
  type Editor,
  gcpMessage,
  mapMessage,
  mapState,
  readClientMessage,
  type ServerMessage,
} from '../src/dialects/mapwarper/live-messages.ts'
import type { ScanNews } from '../src/domain/live.ts'
import type { Database } from '../src/store/database.ts'
import type { Principal, SystemPrincipal } from '../src/store/principal.ts'
import { findScan } from '../src/store/scans.ts'
import { RateWindow } from './rate-window.ts'

/** Sockets of one scan. */
export const SOCKETS_MAX = 200
/** Of them, those of people who are not signed in: they must not keep editors out. */
export const ANONYMOUS_SOCKETS_MAX = 100
/** Sockets of one person in one room. */
export const USER_SOCKETS_MAX = 10
/** Messages of one socket; who sends more is disconnected. */
const MESSAGES_PER_SECOND_MAX = 100
/** Cursors of one socket that are passed on. */
const CURSORS_PER_SECOND_MAX = 25
/** Cursors of all sockets times those who are told of them. */
const RELAYS_PER_SECOND_MAX = 10_000
const MESSAGE_MAX_BYTES = 1024

/** Status codes of RFC 6455, 7.4.1. */
const GOING_AWAY = 1001
const POLICY_VIOLATION = 1008
const MESSAGE_TOO_BIG = 1009

/** What is known of a socket; kept with it while the object sleeps. */
interface Attachment {
  session: string
  user: { id: number; login: string } | null
  joined: string
}

const system: SystemPrincipal = { kind: 'system', reason: 'live' }

/**
 * Those who watch one scan, each by a socket that may outlive the object in memory. Everything that has to be known of
 * them is attached to the sockets; counters of rates are forgotten with the instance, which sleeps only when nobody
 * has said anything for a while.
 */
export class LiveRoom {
  readonly #ctx: DurableObjectState
  readonly #openDatabase: () => Database
  readonly #rates = new WeakMap<WebSocket, { messages: RateWindow; cursors: RateWindow }>()
  readonly #relays = new RateWindow()
  /** How often the scan's state is known to have changed. */
  #changes = 0
  /** The end of the last state's telling: one that is looked up later is told later. */
  #telling: Promise<void> = Promise.resolve()

  constructor(ctx: DurableObjectState, openDatabase: () => Database) {
    this.#ctx = ctx
    this.#openDatabase = openDatabase
  }

  /** 101 with a socket; 404 when the principal may not see the scan, 503 when there is no room. */
  async admit(scanId: number, principal: Principal): Promise<Response> {
    let scan: Awaited<ReturnType<typeof findScan>>
    let changes: number
    do {
      // Of a change while this is looked up nobody would tell the newcomer.
      changes = this.#changes
      scan = await findScan(this.#openDatabase(), principal, scanId)
    } while (changes !== this.#changes)
    if (!scan) return new Response(null, { status: 404 })
    const user = principal.kind === 'user' ? { id: principal.id, login: principal.login } : null
    if (!this.#hasRoomFor(user?.id)) return new Response(null, { status: 503 })

    const { 0: client, 1: server } = new WebSocketPair()
    this.#ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
    this.#ctx.acceptWebSocket(server)
    const attachment: Attachment = { session: crypto.randomUUID(), user, joined: new Date().toISOString() }
    server.serializeAttachment(attachment)
    const editor = editorOf(attachment)
    const others = this.#attachments(server)
    this.#send(server, {
      type: 'welcome',
      you: editor ?? { session: attachment.session, id: null, login: null, joined: attachment.joined },
      editors: [...others, attachment]
        .flatMap((other) => editorOf(other) ?? [])
        .sort((a, b) => a.joined.localeCompare(b.joined)),
      watchers: others.filter((other) => other.user === null).length,
      map: { id: String(scanId), ...mapState(scan) },
    })
    if (editor) this.#broadcast({ type: 'joined', editor }, server)
    return new Response(null, { status: 101, webSocket: client })
  }

  /** Passes on what happened to the scan, to whoever is there. */
  async tell(news: ScanNews): Promise<void> {
    if (news.kind !== 'gcps') this.#changes++
    if (this.#sockets().length === 0) return
    switch (news.kind) {
      case 'gcps':
        for (const gcp of news.gcps) this.#broadcast(gcpMessage(news.action, gcp, news.by))
        return
      case 'deleted':
        this.#broadcast(deletedMessage(news.by))
        for (const socket of this.#sockets()) socket.close(GOING_AWAY, 'the map was deleted')
        return
      case 'scan':
        this.#telling = this.#telling
          .then(() => this.#tellState(news))
          .catch((error) => console.error(`watchers of scan ${news.scanId} were not told:`, error))
        await this.#telling
    }
  }

  async #tellState({ scanId, change, by }: Extract<ScanNews, { kind: 'scan' }>): Promise<void> {
    const scan = await findScan(this.#openDatabase(), system, scanId)
    if (!scan) return
    this.#broadcast(mapMessage(change, scan, by))
  }

  /** A message of a client. */
  receive(socket: WebSocket, message: string | ArrayBuffer): void {
    if (socket.readyState !== WebSocket.OPEN) return
    const rates = this.#rates.get(socket) ?? { messages: new RateWindow(), cursors: new RateWindow() }
    this.#rates.set(socket, rates)
    const size = typeof message === 'string' ? Buffer.byteLength(message) : message.byteLength
    if (rates.messages.add() > MESSAGES_PER_SECOND_MAX)
      this.#expel(socket, POLICY_VIOLATION, `more than ${MESSAGES_PER_SECOND_MAX} messages a second`)
    else if (size > MESSAGE_MAX_BYTES)
      this.#expel(socket, MESSAGE_TOO_BIG, `a message of more than ${MESSAGE_MAX_BYTES} bytes`)
    else {
      const answer = this.#answerTo(socket, rates.cursors, message)
      if (answer) this.#send(socket, answer)
    }
  }

  #answerTo(socket: WebSocket, cursors: RateWindow, message: string | ArrayBuffer): ServerMessage | null {
    const read = typeof message === 'string' ? readClientMessage(message) : 'the message is not text'
    if (typeof read === 'string') return { type: 'error', detail: read }
    if (read.type === 'ping') return { type: 'pong' }
    const { session, user } = attachmentOf(socket)
    if (!user) return { type: 'error', detail: 'only a cursor of who is signed in is passed on' }
    const isHeard = cursors.add() <= CURSORS_PER_SECOND_MAX
    if (isHeard && this.#relays.add(this.#sockets().length) <= RELAYS_PER_SECOND_MAX)
      this.#broadcast({ ...read, session, by: { id: String(user.id), login: user.login } }, socket)
    return null
  }

  /** Closes a socket from here; the others are told at once, as the client may never answer. */
  #expel(socket: WebSocket, code: number, reason: string): void {
    socket.close(code, reason)
    this.leave(socket)
  }

  /** Tells the others, once, that a socket is gone. */
  leave(socket: WebSocket): void {
    const attachment = attachmentOf(socket)
    const editor = editorOf(attachment)
    if (!editor) return
    socket.serializeAttachment({ ...attachment, user: null } satisfies Attachment)
    this.#broadcast({ type: 'left', editor }, socket)
  }

  #hasRoomFor(userId: number | undefined): boolean {
    const users = this.#attachments().map(({ user }) => user?.id)
    const own = users.filter((id) => id === userId).length
    return (
      users.length < SOCKETS_MAX && own < (userId === undefined ? ANONYMOUS_SOCKETS_MAX : USER_SOCKETS_MAX)
    )
  }

  #sockets(except?: WebSocket): WebSocket[] {
    return this.#ctx
      .getWebSockets()
      .filter((socket) => socket !== except && socket.readyState === WebSocket.OPEN)
  }

  #attachments(except?: WebSocket): Attachment[] {
    return this.#sockets(except).map(attachmentOf)
  }

  #broadcast(message: ServerMessage, except?: WebSocket): void {
    for (const socket of this.#sockets(except)) this.#send(socket, message)
  }

  #send(socket: WebSocket, message: ServerMessage): void {
    try {
      socket.send(JSON.stringify(message))
    } catch {
      // It closed meanwhile; its own event says so to the others.
    }
  }
}

const attachmentOf = (socket: WebSocket): Attachment => socket.deserializeAttachment()

function editorOf({ session, user, joined }: Attachment): Editor | null {
  return user && { session, id: String(user.id), login: user.login, joined }
}
