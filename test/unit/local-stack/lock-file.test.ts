import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LockedError, lockFile } from '../../../dev/lock-file.ts'
import { parentOf, startTime } from '../../../dev/process-table.ts'

let directory: string
let path: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'graticule-lock-'))
  path = join(directory, 'lock')
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

const writeHolder = (pid: number, started: string) => writeFileSync(path, JSON.stringify({ pid, started }))
const holder = () => JSON.parse(readFileSync(path, 'utf8')).pid

describe('lockFile', () => {
  it('is held until it is released, and leaves no other file', async () => {
    const unlock = await lockFile(path, 'The directory')
    expect(holder()).toBe(process.pid)
    expect(readdirSync(directory)).toEqual(['lock'])
    unlock()
    unlock()
    expect(readdirSync(directory)).toEqual([])
  })

  it('is refused while its holder lives, by name', async () => {
    writeHolder(process.ppid, startTime(process.ppid))
    const refused = lockFile(path, 'The directory')
    await expect(refused).rejects.toThrow(LockedError)
    await expect(refused).rejects.toThrow(`The directory is already in use by process ${process.ppid}`)
    expect(holder()).toBe(process.ppid)
  })

  it('is taken over from a process that is gone', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    writeHolder(child.pid!, startTime(child.pid!))
    child.kill('SIGKILL')
    await once(child, 'exit')
    await lockFile(path, 'The directory')
    expect(holder()).toBe(process.pid)
  })

  it('is taken over when the id belongs to another process by now', async () => {
    writeHolder(process.ppid, 'long ago')
    await lockFile(path, 'The directory')
    expect(holder()).toBe(process.pid)
  })

  it('is taken over when it holds nothing that can be read', async () => {
    writeFileSync(path, '')
    await lockFile(path, 'The directory')
    expect(holder()).toBe(process.pid)
  })

  it('waits for a holder that is about to end', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    writeHolder(child.pid!, startTime(child.pid!))
    const waiting = lockFile(path, 'The directory', 20_000)
    child.kill('SIGKILL')
    await waiting
    expect(holder()).toBe(process.pid)
  })
})

describe('the process table', () => {
  it('knows this process and its parent, and nobody else by their number', () => {
    expect(startTime(process.pid)).not.toBe('')
    expect(startTime(process.pid)).toBe(startTime(process.pid))
    expect(parentOf(process.pid)).toBe(process.ppid)
    expect(startTime(2 ** 30)).toBe('')
    expect(parentOf(2 ** 30)).toBe(0)
  })
})
