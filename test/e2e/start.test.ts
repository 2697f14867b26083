import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { freePort } from '../../dev/free-port.ts'
import { processTree, stillRunning } from '../support/process-tree.ts'
import { runStartToItsEnd, startServer, temporaryDirectory } from '../support/server.ts'
import { archive, reach, rectify, uploadHaas } from './haas-map.ts'
import { basic } from './mapwarper-client.ts'

const START_MAX_MS = 120_000
const baseUrl = inject('baseUrl')

let dataDir: string

beforeAll(async () => {
  dataDir = await temporaryDirectory()
})

afterAll(async () => {
  await rm(dataDir, { recursive: true, force: true })
})

async function signUp(url: string, login: string): Promise<number> {
  const body = JSON.stringify({ login, email: `${login}@example.org`, password: 'correct horse' })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/account/sign_up`, { method: 'POST', headers, body })
  return response.status
}

async function signIn(url: string, email: string, password: string): Promise<number> {
  const body = JSON.stringify({ user: { email, password } })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/api/v1/auth/sign_in.json`, { method: 'POST', headers, body })
  return response.status
}

/** Waits until none of the processes is left; answers with those that stay for longer than `maxMs`. */
async function remaining(processes: Awaited<ReturnType<typeof processTree>>, maxMs: number) {
  const deadline = Date.now() + maxMs
  let left = stillRunning(processes)
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(100)
    left = stillRunning(processes)
  }
  return left
}

describe('a running instance', () => {
  it('is healthy', async () => {
    const response = await fetch(`${baseUrl}/healthz`)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ status: 'ok' })
  })

  it('lets the administrator of the first start in', async () => {
    expect(await signIn(baseUrl, 'admin@example.org', 'graticule')).toBe(200)
  })
})

describe('a start that cannot be', () => {
  it('names the port that is taken', async () => {
    const { port } = new URL(baseUrl)
    const { code, output } = await runStartToItsEnd({ PORT: port, DATA_DIR: `${dataDir}/other` })
    expect(code).toBe(1)
    expect(output).toContain(`Port ${port} of 127.0.0.1 is already in use`)
  })

  it('refuses a port that is no number', async () => {
    const { code, output } = await runStartToItsEnd({ PORT: 'http', DATA_DIR: `${dataDir}/other` })
    expect(code).toBe(1)
    expect(output).toContain('PORT is not a port number: http')
  })

  it('says so when the database cannot be reached', async () => {
    const closed = await freePort()
    const { code, output } = await runStartToItsEnd({
      PORT: String(await freePort()),
      DATA_DIR: `${dataDir}/proxy`,
      DATABASE_URL: `postgresql://nobody:secret@127.0.0.1:${closed}/nothing`,
    })
    expect(code).toBe(1)
    expect(output).toContain('ECONNREFUSED')
    expect(output).toContain('The database ended (exit code 1)')
    expect(output).not.toContain('secret')
  })
})

describe('the life of a data directory', () => {
  it(
    'survives kill -9 of the parent of the tree in the midst of a bake, and is used by one instance at a time',
    async () => {
      const login = `before-${randomUUID().slice(0, 8)}`
      const env = { ADMIN_EMAIL: 'first@example.org', ADMIN_PASSWORD: 'first password' }
      const as = basic(env.ADMIN_EMAIL, env.ADMIN_PASSWORD)
      const first = await startServer({ dataDir, env })
      expect(await signIn(first.url, 'first@example.org', 'first password')).toBe(200)
      expect(await signIn(first.url, 'admin@example.org', 'graticule')).toBe(401)
      expect(await signUp(first.url, login)).toBe(201)
      const busy = await runStartToItsEnd({ PORT: String(await freePort()), DATA_DIR: dataDir })
      expect(busy.code).toBe(1)
      expect(busy.output).toContain(`The data directory ${dataDir} is already in use by process ${first.pid}`)
      const id = await uploadHaas(first.url, as)
      await reach(first.url, id, 'available', 100)
      const lost = rectify(first.url, id, as).then(
        () => 'answered',
        () => 'lost',
      )
      await reach(first.url, id, 'warping', 5)
      const killed = await processTree(first.pid)
      expect(killed.length).toBeGreaterThan(3)
      process.kill(first.pid, 'SIGKILL')
      expect(await lost, 'the bake was over before it could be killed').toBe('lost')
      expect(await remaining(killed, 10_000), 'SIGKILL of the parent left something behind').toEqual([])

      const others = { ADMIN_EMAIL: 'second@example.org', ADMIN_PASSWORD: 'second password' }
      const second = await startServer({ dataDir, env: others })
      expect(await signIn(second.url, `${login}@example.org`, 'correct horse')).toBe(200)
      expect(await signIn(second.url, 'first@example.org', 'first password')).toBe(200)
      expect(await signIn(second.url, 'second@example.org', 'second password')).toBe(401)
      await reach(second.url, id, 'warped', 200)
      const resumed = await archive(second.url, id)
      expect((await rectify(second.url, id, as)).status).toBe(200)
      await reach(second.url, id, 'warped', 200)
      expect(resumed.equals(await archive(second.url, id)), 'the archive is another').toBe(true)
      const tree = await processTree(second.pid)
      expect(tree.length).toBeGreaterThan(3)
      process.kill(second.pid, 'SIGTERM')
      expect(await second.stop()).toBe(0)
      expect(await remaining(tree, 5_000), 'SIGTERM left something behind').toEqual([])
    },
    2 * START_MAX_MS,
  )
})
