import { execFile } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort } from './free-port.ts'
import { type ManagedProcess, startProcess } from './processes.ts'

export interface NativePostgres {
  /** For any client on this machine. */
  url: string
  stop(): Promise<void>
}

const ANSWER_MAX_MS = 30_000
const ANSWER_POLL_MS = 50
const GRACE_MS = 10_000
/** Where Debian and its descendants have the programs of each version. */
const DEBIAN_PROGRAMS = '/usr/lib/postgresql/*/bin'
/** It lives as long as a bench: nothing needs to outlast a crash. */
const SETTINGS = [
  'fsync=off',
  'full_page_writes=off',
  'synchronous_commit=off',
  'shared_buffers=256MB',
  'log_min_messages=fatal',
]

const run = promisify(execFile)

/**
 * Starts this machine's own Postgres with PostGIS in a temporary folder on a free loopback port, as the user `postgres`
 * where this process is root's. Null where there is none, or none with PostGIS. It ends with this process.
 */
export async function startNativePostgres(): Promise<NativePostgres | null> {
  const programs = findPrograms()
  const owner = await ownerOfFiles()
  if (programs === null || owner === 'nobody') return null
  const directory = await mkdtemp(join(tmpdir(), 'graticule-postgres-'))
  if (owner) await chown(directory, owner.uid, owner.gid)
  const port = await freePort()
  const url = `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`
  let server: ManagedProcess | undefined
  const stop = async () => {
    await endConnections(join(directory, 'data'))
    await server?.stop(GRACE_MS)
    await rm(directory, { recursive: true, force: true })
  }
  try {
    const data = join(directory, 'data')
    const asOwner = (program: string, ...args: string[]): [string, string[]] =>
      owner === null
        ? [join(programs, program), args]
        : [
            'setpriv',
            [
              `--reuid=${owner.uid}`,
              `--regid=${owner.gid}`,
              '--clear-groups',
              join(programs, program),
              ...args,
            ],
          ]
    await run(
      ...asOwner('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '-N'),
      { cwd: directory },
    )
    const settings = [...SETTINGS, `unix_socket_directories=${directory}`, 'listen_addresses=127.0.0.1']
    const options = settings.flatMap((setting) => ['-c', setting])
    server = startProcess('postgres', ...asOwner('postgres', '-D', data, '-p', String(port), ...options), {
      cwd: directory,
      env: { ...process.env, LC_ALL: 'C' },
    })
    if (!(await answers(url, server.exited)) || !(await takesPostgis(url))) {
      await stop()
      return null
    }
    return { url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The folder of `initdb` and `postgres`: the one on the path, else the newest of Debian's. */
function findPrograms(): string | null {
  const onPath = (process.env.PATH ?? '').split(delimiter)
  const versionOf = (directory: string) => Number(/\d+/.exec(directory)?.[0])
  const debian = globSync(DEBIAN_PROGRAMS).sort((a, b) => versionOf(b) - versionOf(a))
  const hasAll = (directory: string) =>
    ['initdb', 'postgres'].every((program) => directory !== '' && existsSync(join(directory, program)))
  return [...onPath, ...debian].find(hasAll) ?? null
}

/** Who Postgres runs as: null for this process' own user, `postgres` instead of root, for whom it refuses to. */
async function ownerOfFiles(): Promise<{ uid: number; gid: number } | null | 'nobody'> {
  if (process.getuid?.() !== 0) return null
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)),
    )
    return { uid: uid!, gid: gid! }
  } catch {
    return 'nobody'
  }
}

/** Asks the server to end without waiting for its clients; they are told. */
async function endConnections(data: string): Promise<void> {
  const lines = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number.parseInt(lines, 10)
  if (pid > 0) process.kill(pid, 'SIGINT')
}

/** Waits until it answers; false when it has ended before. */
async function answers(url: string, exited: Promise<number>): Promise<boolean> {
  let ended = false
  void exited.then(() => {
    ended = true
  })
  const deadline = Date.now() + ANSWER_MAX_MS
  while (!ended && Date.now() < deadline) {
    if (await succeeds(url, 'select 1')) return true
    await sleep(ANSWER_POLL_MS)
  }
  return false
}

const takesPostgis = (url: string): Promise<boolean> => succeeds(url, 'create extension postgis')

async function succeeds(url: string, statement: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    await client.query(statement)
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}
