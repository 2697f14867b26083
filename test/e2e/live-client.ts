import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import { baseUrl } from './mapwarper-client.ts'

// biome-ignore lint/suspicious/noExplicitAny: what is in a message is what the tests assert
type Message = any

/** A socket of a map, and what it has said that was not asked for yet. */
export class Watcher {
  readonly #socket: WebSocket
  readonly #messages: Message[] = []
  readonly #waiting: (() => void)[] = []
  readonly #closed: Promise<{ code: number; reason: string }>

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data) => {
      const text = String(data)
      this.#messages.push(text === 'pong' ? text : JSON.parse(text))
      for (const resolve of this.#waiting.splice(0)) resolve()
    })
    this.#closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }))
  }

  /** Opens the socket of a map and takes its first message. */
  static async open(
    id: number,
    headers: Record<string, string> = {},
  ): Promise<{ watcher: Watcher; welcome: Message }> {
    const socket = new WebSocket(addressOf(id), { headers })
    const watcher = new Watcher(socket)
    await once(socket, 'open')
    return { watcher, welcome: await watcher.next() }
  }

  /** The next message; of a type, those of others before it are passed over. */
  async next(type?: string): Promise<Message> {
    for (;;) {
      const message = this.#messages.shift()
      if (message === undefined) await this.#arrival()
      else if (type === undefined || message.type === type) return message
    }
  }

  /** What has been said and not asked for. */
  unread(): Message[] {
    return this.#messages.splice(0)
  }

  send(message: unknown): void {
    this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  async close(): Promise<void> {
    this.#socket.close()
    await this.#closed
  }

  /** How the server closes it, as soon as it says so: the connection may go on for a while. */
  async closedByServer(): Promise<{ code: number; reason: string }> {
    while (this.#socket.readyState === WebSocket.OPEN) await sleep(5)
    return this.terminate()
  }

  /** Ends the connection without a word. */
  terminate(): Promise<{ code: number; reason: string }> {
    this.#socket.terminate()
    return this.#closed
  }

  async #arrival(): Promise<void> {
    const message = new Promise<void>((resolve) => this.#waiting.push(resolve))
    const end = this.#closed.then(({ code }) => expect.fail(`the socket was closed with ${code}`))
    await Promise.race([message, end])
  }
}

/** The answer to a handshake that is refused. */
export async function refusal(
  id: number | string,
  headers: Record<string, string> = {},
  query = '',
): Promise<{ status: number; body: Message }> {
  const socket = new WebSocket(`${addressOf(id)}${query}`, { headers })
  const [request, response] = await once(socket, 'unexpected-response')
  const text = (await response.toArray()).join('')
  request.destroy()
  return { status: response.statusCode, body: JSON.parse(text) }
}

const addressOf = (id: number | string) => `${baseUrl.replace(/^http/, 'ws')}/maps/${id}/live`
