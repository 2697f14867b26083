import { get, type IncomingMessage } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { load } from '../support/module-graph.ts'
import {
  type AppsAnswer,
  type AppsUser,
  newAppId,
  newAppsUser,
  setState,
  stranger,
  uploadZip,
} from './mapapps-client.ts'
import { baseUrl } from './mapwarper-client.ts'

const FILES = {
  'app.json': '{"properties":{"title":"Optimized"}}',
  'index.html':
    '<!doctype html><link rel="stylesheet" href="css/main.css"><script type="module" src="js/main.js?v=2"></script>',
  'second.html': `<!doctype html><script type="module">import './js/second.js'</script><script src="js/classic.js"></script>`,
  'js/main.js': `/** @license An honest one */
    // Here it says at some length what the counter is for, which nobody needs who only wants to see it count.
    import { count } from './lib/count.js'
    export const result = async () => ['main', count(), (await import('./late.js')).late()]`,
  'js/second.js': `import { count } from './lib/count.js'; export const result = () => ['second', count()]`,
  'js/late.js': `import { count } from './lib/count.js'; export const late = () => ['late', count()]`,
  'js/lib/count.js': 'let calls = 0\nexport const count = () => { calls += 1; return calls }',
  'js/classic.js': '/* a comment */ function aKnownName(longArgument) { return longArgument + 1 }',
  'css/main.css': '@import "parts/a.css";\n.main { margin: 0px }',
  'css/parts/a.css': '.a { background: url(../../i/a.png) }',
  'data/points.json': JSON.stringify(
    Array.from({ length: 200 }, (_, i) => ({ name: `point ${i}`, x: i / 7 })),
    null,
    2,
  ),
  'i/a.png': Uint8Array.of(0x89, 0x50, 0x4e, 0x47),
}
const PAGES = ['js/main.js', 'js/second.js']

let editor: AppsUser

const app = (id: string, path = '') => `/resources/apps/${id}${path}`
const setPreoptimized = (user: { api: AppsUser['api'] }, id: string, value: string): Promise<AppsAnswer> =>
  user.api(app(id, `/preoptimizedState${value}`), { method: 'POST' })
const isPreoptimized = async (id: string): Promise<boolean> =>
  (await editor.api(app(id, '.json'))).body.preoptimized

async function newApp(files: Readonly<Record<string, string | Uint8Array>> = FILES): Promise<string> {
  const id = newAppId()
  const made = await uploadZip(editor, id, files)
  expect(made.body, made.text).not.toHaveProperty('error')
  return id
}

/** An answer as it comes over the wire: `fetch` takes its coding off. */
async function fetchRaw(id: string, path: string, acceptEncoding: string) {
  const headers = { ...editor.credential, 'accept-encoding': acceptEncoding }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(baseUrl + app(id, path), { headers }, resolve).on('error', reject)
  })
  const bytes = Buffer.concat(await response.toArray())
  return { bytes, coding: response.headers['content-encoding'], etag: response.headers.etag }
}

/** Modules as they are served, and all they load. */
async function servedGraph(id: string, entries: readonly string[]): Promise<Record<string, string>> {
  const graph: Record<string, string> = {}
  const wanted = new Set(entries)
  for (const path of wanted) {
    const { status, text } = await editor.api(app(id, `/${path}`))
    expect(status, path).toBe(200)
    graph[path] = text
    for (const [, address] of text.matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g))
      wanted.add(new URL(address!, `https://app/${path}`).pathname.slice(1))
  }
  return graph
}

beforeAll(async () => {
  editor = await newAppsUser(['editor'])
})

describe('POST /resources/apps/{appId}/preoptimizedState', () => {
  it('serves in the place of the files what has been made of them, and the files again', async () => {
    const id = await newApp()
    const before = await load(await servedGraph(id, PAGES), PAGES)
    const switched = await setPreoptimized(editor, id, '?preoptimized=true')
    expect([switched.status, switched.body]).toEqual([200, { success: true }])
    expect(await isPreoptimized(id)).toBe(true)

    const graph = await servedGraph(id, PAGES)
    expect(graph['js/main.js']!.length).toBeLessThan(FILES['js/main.js'].length)
    expect(Object.keys(graph).filter((path) => path.startsWith('js/'))).toEqual(PAGES)
    expect(Object.values(graph).join('')).toContain('@license An honest one')
    expect(await load(graph, PAGES)).toEqual(before)

    const [style, classic, page, raw, index, edit, replaced, again] = await Promise.all([
      editor.api(app(id, '/css/main.css')),
      editor.api(app(id, '/js/classic.js')),
      editor.api(app(id, '/index.html')),
      editor.api(app(id, '/$raw/js/main.js')),
      editor.api(app(id, '/$raw/$index')),
      editor.api(app(id, '/$raw/js/main.js'), { method: 'PUT', body: 'x' }),
      uploadZip(editor, id, FILES),
      setPreoptimized(editor, id, '?preoptimized=true'),
    ])
    expect(style.text.trim()).toBe('.a{background:url(../i/a.png)}.main{margin:0}')
    expect(classic.text.trim()).toMatch(/^function aKnownName\((\w)\)\{return \1\+1\}$/)
    expect(page.text).toBe(FILES['index.html'])
    expect(raw.text).toBe(FILES['js/main.js'])
    expect(index.body.toSorted()).toEqual(Object.keys(FILES).toSorted())
    expect([edit.status, edit.body.error]).toEqual([400, expect.stringContaining('pre-optimized')])
    expect([replaced.status, replaced.body.error]).toEqual([200, expect.stringContaining('pre-optimized')])
    expect(again.body).toEqual({ success: true })

    const points = FILES['data/points.json']
    const [plain, gzip, brotli] = await Promise.all(
      ['identity', 'gzip', 'br, gzip'].map((coding) => fetchRaw(id, '/data/points.json', coding)),
    )
    expect(JSON.parse(plain!.bytes.toString())).toEqual(JSON.parse(points))
    expect(plain!.bytes.length).toBeLessThan(points.length)
    expect([plain!.coding, gzip!.coding, brotli!.coding]).toEqual([undefined, 'gzip', 'br'])
    expect(gunzipSync(gzip!.bytes).equals(plain!.bytes)).toBe(true)
    expect(brotliDecompressSync(brotli!.bytes).equals(plain!.bytes)).toBe(true)
    expect(new Set([plain!.etag, gzip!.etag, brotli!.etag]).size).toBe(3)

    const off = await setPreoptimized(editor, id, '?preoptimized=false')
    expect([off.status, off.body]).toEqual([200, { success: true }])
    const shared = Object.keys(graph).find((path) => path.startsWith('chunks/'))!
    const [main, chunk] = await Promise.all([
      editor.api(app(id, '/js/main.js')),
      editor.api(app(id, `/${shared}`)),
    ])
    expect([main.text, chunk.status, await isPreoptimized(id)]).toEqual([FILES['js/main.js'], 404, false])
  })

  it('says what is wrong and where, and serves the files on', async () => {
    const [broken, astray] = await Promise.all([
      newApp({ ...FILES, 'js/broken.js': 'let a = 1\nlet b = ;' }),
      newApp({ ...FILES, 'js/late.js': `import './none.js'` }),
    ])
    const failed = await Promise.all(
      [broken, astray].map((id) => setPreoptimized(editor, id, '?preoptimized=true')),
    )
    expect(failed.map(({ status, body }) => [status, body])).toEqual([
      [500, { code: 500, error: expect.stringContaining('js/broken.js:2:9: Unexpected ";"') }],
      [500, { code: 500, error: expect.stringContaining('js/late.js:1:8: Could not resolve "./none.js"') }],
    ])
    const { text } = await editor.api(app(broken, '/js/main.js'))
    expect([text, await isPreoptimized(broken)]).toEqual([FILES['js/main.js'], false])
  })

  it('never serves a mix, whoever else asks for it or changes the app meanwhile', async () => {
    const id = await newApp()
    const changed = `export const result = () => 'changed'`
    const [first, second, put] = await Promise.all([
      setPreoptimized(editor, id, '?preoptimized=true'),
      setPreoptimized(editor, id, '?preoptimized=true'),
      editor.api(app(id, '/$raw/js/second.js'), { method: 'PUT', body: changed }),
    ])
    for (const { status, body } of [first, second])
      if (status !== 200) expect(body.error).toContain('changed while')
    expect([200, 400]).toContain(put.status)
    const [result] = (await load(await servedGraph(id, ['js/second.js']), ['js/second.js'])) as unknown[]
    expect(result).toEqual(put.status === 200 ? 'changed' : ['second', 1])
    expect(await isPreoptimized(id)).toBe([first, second].some(({ status }) => status === 200))
  })

  it.each([
    '',
    '?preoptimized=',
    '?preoptimized=1',
    '?preoptimized=TRUE',
    '?preoptimized=true&preoptimized=false',
  ])('refuses %j', async (query) => {
    const { status, body } = await setPreoptimized(editor, 'any', query)
    expect([status, body]).toEqual([400, { code: 400, error: 'preoptimized must be true or false' }])
  })

  it('is for those who may edit the app', async () => {
    const id = await newApp()
    const reader = await newAppsUser()
    const answers = await Promise.all([
      setPreoptimized(stranger, id, '?preoptimized=true'),
      setPreoptimized(reader, id, '?preoptimized=true'),
      setPreoptimized(editor, newAppId(), '?preoptimized=false'),
    ])
    expect(answers.map(({ status }) => status)).toEqual([401, 404, 404])
    expect(answers[0]!.headers.get('www-authenticate')).toContain('Basic')
    await setState(editor, id, 'PUBLISHED')
    const seen = await Promise.all(
      [stranger, reader].map((user) => setPreoptimized(user, id, '?preoptimized=true')),
    )
    expect(seen.map(({ status }) => status)).toEqual([401, 403])
  })
})
