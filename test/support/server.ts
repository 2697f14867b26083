import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../dev/free-port.ts'

export interface ServerOptions {
  env?: Record<string, string>
  /** Kept after `stop`; without it a temporary directory is made and removed. */
  dataDir?: string
}

export interface RunningServer {
  url: string
  dataDir: string
  pid: number
  /** Everything the process has written so far, both streams. */
  output(): string
  /** Ends it in order and answers with its exit code. */
  stop(): Promise<number | null>
}

/** A process of `npm start` as it ended, where it was not meant to become ready. */
export interface EndedStart {
  code: number | null
  output: string
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const READY = /^ready (http:\/\/127\.0\.0\.1:\d+)$/m

/** Starts the whole local stack as `npm start` does, on a free port, and waits until it says that it is ready. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const dataDir = options.dataDir ?? (await temporaryDirectory())
  const port = await freePort()
  const { child, output } = spawnStart({ ...options.env, PORT: String(port), DATA_DIR: dataDir })
  const ended = once(child, 'exit') as Promise<[number | null]>
  const url = await new Promise<string>((resolve, reject) => {
    const look = () => {
      const ready = READY.exec(output())
      if (ready?.[1]) resolve(ready[1])
    }
    child.stdout.on('data', look)
    void ended.then(([code]) => reject(new Error(`npm start ended with code ${code}:\n${output()}`)))
  })
  const pid = child.pid ?? 0
  const clean = async () => {
    if (!options.dataDir) await rm(dataDir, { recursive: true, force: true })
  }
  return {
    url,
    dataDir,
    pid,
    output,
    async stop() {
      child.kill('SIGTERM')
      const [code] = await ended
      await clean()
      return code
    },
  }
}

/** Starts the local stack where it must refuse to run. */
export async function runStartToItsEnd(env: Record<string, string>): Promise<EndedStart> {
  const { child, output } = spawnStart(env)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output: output() }
}

export function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'graticule-'))
}

function spawnStart(env: Record<string, string>) {
  const child = spawn(process.execPath, ['dev/start.ts'], {
    cwd: root,
    // As under npm, so that it ends with the tests even when these are killed.
    env: { ...process.env, npm_lifecycle_event: 'start', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (part: string) => {
      text += part
    })
  }
  return { child, output: () => text }
}
