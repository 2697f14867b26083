import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  parseFetchAllow,
  REDIRECTS_MAX,
  type SafeFetchOptions,
  safeFetch,
} from '../../../src/domain/intake/safe-fetch.ts'
import { concat, rejection } from './chunks.ts'

const BYTES = Uint8Array.from({ length: 5000 }, (_, index) => index)

/** What each path answers. */
const ROUTES: Record<string, (response: ServerResponse, other: string) => void> = {
  '/map.png': (response) => response.writeHead(200, { 'content-type': 'image/png' }).end(BYTES),
  '/chunked.png': (response) => {
    response.write(BYTES.subarray(0, 1000))
    response.end(BYTES.subarray(1000))
  },
  '/empty': (response) => response.writeHead(204).end(),
  '/missing': (response) => response.writeHead(404).end('no such file'),
  '/broken': (response) => response.writeHead(500).end(),
  '/no-location': (response) => response.writeHead(302).end(),
  '/to-map': (response) => response.writeHead(302, { location: '/map.png' }).end('moved'),
  '/to-other': (response, other) => response.writeHead(307, { location: `${other}/map.png` }).end(),
  '/to-metadata': (response) =>
    response.writeHead(301, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
  '/to-metadata-in-two': (response) => response.writeHead(303, { location: '/to-metadata' }).end(),
  '/to-file': (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/to-credentials': (response, other) =>
    response.writeHead(302, { location: other.replace('//', '//user@') }).end(),
  '/to-nonsense': (response) => response.writeHead(302, { location: 'http://[nonsense' }).end(),
  '/round': (response) => response.writeHead(302, { location: '/round' }).end(),
  '/silent': () => undefined,
  '/slow-body': (response) => {
    response.writeHead(200).flushHeaders()
  },
  '/stalled': (response) => {
    response.write(BYTES)
  },
  '/endless': (response) => {
    const more = () => {
      while (!response.destroyed && response.write(BYTES));
    }
    response.on('drain', more)
    more()
  },
  '/declares-much': (response) => {
    response.writeHead(200, { 'content-length': '1000000000' }).write(BYTES)
  },
  '/cut-off': (response) => {
    response.writeHead(200, { 'content-length': '6000' }).write(BYTES)
    setTimeout(() => response.destroy(), 20)
  },
}

let hits: string[] = []

async function listen(handler: RequestListener): Promise<{ server: Server; host: string }> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe('safeFetch', () => {
  let main: { server: Server; host: string }
  let other: { server: Server; host: string }
  let userAgent: string | undefined

  beforeAll(async () => {
    other = await listen((request, response) => {
      hits.push(`other ${request.url}`)
      response.end(BYTES)
    })
    main = await listen((request, response) => {
      hits.push(request.url!)
      userAgent = request.headers['user-agent']
      const chain = /^\/chain\/(\d+)$/.exec(request.url!)
      if (chain) {
        const left = Number(chain[1]) - 1
        response.writeHead(302, { location: left === 0 ? '/map.png' : `/chain/${left}` }).end()
      } else ROUTES[request.url!]!(response, `http://${other.host}`)
    })
  })

  beforeEach(() => {
    hits = []
  })

  afterAll(() => {
    for (const { server } of [main, other]) {
      server.closeAllConnections()
      server.close()
    }
  })

  async function get(path: string, options: SafeFetchOptions = {}) {
    const { url, headers, body } = await safeFetch(`http://${main.host}${path}`, {
      allow: [main.host],
      ...options,
    })
    const chunks: Uint8Array[] = []
    for await (const chunk of body) chunks.push(chunk)
    return { path: url.pathname, type: headers.get('content-type'), bytes: concat(chunks) }
  }

  test('gives the bytes, the headers and the address', async () => {
    expect(await get('/map.png')).toEqual({ path: '/map.png', type: 'image/png', bytes: BYTES })
    expect((await get('/chunked.png')).bytes).toEqual(BYTES)
    expect((await get('/empty')).bytes).toHaveLength(0)
    expect(userAgent).toMatch(/^Graticule\//)
  })

  test('follows redirects, to allowed hosts and so many times only', async () => {
    expect(await get('/to-map')).toMatchObject({ path: '/map.png', bytes: BYTES })
    expect((await get('/to-other', { allow: [main.host, other.host] })).bytes).toEqual(BYTES)
    expect(await get(`/chain/${REDIRECTS_MAX}`)).toMatchObject({ path: '/map.png' })
    expect(await rejection(get(`/chain/${REDIRECTS_MAX + 1}`))).toMatchObject({ reason: 'redirects' })
    expect(await rejection(get('/round'))).toMatchObject({ reason: 'redirects' })
  })

  test.each([
    ['/to-other', 'private-address'],
    ['/to-metadata', 'private-address'],
    ['/to-metadata-in-two', 'private-address'],
    ['/to-file', 'scheme'],
    ['/to-credentials', 'credentials'],
    ['/to-nonsense', 'malformed'],
  ])('checks where %s leads before it goes there', async (path, reason) => {
    expect(await rejection(get(path))).toMatchObject({ name: 'FetchRefusedError', reason })
    expect(hits.filter((hit) => hit.startsWith('other'))).toEqual([])
  })

  test('refuses what is not allowed without a request', async () => {
    expect(await rejection(get('/map.png', { allow: [] }))).toMatchObject({ reason: 'private-address' })
    expect(await rejection(safeFetch('not a url'))).toMatchObject({ reason: 'malformed' })
    expect(await rejection(safeFetch('/map.png'))).toMatchObject({ reason: 'malformed' })
    expect(hits).toEqual([])
  })

  test.each(['/missing', '/broken', '/no-location'])('refuses the status of %s', async (path) => {
    expect(await rejection(get(path))).toMatchObject({ reason: 'status' })
  })

  test('refuses a host that does not answer', async () => {
    const gone = await listen(() => undefined)
    await new Promise((resolve) => gone.server.close(resolve))
    const work = safeFetch(`http://${gone.host}/`, { allow: [gone.host] })
    expect(await rejection(work)).toMatchObject({ reason: 'unreachable' })
  })

  test('refuses a body that breaks off', async () => {
    expect(await rejection(get('/cut-off'))).toMatchObject({ reason: 'unreachable' })
  })

  test.each(['/silent', '/slow-body'])('gives up when no byte comes: %s', async (path) => {
    const error = await rejection(get(path, { firstByteMs: 100, totalMs: 60_000 }))
    expect(error).toMatchObject({
      reason: 'timeout',
      message: expect.stringMatching(/no byte came within 100 ms/),
    })
  })

  test.each(['/stalled', '/endless'])('gives up when the end does not come: %s', async (path) => {
    const error = await rejection(get(path, { firstByteMs: 60_000, totalMs: 300, maxBytes: 1e12 }))
    expect(error).toMatchObject({
      reason: 'timeout',
      message: expect.stringMatching(/not complete within 300 ms/),
    })
  })

  test('stops at the size limit, counted or declared', async () => {
    const limit = { maxBytes: 20_000 }
    for (const path of ['/endless', '/declares-much']) {
      const error = await rejection(get(path, limit))
      expect(error).toMatchObject({
        reason: 'too-large',
        message: expect.stringMatching(/limit of 20000 bytes/),
      })
    }
    expect((await get('/map.png', { maxBytes: BYTES.length })).bytes).toEqual(BYTES)
    expect(await rejection(get('/map.png', { maxBytes: BYTES.length - 1 }))).toMatchObject({
      reason: 'too-large',
    })
    expect(await rejection(get('/chunked.png', { maxBytes: BYTES.length - 1 }))).toMatchObject({
      reason: 'too-large',
    })
  })

  test('a reader that leaves early closes the connection', async () => {
    const closed = new Promise<void>((resolve) =>
      main.server.once('request', (_, response) => response.on('close', resolve)),
    )
    const { body } = await safeFetch(`http://${main.host}/endless`, { allow: [main.host] })
    for await (const chunk of body) if (chunk.length > 0) break
    await closed
  })
})

test('parseFetchAllow', () => {
  expect(parseFetchAllow(undefined)).toEqual([])
  expect(parseFetchAllow('')).toEqual([])
  expect(parseFetchAllow(' 127.0.0.1:80, LOCALHOST:8080,,[::1]:1 ')).toEqual([
    '127.0.0.1:80',
    'localhost:8080',
    '[::1]:1',
  ])
})
