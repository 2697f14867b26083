import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export interface ManagedProcess {
  name: string
  /** Resolves with the exit code once the command has ended; never rejects. */
  exited: Promise<number>
  /** Asks the command to end, and ends it and all its descendants by force after `graceMs`. */
  stop(graceMs: number): Promise<void>
}

export interface ProcessOptions {
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** Takes a line of standard output; by default it is printed like standard error, after the process' name. */
  onLine?: (line: string) => void
}

const guard = fileURLToPath(new URL('guard.ts', import.meta.url))

/** Starts a command that ends with this process, however this process ends, and whose output carries its name. */
export function startProcess(
  name: string,
  command: string,
  args: string[],
  options: ProcessOptions = {},
): ManagedProcess {
  const child = spawn(process.execPath, [guard, command, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env: options.env ?? process.env,
    ...(options.cwd ? { cwd: options.cwd } : {}),
  })
  const print = (line: string) => {
    if (line.trim()) console.error(`[${name}] ${line}`)
  }
  eachLine(child.stdout, options.onLine ?? print)
  eachLine(child.stderr, print)
  child.stdin.on('error', () => {})
  const exited = new Promise<number>((resolve) => {
    child.on('error', (error) => {
      print(error.message)
      resolve(1)
    })
    child.on('exit', (code) => {
      endGroup(child.pid)
      resolve(code ?? 1)
    })
  })
  return {
    name,
    exited,
    async stop(graceMs) {
      child.kill('SIGTERM')
      const force = setTimeout(() => endGroup(child.pid), graceMs)
      await exited
      clearTimeout(force)
    },
  }
}

function eachLine(stream: Readable, use: (line: string) => void): void {
  createInterface({ input: stream }).on('line', use)
}

function endGroup(leader: number | undefined): void {
  if (leader === undefined) return
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // Nothing of the group is left.
  }
}
