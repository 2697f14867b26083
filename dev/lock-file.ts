import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startTime } from './process-table.ts'

interface Holder {
  pid: number
  /** Tells a process from a later one with the same id. */
  started: string
}

/** Another live process holds the lock. */
export class LockedError extends Error {}

const POLL_MS = 100

/**
 * Takes the lock `path` for this process, or throws `LockedError` when a live process still holds it after
 * `waitMs`. The lock of a process that is gone is taken over, whatever ended it.
 *
 * @param subject what the message says is in use
 * @returns releases the lock; safe to call twice and while the process exits
 */
export async function lockFile(path: string, subject: string, waitMs = 0): Promise<() => void> {
  const deadline = Date.now() + waitMs
  mkdirSync(dirname(path), { recursive: true })
  for (;;) {
    const holder = tryLock(path)
    if (!holder) return () => unlock(path)
    if (Date.now() >= deadline) throw new LockedError(`${subject} is already in use by process ${holder.pid}`)
    await sleep(POLL_MS)
  }
}

/** Undefined when the lock was taken, else who holds it. */
function tryLock(path: string): Holder | undefined {
  const own = `${path}.${process.pid}`
  writeFileSync(own, JSON.stringify({ pid: process.pid, started: startTime(process.pid) }))
  try {
    for (;;) {
      if (link(own, path)) return undefined
      const seen = readHolder(path)
      if (!seen) continue
      if (startTime(seen.pid) === seen.started) return seen
      const aside = `${own}.stale`
      if (!rename(path, aside)) continue
      // Between the look and the move another process may have taken over: give it its lock back.
      const moved = readHolder(aside)
      if (moved && (moved.pid !== seen.pid || moved.started !== seen.started)) link(aside, path)
      rmSync(aside, { force: true })
    }
  } finally {
    rmSync(own, { force: true })
  }
}

function unlock(path: string): void {
  const holder = readHolder(path)
  if (holder?.pid === process.pid) rmSync(path, { force: true })
}

function readHolder(path: string): Holder | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
  try {
    const { pid, started } = JSON.parse(text)
    return { pid: Number(pid), started: String(started) }
  } catch {
    return { pid: 0, started: 'unreadable' }
  }
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

function rename(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false
    throw error
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
