import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { type Handler, Hono } from 'hono'
import { html } from 'hono/html'
import { describe, expect, it } from 'vitest'
import {
  deliveryPage,
  noticePage,
  questionPage,
  scriptLiteral,
} from '../../../src/dialects/mapwarper/sign-in-elsewhere-pages.ts'

const ORIGIN = 'https://app.example'
const HOSTILE = `</script><script>alert(1)</script><!--&amp;"'\u2028`

const credentials = (name: string) => ({
  message: 'deliverCredentials' as const,
  auth_token: 'token',
  uid: '1',
  id: '2',
  name,
  email: 'ada@example.org',
  provider: 'osm',
})

/** The answer of a page, and what it says as text. */
async function shown(route: Handler): Promise<{ response: Response; text: string }> {
  const app = new Hono()
  app.get('/', route)
  const response = await app.request('http://h/')
  return { response, text: await response.text() }
}

interface Message {
  data: unknown
  origin: string
  source: { postMessage(data: unknown, origin: string): void } | null
}

/** Runs the script of a page and hands it messages. */
function run(text: string) {
  const script = /<script nonce="[\w-]+">(.*)<\/script>/s.exec(text)?.[1] ?? ''
  const told: [unknown, string][] = []
  const state = { closed: false, listener: (_message: Message) => {} }
  const window = {
    addEventListener: (_type: string, listener: (message: Message) => void) => {
      state.listener = listener
    },
    close: () => {
      state.closed = true
    },
  }
  const scope = { window, requestCredentials: (): unknown => undefined }
  runInNewContext(script, scope)
  const source = { postMessage: (data: unknown, origin: string) => void told.push([data, origin]) }
  return {
    told,
    state,
    scope,
    send: (message: Partial<Message>) =>
      state.listener({ data: 'requestCredentials', origin: ORIGIN, source, ...message }),
  }
}

describe('literals of scripts', () => {
  it('are the value, without anything that HTML would see', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const literal = scriptLiteral(value)
        expect(literal).not.toMatch(/[<>&\u2028\u2029]/)
        expect(JSON.parse(literal)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
    expect(scriptLiteral('</script>')).toBe('"\\u003c/script\\u003e"')
  })
})

describe('the page that tells a token', () => {
  it('tells it to its origin alone, and closes', async () => {
    const { text } = await shown((c) => deliveryPage(c, credentials('ada'), ORIGIN))
    const { told, state, scope, send } = run(text)
    expect(scope.requestCredentials()).toEqual(credentials('ada'))
    send({ origin: 'https://stranger.example' })
    send({ origin: `${ORIGIN}.example` })
    send({ origin: 'null' })
    send({ data: { message: 'requestCredentials' } })
    send({ source: null })
    expect(told).toEqual([])
    expect(state.closed).toBe(false)
    send({})
    expect(told).toEqual([[credentials('ada'), ORIGIN]])
    expect(state.closed).toBe(true)
  })

  it('holds any name', async () => {
    const { text } = await shown((c) => deliveryPage(c, credentials(HOSTILE), ORIGIN))
    expect(text.match(/<script/g)).toHaveLength(1)
    expect(run(text).scope.requestCredentials()).toEqual(credentials(HOSTILE))
  })

  it('runs no other script: the nonce is new each time', async () => {
    const nonces = new Set<string>()
    for (let time = 0; time < 2; time++) {
      const { response, text } = await shown((c) => deliveryPage(c, credentials('ada'), ORIGIN))
      const nonce = /script-src 'nonce-([\w-]+)'/.exec(response.headers.get('content-security-policy')!)![1]!
      expect(text).toContain(`<script nonce="${nonce}">`)
      nonces.add(nonce)
    }
    expect(nonces.size).toBe(2)
  })
})

describe('questions and notices', () => {
  it('escape what they name, and run no script', async () => {
    const form = { action: '/a', ticket: HOSTILE, choices: [{ value: 'x', label: HOSTILE }] }
    const asked = await shown((c) => questionPage(c, HOSTILE, html`<p>${HOSTILE}</p>`, form))
    const noted = await shown((c) => noticePage(c, HOSTILE, HOSTILE, 409))
    expect(noted.response.status).toBe(409)
    for (const { text, response } of [asked, noted]) {
      expect(text).not.toContain('<script')
      expect(text).not.toContain('<!--')
      expect(text).toContain('&lt;/script&gt;')
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(response.headers.get('x-frame-options')).toBe('DENY')
    }
  })
})
