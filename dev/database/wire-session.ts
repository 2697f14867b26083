import type { Socket } from 'node:net'
import { readAnswer } from './backend-answer.ts'
import type { Mutex } from './mutex.ts'
import {
  errorResponse,
  frontend,
  greeting,
  readyForQuery,
  startup,
  type TransactionStatus,
  wholeMessages,
} from './wire-messages.ts'

/** The one database session that all clients share. */
export interface SharedBackend {
  readonly serverVersion: string
  /** Sends one frontend message, answers with everything the backend said to it. */
  send(message: Uint8Array): Promise<Buffer>
  rollback(): Promise<void>
  /** Gives up a broken backend and opens the database again, as after a crash. */
  replace(): Promise<void>
}

const IDLE_IN_TRANSACTION_MAX_MS = 15_000
const STARTUP_MAX_BYTES = 10_000

const unitEnds: ReadonlySet<number> = new Set([
  frontend.sync,
  frontend.query,
  frontend.flush,
  frontend.copyDone,
  frontend.copyFail,
])

/**
 * Serves one client. It owns the backend from the first message of a unit (up to Sync, Query or Flush) until
 * ReadyForQuery says that no transaction is open, so transactions never interleave and the Parse, Bind and Execute
 * of two clients never mix. A client that goes away, or idles in a transaction, is rolled back.
 *
 * @param exclusive held while this client owns the backend
 */
export function serveSession(socket: Socket, backend: SharedBackend, exclusive: Mutex): void {
  let received: Buffer = Buffer.alloc(0)
  let started = false
  let gone = false
  let unit: Buffer[] = []
  let work: Promise<void> = Promise.resolve()
  let release: (() => void) | undefined
  let status: TransactionStatus = 'I'
  let skipToSync = false
  let idle: NodeJS.Timeout | undefined

  function free() {
    clearTimeout(idle)
    release?.()
    release = undefined
  }

  async function leave() {
    gone = true
    await work
    if (!release) return
    if (status !== 'I') await backend.rollback().catch(() => backend.replace())
    free()
  }

  async function runUnit(messages: Buffer[]) {
    if (gone) return
    release ??= await exclusive.lock()
    if (gone) return
    clearTimeout(idle)
    const answers: Buffer[] = []
    let ready = false
    let broken = false
    let failed = false
    for (const message of messages) {
      const type = message[0]
      if (skipToSync && type !== frontend.sync) continue
      const answer = readAnswer(message, await backend.send(message))
      answers.push(answer.bytes)
      broken ||= answer.poisoned
      failed ||= answer.failed
      skipToSync = answer.failed && type !== frontend.query && type !== frontend.sync
      if (answer.status) {
        ready = true
        status = answer.status
      }
    }
    const last = messages.at(-1)?.[0]
    const expectsReady = last === frontend.sync || last === frontend.query
    if (broken || (expectsReady && !ready)) {
      await backend.replace()
      status = 'I'
      if (!failed) answers.push(errorResponse('57P02', 'The database backend broke and was restarted'))
      if (!ready) answers.push(readyForQuery('I'))
      ready = true
    }
    if (!gone) socket.write(Buffer.concat(answers))
    if (ready && status === 'I') free()
    else idle = setTimeout(() => socket.destroy(), IDLE_IN_TRANSACTION_MAX_MS)
  }

  /** Takes the first message of a connection off `received`; false while it is not whole. */
  function start(): boolean {
    if (received.length < 8) return false
    const length = received.readInt32BE(0)
    if (length < 8 || length > STARTUP_MAX_BYTES) throw new RangeError('Not a Postgres client')
    if (received.length < length) return false
    const code = received.readInt32BE(4)
    received = received.subarray(length)
    if (code === startup.sslRequest || code === startup.gssRequest) socket.write('N')
    else if (code === startup.cancelRequest) socket.end()
    else {
      started = true
      socket.write(greeting(backend.serverVersion))
    }
    return true
  }

  function receive(bytes: Buffer) {
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes])
    while (!started) if (!start()) return
    let used = 0
    for (const message of wholeMessages(received)) {
      used += message.length
      const type = message[0] ?? 0
      if (type === frontend.terminate) {
        socket.end()
        return
      }
      if (type === frontend.password) continue
      unit.push(message)
      if (!unitEnds.has(type)) continue
      const whole = unit
      unit = []
      work = work
        .then(() => runUnit(whole))
        .catch((error: unknown) => {
          console.error(error)
          socket.destroy()
        })
    }
    received = received.subarray(used)
  }

  socket.setNoDelay(true)
  socket.on('data', (bytes: Buffer) => {
    try {
      receive(bytes)
    } catch {
      socket.destroy()
    }
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => void leave())
}
