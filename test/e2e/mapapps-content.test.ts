// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what placeholders look like
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { memorySource } from '../../src/formats/probe/byte-source.ts'
import { listZip, unzip } from '../../src/formats/zip-archive.ts'
import { type ZippedFile, zipFile } from '../support/zip-file.ts'
import {
  type AppsAnswer,
  type AppsClient,
  type AppsUser,
  createApp,
  navigate,
  newAppId,
  newAppsUser,
  setState,
  stranger,
  uploadZip,
} from './mapapps-client.ts'
import { baseUrl } from './mapwarper-client.ts'
import { platformDatabase } from './platform-database.ts'

const APPS = '/resources/apps'
const utf8 = (text: string) => new TextEncoder().encode(text)
const config = (title: string, members: object = {}) => JSON.stringify({ properties: { title }, ...members })

let editor: AppsUser
let owner: AppsUser
let visitor: AppsUser
/** Of the owner's, shared with everyone: a draft, and one that is published. */
let draft: string
let published: string
beforeAll(async () => {
  ;[editor, owner, visitor] = await Promise.all([
    newAppsUser(['editor']),
    newAppsUser(['editor']),
    newAppsUser(),
  ])
  ;[draft, published] = [newAppId(), newAppId()]
  const files = {
    'app.json': config('Drafted'),
    'index.html': '<!doctype html><script type="module" src="js/main.mjs"></script>',
    'js/main.mjs': 'export const answer = 42 // logo',
    'images/logo.png': randomBytes(2000),
  }
  await Promise.all([draft, published].map((id) => uploadZip(owner, id, files)))
  await setState(owner, published, 'PUBLISHED')
})

const raw = (id: string, path: string) => `${APPS}/${id}/$raw/${path}`
const put = (user: AppsClient, path: string, body: string | Uint8Array<ArrayBuffer>, headers = {}) =>
  user.api(path, { method: 'PUT', body, headers })
const indexOf = async (user: AppsClient, id: string): Promise<string[]> =>
  (await user.api(`${APPS}/${id}/$raw/$index`)).body
const fileForm = (name: string, content: string | Uint8Array<ArrayBuffer>, field = 'file') => {
  const form = new FormData()
  form.set(field, new File([content], name))
  return form
}
const sendZip = (user: AppsClient, id: string, files: readonly ZippedFile[] | Uint8Array<ArrayBuffer>) =>
  user.api(`${APPS}/${id}`, {
    body: fileForm('a.zip', files instanceof Uint8Array ? files : zipFile(files)),
  })
const statuses = (answers: AppsAnswer[]) => answers.map(({ status }) => status)

describe('uploads', () => {
  it('POST /resources/apps/{appId} replaces everything that the app has', async () => {
    const id = await createApp(editor)
    const before = await indexOf(editor, id)
    expect(before).toContain('index.html')
    const uploaded = await uploadZip(editor, id, {
      'folder/app.json': `{ /* as people write it */ properties: {title: 'New', description: 'Told',}, }`,
      'folder/.hidden': 'x',
      'folder/images/größe.png': 'y',
    })
    expect([uploaded.status, uploaded.body]).toEqual([200, { file: `${id}.zip`, name: 'file', type: '.zip' }])
    expect(await indexOf(editor, id)).toEqual(['.hidden', 'app.json', 'images/größe.png'])
    const { body } = await editor.api(`${APPS}/${id}.json`)
    expect(body).toMatchObject({ title: 'New', description: 'Told', modifiedBy: editor.login })
  })

  it('POST /resources/apps/{appId} makes an app that is not there, for editors', async () => {
    const id = newAppId()
    const form = fileForm('x.ZIP', zipFile([{ path: 'app.json', bytes: utf8('{}') }]), 'upload')
    const made = await editor.api(`${APPS}/${id}`, { body: form })
    expect(made.body).toEqual({ file: 'x.ZIP', name: 'upload', type: '.zip' })
    const [{ body }, twin, ...refused] = await Promise.all([
      editor.api(`${APPS}/${id}.json`),
      uploadZip(editor, id.toUpperCase(), { 'app.json': '{}' }),
      uploadZip(visitor, newAppId(), { 'app.json': '{}' }),
      uploadZip(visitor, draft, { 'app.json': '{}' }),
      uploadZip(visitor, published, { 'app.json': '{}' }),
      uploadZip(stranger, newAppId(), { 'app.json': '{}' }),
      uploadZip(stranger, published, { 'app.json': '{}' }),
    ])
    expect(body).toMatchObject({ id, title: id, editorState: 'DRAFT', sharedInGroups: [] })
    expect([twin.status, twin.body.error]).toEqual([200, expect.stringContaining('already')])
    expect(statuses(refused)).toEqual([403, 403, 403, 401, 401])
    expect((await uploadZip(editor, 'a b', { 'app.json': '{}' })).body.error).toMatch(/^id /)
  })

  it('POST /resources/apps/{appId} tells what is wrong with an archive by 200, and changes nothing', async () => {
    const app = { path: 'app.json', bytes: utf8('{}') }
    const zeros = new Uint8Array(3 * 1024 * 1024)
    const whole = zipFile([app, { path: 'x', bytes: randomBytes(500) }])
    const cases: [string, readonly ZippedFile[] | Uint8Array<ArrayBuffer>][] = [
      ['not a valid zip', utf8('no zip at all')],
      ['not a valid zip', whole.slice(0, -30)],
      ['not a valid zip', new Uint8Array()],
      ['no app.json', [{ path: 'index.html', bytes: utf8('x') }]],
      ['no app.json', zipFile([])],
      ['app.json is not valid JSON', [{ path: 'app.json', bytes: utf8('{"a" 1}') }]],
      ['load must be an object', [{ path: 'app.json', bytes: utf8('{"load": 1}') }]],
      ['title is too long', [{ path: 'app.json', bytes: utf8(config('x'.repeat(600))) }]],
      ['leads elsewhere', [app, { path: '../../evil.js', bytes: utf8('x') }]],
      ['leads elsewhere', [app, { path: 'a/../../evil.js', bytes: utf8('x') }]],
      ['is empty', [app, { path: '/etc/passwd', bytes: utf8('x') }]],
      ['leads elsewhere', [app, { path: 'C:\\evil.js', bytes: utf8('x') }]],
      ['separator', [app, { path: 'a\\..\\evil.js', bytes: utf8('x') }]],
      ['encoded', [app, { path: '%2e%2e/evil.js', bytes: utf8('x') }]],
      ['leads elsewhere', [app, { path: '．．/evil.js', bytes: utf8('x') }]],
      ['must not begin with $', [app, { path: '$raw/app.json', bytes: utf8('x') }]],
      ['is a link', [app, { path: 'link', bytes: utf8('/etc/passwd'), mode: 0o120777 }]],
      ['is encrypted', [app, { path: 'x', bytes: utf8('x'), flags: 1 }]],
      ['by a method', [app, { path: 'x', bytes: utf8('x'), method: 12 }]],
      ['twice', [app, { path: 'x.png', bytes: utf8('1') }, { path: 'x.png', bytes: utf8('2') }]],
      ['twice', [app, { path: 'x.png', bytes: utf8('1') }, { path: 'X.PNG', bytes: utf8('2') }]],
      ['as a folder', [app, { path: 'x', bytes: utf8('1') }, { path: 'x/y', bytes: utf8('2') }]],
      ['200 times', [app, { path: 'bomb', bytes: zeros }]],
      ['more than 67108864 bytes', [app, { path: 'x', bytes: utf8('x'), claims: { size: 70_000_000 } }]],
      [
        'more than 500 files',
        [app, ...Array.from({ length: 500 }, (_, i) => ({ path: `f${i}`, bytes: utf8('') }))],
      ],
      [
        'is larger than the 5 bytes',
        [app, { path: 'x', bytes: utf8('longer than it says'), claims: { size: 5 } }],
      ],
      ['ends after', [app, { path: 'x', bytes: utf8('short'), claims: { size: 50 } }]],
      ['checksum', [app, { path: 'x', bytes: utf8('x'), claims: { crc32: 7 } }]],
      [
        'checksum',
        [app, { path: 'y', bytes: utf8('ok') }, { path: 'x', bytes: utf8('x'), claims: { crc32: 7 } }],
      ],
    ]
    const index = await indexOf(owner, draft)
    const answers: AppsAnswer[] = []
    for (let at = 0; at < cases.length; at += 8)
      answers.push(
        ...(await Promise.all(cases.slice(at, at + 8).map(([, files]) => sendZip(owner, draft, files)))),
      )
    for (const [i, { status, body, text }] of answers.entries()) {
      expect([status, body?.file, body?.type], text).toEqual([200, 'a.zip', '.zip'])
      expect(body.error, String(i)).toContain(cases[i]![0])
    }
    const others = await Promise.all([
      owner.api(`${APPS}/${draft}`, { method: 'POST' }),
      owner.api(`${APPS}/${draft}`, { body: new URLSearchParams({ file: 'x' }) }),
      owner.api(`${APPS}/${draft}`, { body: 'x', headers: { 'content-type': 'multipart/form-data' } }),
      owner.api(`${APPS}/${draft}`, {
        body: 'x',
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
      }),
    ])
    for (const { status, body } of others) expect([status, body.error]).toEqual([200, expect.any(String)])
    expect(await indexOf(owner, draft)).toEqual(index)
    expect((await owner.api(`${APPS}/${draft}.json`)).body.title).toBe('Drafted')
  })

  it('POST /resources/apps/{appId} and PUT /resources/apps/{appId}/$raw/{resourcePath} at once: never a mix', async () => {
    const id = newAppId()
    const contentOf = (upload: number) =>
      Object.fromEntries([
        ['app.json', config(`upload ${upload}`)],
        ...Array.from({ length: 3 + upload }, (_, i) => [`files/${upload}-${i}.txt`, `${upload}`]),
        ['shared.txt', `upload ${upload}`],
      ])
    const uploads = await Promise.all([
      ...[0, 1, 2].map((upload) => uploadZip(editor, id, contentOf(upload))),
      ...[3, 4].map((upload) => uploadZip(owner, id, contentOf(upload))),
    ])
    expect(uploads.map(({ status, text }) => (status === 200 ? text.includes('error') : text))).toEqual(
      uploads.map(() => false),
    )
    const expectOne = async (also: string[]) => {
      const [index, shared, app] = await Promise.all([
        indexOf(editor, id),
        editor.api(raw(id, 'shared.txt')),
        editor.api(`${APPS}/${id}.json`),
      ])
      const title = app.body.title
      const winner = contentOf(Number(/^upload (\d)$/.exec(title)![1]))
      expect(index.filter((path) => !also.includes(path))).toEqual(Object.keys(winner).sort())
      expect(shared.text).toBe(title)
    }
    await expectOne([])
    const [, ...seen] = await Promise.all([
      uploadZip(editor, id, contentOf(3)),
      ...[0, 1, 2, 3].map(() => editor.api(`${APPS}/${id}/shared.txt`)),
      ...[1, 2].map((upload) => uploadZip(editor, id, contentOf(upload))),
      ...[0, 1, 2, 3].map((i) => put(editor, raw(id, `put/${i}.txt`), 'p')),
    ])
    expect(statuses(seen)).toEqual(seen.map(() => 200))
    for (const { text } of seen.slice(0, 4)) expect(text).toMatch(/^upload \d$/)
    await expectOne([0, 1, 2, 3].map((i) => `put/${i}.txt`))
    const gone = await Promise.all([0, 1, 2].map(() => put(editor, raw(id, 'same.txt'), randomBytes(9))))
    expect(statuses(gone)).toEqual([200, 200, 200])
    expect((await editor.api(raw(id, 'same.txt'))).bytes).toHaveLength(9)
  })
})

describe('configurations', () => {
  it('GET /resources/apps/{appId}/app.json is the configuration that the app runs with, $raw/app.json the file', async () => {
    const id = newAppId()
    const text = `{ // kept\n "properties": {"title": "Mine", "host": "h"}, "bundles": {"b": {"C": {"url": "\${app}/x \${host} \${id}"}}},}`
    await uploadZip(editor, id, { 'app.json': text })
    await editor.api(`${APPS}/${id}`, { method: 'PUT', json: { id, title: 'Managed', description: '' } })
    const path = `${APPS}/${id}/app.json`
    const [effective, file, both, head, ...refused] = await Promise.all([
      editor.api(path),
      editor.api(raw(id, 'app.json')),
      editor.api(`${path}?preview=true&autorefresh=30`),
      editor.api(path, { method: 'HEAD' }),
      editor.api(`${path}?preview=2`),
      editor.api(`${path}?autorefresh=often`),
      editor.api(`${path}?autorefresh=1e9`),
      visitor.api(path),
      stranger.api(path),
    ])
    expect(effective.body).toMatchObject({
      properties: { id, title: 'Managed', host: 'h', createdBy: editor.login, editorState: 'DRAFT' },
      bundles: { b: { C: { url: `./x h ${id}` } } },
    })
    expect(effective.headers.get('content-type')).toBe('application/json')
    expect(file.text).toBe(text)
    expect(both.body.load).toEqual({ allowedBundles: ['preview', 'autorefresh'] })
    expect(both.body.bundles.autorefresh).toEqual({ Config: { interval: 30 } })
    expect([head.status, head.headers.get('etag')]).toEqual([200, effective.headers.get('etag')])
    const etag = effective.headers.get('etag')!
    expect((await editor.api(path, { headers: { 'if-none-match': etag } })).status).toBe(304)
    expect(statuses(refused)).toEqual([400, 400, 400, 404, 401])
    expect((await editor.api(`${path}?autorefresh=-1`)).body.load).toBeUndefined()
  })

  it('PUT /resources/apps/{appId}/app.json changes the file, and what the app is called', async () => {
    const id = newAppId()
    await uploadZip(editor, id, { 'app.json': config('Before') })
    const path = `${APPS}/${id}/app.json`
    const done = await put(
      editor,
      path,
      '{properties: {title: "After"}, /* and */ load: {allowedBundles: ["a"]}}',
    )
    expect([done.status, done.body]).toEqual([200, { success: true }])
    expect((await editor.api(`${APPS}/${id}.json`)).body.title).toBe('After')
    const refused = await Promise.all([
      put(editor, path, '{"a": 1,\n "b" 2}'),
      put(editor, path, '{"load": {"allowedBundles": [1]}}'),
      put(editor, path, ''),
      put(editor, path, randomBytes(100)),
      put(editor, path, `{"a": "${'x'.repeat(4 * 1024 * 1024)}"}`),
      put(editor, raw(id, 'app.json'), '[]'),
      put(visitor, path, '{}'),
      put(stranger, path, '{}'),
      put(visitor, `${APPS}/${published}/app.json`, '{}'),
      put(stranger, `${APPS}/${published}/app.json`, '{}'),
    ])
    expect(statuses(refused)).toEqual([400, 400, 400, 400, 413, 400, 404, 401, 403, 401])
    expect(refused[0]!.body).toEqual({
      code: 400,
      error: "app.json is not valid JSON: invalid character '2' (line 2, column 6)",
    })
    const posted = await editor.api(raw(id, 'app.json'), { body: fileForm('other.json', '{"bundles": 1}') })
    expect([posted.status, posted.body]).toEqual([
      200,
      { file: 'other.json', name: 'file', type: '.json', error: 'app.json bundles must be an object' },
    ])
    expect((await editor.api(path)).body.properties.title).toBe('After')
  })
})

const SANDBOX = /^sandbox allow-scripts (?!.*allow-same-origin)/

describe('apps as they are served', () => {
  it('GET /resources/apps/{appId}/{resourcePath} has the type, Range, conditions and HEAD', async () => {
    const path = `${APPS}/${published}/images/logo.png`
    const whole = await stranger.api(path)
    expect([whole.status, whole.bytes.length]).toEqual([200, 2000])
    const etag = whole.headers.get('etag')!
    expect(etag).toBe(`"${createHash('sha256').update(whole.bytes).digest('hex')}"`)
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'image/png',
      'cache-control': 'public, no-cache',
      'access-control-allow-origin': '*',
      'accept-ranges': 'bytes',
      'content-security-policy': expect.stringMatching(SANDBOX),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      vary: expect.stringContaining('Accept-Encoding'),
    })
    const get = (headers: Record<string, string>, method = 'GET') => stranger.api(path, { method, headers })
    const [part, tail, beyond, old, same, changed, head, headSame, unmatched, script] = await Promise.all([
      get({ range: 'bytes=10-19' }),
      get({ range: 'bytes=-5' }),
      get({ range: 'bytes=2000-' }),
      get({ range: 'bytes=10-19', 'if-range': '"other"' }),
      get({ 'if-none-match': `"x", W/${etag}` }),
      get({ 'if-none-match': '"x"' }),
      get({}, 'HEAD'),
      get({ 'if-none-match': etag }, 'HEAD'),
      get({ 'if-match': '"x"' }),
      stranger.api(`${APPS}/${published}/js/main.mjs`),
    ])
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 10-19/2000'])
    expect(part.bytes).toEqual(whole.bytes.slice(10, 20))
    expect(tail.bytes).toEqual(whole.bytes.slice(-5))
    expect([beyond.status, beyond.headers.get('content-range'), beyond.body.code]).toEqual([
      416,
      'bytes */2000',
      416,
    ])
    expect([old.status, old.bytes.length]).toEqual([200, 2000])
    expect([same.status, same.bytes.length, same.headers.get('etag')]).toEqual([304, 0, etag])
    expect(statuses([changed, headSame, unmatched])).toEqual([200, 304, 412])
    expect([head.status, head.headers.get('content-length'), head.bytes.length]).toEqual([200, '2000', 0])
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  })

  it('GET /resources/apps/{appId}/{resourcePath} is found for who sees the app, and no further', async () => {
    const answers = await Promise.all([
      owner.api(`${APPS}/${draft}/js/main.mjs`),
      visitor.api(`${APPS}/${draft}/js/main.mjs`),
      stranger.api(`${APPS}/${draft}/js/main.mjs`),
      stranger.api(`${APPS}/${draft}/none.js`),
      stranger.api(`${APPS}/${published}/none.js`),
      visitor.api(`${APPS}/${published}/none.js`),
      visitor.api(`${APPS}/${published}/js`),
      visitor.api(`${APPS}/${published}/js/`),
      visitor.api(`${APPS}/${published}/`),
      visitor.api(`${APPS}/${published}//index.html`),
    ])
    expect(statuses(answers)).toEqual([200, 404, 401, 401, 404, 404, 404, 303, 303, 404])
    expect(answers[0]!.headers.get('cache-control')).toBe('private, no-cache')
    expect(answers[7]!.headers.get('location')).toBe(`${APPS}/${published}/js/index.html`)
    expect(answers[8]!.headers.get('location')).toBe(`${APPS}/${published}/index.html`)
    expect(answers[4]!.body).toEqual({ code: 404, error: expect.stringContaining('none.js') })
  })

  it('GET /resources/apps/{appId}/index.html and GET /resources/apps/{appId}/thumbnail.png are there in every app', async () => {
    const id = newAppId()
    await uploadZip(editor, id, { 'app.json': '{}' })
    const [page, thumbnail, own] = await Promise.all([
      editor.api(`${APPS}/${id}/index.html`),
      editor.api(`${APPS}/${id}/thumbnail.png`),
      stranger.api(`${APPS}/${published}/index.html`),
    ])
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(page.text).toContain('/assets/viewer/viewer.js')
    expect(page.headers.get('content-security-policy')).toMatch(SANDBOX)
    expect([thumbnail.status, thumbnail.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(Buffer.from(thumbnail.bytes.slice(1, 4)).toString()).toBe('PNG')
    expect(own.text).toContain('js/main.mjs')
    const etag = page.headers.get('etag')!
    const again = await editor.api(`${APPS}/${id}/index.html`, { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
  })

  it('GET /resources/apps/{appId}/index.html leads a browser to where a private app can be launched', async () => {
    const page = `${APPS}/${draft}/index.html`
    const led = await navigate(owner, `${page}?autorefresh=3&api_key=`)
    expect(led.status).toBe(303)
    const location = led.headers.get('location')!
    expect(location).toMatch(new RegExp(`^${APPS}/${draft}/\\$launch/[^/]+/index\\.html\\?autorefresh=3$`))
    const below = location.replace(/index\.html.*$/, '')
    const forged = below.replace(/.(?=\/$)/, (last) => (last === 'A' ? 'B' : 'A'))
    const [launched, script, effective, root, missing, rawIndex, other, bad, badPage, open] =
      await Promise.all([
        navigate(stranger, location),
        stranger.api(`${below}js/main.mjs`),
        stranger.api(`${below}app.json?autorefresh=3`),
        stranger.api(below),
        stranger.api(`${below}nls/de.js`),
        stranger.api(`${below}$raw/$index`),
        stranger.api(`${below.replace(draft, published)}$raw/$index`),
        stranger.api(`${forged}js/main.mjs`),
        navigate(stranger, `${forged}index.html`),
        navigate(stranger, `${APPS}/${published}/index.html`),
      ])
    expect([launched.status, launched.headers.get('cache-control')]).toEqual([200, 'private, no-cache'])
    expect(launched.headers.get('content-security-policy')).toMatch(SANDBOX)
    expect(script.text).toContain('answer = 42')
    expect(effective.body).toMatchObject({ properties: { id: draft }, bundles: { autorefresh: {} } })
    expect([root.status, root.headers.get('location')]).toEqual([303, `${below}index.html`])
    expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([404, null])
    expect(statuses([rawIndex, other, bad])).toEqual([404, 404, 401])
    expect([badPage.status, badPage.headers.get('location')]).toEqual([303, page])
    expect(open.status).toBe(200)
    // The right is that of now.
    await owner.api(`${APPS}/${draft}`, {
      method: 'PUT',
      json: { id: draft, title: 'Drafted', description: '', sharedInGroups: ['maEditor'] },
    })
    const asEditor = await navigate(editor, page)
    const editorsPage = asEditor.headers.get('location')!
    expect((await stranger.api(editorsPage)).status).toBe(200)
    await (await platformDatabase()).execute(
      sql`update users set enabled = false where login = ${editor.login}`,
    )
    const disabled = await stranger.api(editorsPage)
    await (await platformDatabase()).execute(
      sql`update users set enabled = true, token_version = token_version + 1 where login = ${editor.login}`,
    )
    expect([disabled.status, (await stranger.api(editorsPage)).status]).toEqual([401, 401])
  })

  it('GET /resources/apps/{appId}/{resourcePath} of a pre-optimized app is compressed as the client likes it', async () => {
    const id = newAppId()
    const text = 'console.log("optimized")'.repeat(50)
    await uploadZip(editor, id, {
      ...{ 'app.json': '{}', 'a.js': 'console.log( "raw" )', 'o.txt': text },
      ...{ 'o.gz': gzipSync(text), 'o.br': brotliCompressSync(text) },
    })
    const db = await platformDatabase()
    await db.execute(sql`
      with app as (select a.id from apps a join resources r on r.id = a.id where r.slug = ${id}),
      made as (update apps set is_preoptimized = true where id in (select id from app)),
      file as (select f.* from app_files f where f.app_id in (select id from app))
      insert into app_optimized_files (app_id, path, object_key, byte_size, content_type, sha256, gzip_key, brotli_key)
      select app_id, 'a.js', object_key, byte_size, 'text/javascript', sha256,
        (select object_key from file where path = 'o.gz'), (select object_key from file where path = 'o.br')
      from file where path = 'o.txt'`)
    const path = `${APPS}/${id}/a.js`
    const get = (coding: string, headers = {}) =>
      editor.api(path, { headers: { 'accept-encoding': coding, ...headers } })
    const [br, gzip, plain, part, stored, change, upload] = await Promise.all([
      get('br'),
      get('br;q=0.1, gzip'),
      get('identity'),
      get('br', { range: 'bytes=0-6' }),
      editor.api(raw(id, 'a.js')),
      put(editor, raw(id, 'a.js'), 'x'),
      uploadZip(editor, id, { 'app.json': '{}' }),
    ])
    const digest = createHash('sha256').update(text).digest('hex')
    const told = (answer: AppsAnswer) => [
      answer.headers.get('content-encoding'),
      answer.headers.get('etag'),
      answer.text === text,
    ]
    expect(told(br)).toEqual(['br', `"${digest}-br"`, true])
    expect(told(gzip)).toEqual(['gzip', `"${digest}-gzip"`, true])
    expect(told(plain)).toEqual([null, `"${digest}"`, true])
    expect([part.status, part.text, part.headers.get('etag')]).toEqual([206, 'console', `"${digest}"`])
    expect((await get('br', { 'if-none-match': `"${digest}-br"` })).status).toBe(304)
    expect(stored.text).toBe('console.log( "raw" )')
    expect([change.status, change.body.error]).toEqual([400, expect.stringContaining('pre-optimized')])
    expect([upload.status, upload.body.error]).toEqual([200, expect.stringContaining('pre-optimized')])
  })
})

describe('files as they were put there', () => {
  it('GET /resources/apps/{appId}/$raw/$index lists the files', async () => {
    const [index, encoded, ...refused] = await Promise.all([
      owner.api(raw(draft, '$index')),
      owner.api(`${APPS}/${draft}/%24raw/%24index`),
      visitor.api(raw(draft, '$index')),
      visitor.api(raw(published, '$index')),
      stranger.api(raw(published, '$index')),
      stranger.api(raw(newAppId(), '$index')),
      owner.api(raw(newAppId(), '$index')),
    ])
    expect(index.body).toEqual(['app.json', 'images/logo.png', 'index.html', 'js/main.mjs'])
    expect(encoded.body).toEqual(index.body)
    expect(statuses(refused)).toEqual([404, 403, 401, 401, 404])
  })

  it('PUT, GET and DELETE /resources/apps/{appId}/$raw/{resourcePath} write, read and remove a file', async () => {
    const id = newAppId()
    await uploadZip(editor, id, { 'app.json': '{}' })
    const path = raw(id, 'texts/nü%20(1).unknown')
    const made = await put(editor, path, 'Enter content...', { 'content-type': 'text/plain' })
    expect([made.status, made.body]).toEqual([200, { success: true }])
    const got = await editor.api(path)
    expect([got.text, got.headers.get('content-type')]).toEqual(['Enter content...', 'text/plain'])
    expect(got.headers.get('content-security-policy')).toMatch(SANDBOX)
    const etag = got.headers.get('etag')!
    const [part, same, head, stale, taken] = await Promise.all([
      editor.api(path, { headers: { range: 'bytes=6-' } }),
      editor.api(path, { headers: { 'if-none-match': etag } }),
      editor.api(path, { method: 'HEAD' }),
      put(editor, path, 'x', { 'if-match': '"other"' }),
      put(editor, path, 'x', { 'if-none-match': '*' }),
    ])
    expect([part.status, part.text, same.status]).toEqual([206, 'content...', 304])
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '16'])
    expect(statuses([stale, taken])).toEqual([412, 412])
    expect((await put(editor, path, 'next', { 'if-match': `"x", ${etag}` })).status).toBe(200)
    const removals = await Promise.all([
      editor.api(path, { method: 'DELETE', headers: { 'if-match': etag } }),
      editor.api(raw(id, 'none'), { method: 'DELETE', headers: { 'if-match': '*' } }),
      editor.api(raw(id, 'app.json'), { method: 'DELETE' }),
      editor.api(raw(id, 'none'), { method: 'DELETE' }),
      editor.api(raw(id, 'a%2f..%2fapp.json'), { method: 'DELETE' }),
      visitor.api(raw(published, 'index.html'), { method: 'DELETE' }),
      stranger.api(raw(published, 'index.html'), { method: 'DELETE' }),
      visitor.api(path, { method: 'DELETE' }),
    ])
    expect(statuses(removals)).toEqual([412, 412, 400, 404, 404, 403, 401, 404])
    const gone = await editor.api(path, { method: 'DELETE' })
    expect([gone.status, gone.body]).toEqual([200, { success: true }])
    expect(statuses([await editor.api(path), await editor.api(path, { method: 'DELETE' })])).toEqual([
      404, 404,
    ])
    expect(await indexOf(editor, id)).toEqual(['app.json'])
  })

  it('PUT /resources/apps/{appId}/$raw/{resourcePath} refuses what would be in the way, and who may not', async () => {
    const id = newAppId()
    await uploadZip(editor, id, { 'app.json': '{}', 'a/b.txt': 'x' })
    const refused = await Promise.all([
      put(editor, raw(id, 'a'), 'x'),
      put(editor, raw(id, 'a/b.txt/c'), 'x'),
      put(editor, raw(id, 'A/B.TXT'), 'x'),
      put(editor, raw(id, 'APP.json'), 'x'),
      put(editor, raw(id, 'folder/'), 'x'),
      put(editor, raw(id, ''), 'x'),
      put(editor, raw(id, '$index'), 'x'),
      put(editor, raw(id, `${'x'.repeat(300)}`), 'x'),
      put(editor, raw(id, Array.from({ length: 40 }, () => 'd').join('/')), 'x'),
      put(visitor, raw(published, 'x'), 'x'),
      put(stranger, raw(published, 'x'), 'x'),
      put(visitor, raw(id, 'x'), 'x'),
      put(editor, raw(newAppId(), 'x'), 'x'),
      editor.api(`${APPS}/${id}/images/x.png`, { method: 'PUT', body: 'x' }),
      editor.api(raw(id, 'x'), { method: 'PATCH', body: 'x' }),
    ])
    expect(statuses(refused)).toEqual([
      400, 400, 400, 400, 400, 400, 400, 400, 400, 403, 401, 404, 404, 405, 405,
    ])
    expect(await indexOf(editor, id)).toEqual(['a/b.txt', 'app.json'])
  })

  it('POST /resources/apps/{appId}/$raw/{resourcePath} takes the file of a form', async () => {
    const id = newAppId()
    await uploadZip(editor, id, { 'app.json': '{}' })
    const path = raw(id, 'images/example.png')
    const done = await editor.api(path, { body: fileForm('example.png', 'png') })
    expect([done.status, done.body]).toEqual([200, { file: 'example.png', name: 'file', type: '.png' }])
    expect((await editor.api(path)).text).toBe('png')
    const [evil, none, twice, forbidden] = await Promise.all([
      editor.api(raw(id, '%252e%252e/x'), { body: fileForm('x.png', 'y') }),
      editor.api(path, { body: new FormData() }),
      editor.api(path, {
        body: (() => {
          const form = fileForm('a', 'a')
          form.set('b', new File(['b'], 'b'))
          return form
        })(),
      }),
      visitor.api(raw(published, 'x'), { body: fileForm('x', 'y') }),
    ])
    expect([evil.status, evil.body]).toEqual([
      200,
      { file: 'x.png', name: 'file', type: '.png', error: expect.stringContaining('encoded more than once') },
    ])
    expect([none.body.error, twice.body.error]).toEqual([
      expect.stringContaining('no file'),
      expect.stringContaining('more than one'),
    ])
    expect(forbidden.status).toBe(403)
    expect(await indexOf(editor, id)).toEqual(['app.json', 'images/example.png'])
  })

  it('no resource path leaves its app, however it is written', async () => {
    const dots = [
      '..',
      '%2e%2e',
      '%252e%252e',
      '.%2e',
      '%c0%ae%c0%ae',
      '．．',
      '%ef%bc%8e%ef%bc%8e',
      '․․',
      '‥',
    ]
    const segment = fc.oneof(
      fc.constantFrom(
        ...dots,
        '%2f',
        '%5c',
        '\\',
        '%00',
        'a%2f..%2fb',
        '%ef%bc%8f',
        'C:',
        '%24raw',
        '$raw',
        '',
        '.',
      ),
      fc.constantFrom(draft, published, 'app.json', 'index.html', 'a'),
      fc.string({ unit: 'grapheme', maxLength: 4 }).map((text) => encodeURIComponent(text.toWellFormed())),
    )
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'))
    const own = await indexOf(owner, published)
    const root = `${APPS}/${published}/`
    /** What a URL makes of a path that nobody has tidied up, behind the address of the app. */
    const restOf = (address: string) => {
      const { pathname } = new URL(address, baseUrl)
      return pathname.startsWith(root) ? pathname.slice(root.length) : null
    }
    const expected = new Set(own)
    const tried = fc.sample(path, 24)
    await Promise.all(
      [0, 1, 2, 3].map(async (turn) => {
        for (const evil of tried.filter((_, i) => i % 4 === turn)) {
          const written = await wire('PUT', `${root}$raw/x/${evil}`, owner.credential, 'x')
          const at = restOf(`${root}$raw/x/${evil}`)
          if (at?.startsWith('$raw/x/')) expect([200, 400], `${evil}: ${written}`).toContain(written)
          if (written === 200 && at?.startsWith('$raw/'))
            expected.add(decodeURIComponent(at.slice('$raw/'.length)).normalize('NFC'))
          const read = await wire('GET', `${root}x/${evil}`, {})
          if (written !== 200 && restOf(`${root}x/${evil}`)?.startsWith('x/'))
            expect([303, 404], `${evil}: ${read}`).toContain(read)
        }
      }),
    )
    const index = await indexOf(owner, published)
    expect(new Set(index)).toEqual(expected)
    for (const stored of index) {
      expect(stored).not.toMatch(/^[$/]|\\|%2e|%2f/i)
      expect(stored.normalize('NFKC').split(/[/\\]/)).not.toContain('..')
    }
    expect(await indexOf(owner, draft)).toEqual(['app.json', 'images/logo.png', 'index.html', 'js/main.mjs'])
  })
})

/** Sends a request whose path nobody has tidied up. @returns the status */
function wire(method: string, path: string, headers: Record<string, string>, body = ''): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(baseUrl)
    const asked = request(
      {
        hostname,
        port,
        method,
        path: Buffer.from(path).toString('latin1'),
        headers: { ...headers, 'content-length': body.length },
      },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode!))
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}

async function unzipped(bytes: Uint8Array): Promise<Record<string, string>> {
  const source = memorySource(bytes)
  const limits = { maxEntries: 1000, maxEntryBytes: 1e8, maxTotalBytes: 1e8, withHidden: true }
  const files: Record<string, string> = {}
  for (const entry of await listZip(source, limits)) {
    const chunks: Uint8Array[] = []
    for await (const chunk of unzip(source, entry)) chunks.push(chunk.slice())
    files[entry.path] = Buffer.concat(chunks).toString()
  }
  return files
}

describe('exports', () => {
  it('GET and POST /resources/apps/{appId}.zip give the files as they were put there, which upload again', async () => {
    const id = newAppId()
    const files = { 'app.json': '{ /* kept */ }', '.hidden': 'h', 'images/größe.txt': 'x'.repeat(100_000) }
    await uploadZip(editor, id, files)
    const [got, posted, head, ...refused] = await Promise.all([
      editor.api(`${APPS}/${id}.zip`),
      editor.api(`${APPS}/${id}.zip`, { body: new URLSearchParams({ standalone: 'false' }) }),
      editor.api(`${APPS}/${id}.zip`, { method: 'HEAD' }),
      visitor.api(`${APPS}/${published}.zip`),
      visitor.api(`${APPS}/${draft}.zip`, { body: new URLSearchParams() }),
      stranger.api(`${APPS}/${published}.zip`),
      editor.api(`${APPS}/${newAppId()}.zip`),
      editor.api(`${APPS}/${id}.zip?standalone=maybe`),
    ])
    expect(await unzipped(got.bytes)).toEqual(files)
    for (const answer of [got, posted, head]) {
      expect(answer.status).toBe(200)
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="${id}.zip"`,
        'content-length': String(got.bytes.length),
      })
    }
    expect(posted.bytes).toEqual(got.bytes)
    expect(statuses(refused)).toEqual([403, 404, 401, 404, 400])
    if (existsSync('/usr/bin/unzip')) {
      const folder = mkdtempSync(join(tmpdir(), 'app-export-'))
      writeFileSync(join(folder, 'a.zip'), got.bytes)
      execFileSync('/usr/bin/unzip', ['-tqq', join(folder, 'a.zip')])
      rmSync(folder, { recursive: true })
    }
    const copy = newAppId()
    expect((await sendZip(editor, copy, got.bytes as Uint8Array<ArrayBuffer>)).body.error).toBeUndefined()
    expect(await indexOf(editor, copy)).toEqual(await indexOf(editor, id))
  })

  it('GET /resources/apps/{appId}.zip?standalone=true gives what runs on any web server', async () => {
    const id = newAppId()
    await uploadZip(editor, id, {
      'app.json': config('Alone', {
        bundles: {
          'map-init': { Config: { layers: ['/1/maps/7', './data/points.geojson', '//cdn/x', '/other'] } },
        },
      }),
      'index.html':
        '<link rel="icon" href="/assets/ogc/icon.svg"><script type="module" src="js/main.js"></script>',
      'js/main.js': 'import "./part.js"; import "/assets/viewer/viewer.js"; load(`icons/${kind}.svg`, "red")',
      'js/part.js': 'export default 1',
      'js/unused.js': 'export default 2',
      'icons/red.svg': '<svg/>',
      'icons/blue.svg': '<svg/>',
      'data/points.geojson': '{"features": [{"icon": "pin"}]}',
      'images/pin.png': 'p',
      'custom/MyLayer.js': 'load("helper")',
      'custom/helper.css': 'a{}',
      'secret.txt': 'never mentioned',
    })
    const exported = (query: string) => editor.api(`${APPS}/${id}.zip?standalone=true${query}`)
    const [plain, more, form, ...unknown] = await Promise.all([
      exported(''),
      exported('&customLayerModules=custom/MyLayer&customFiles=icons,secret.txt'),
      editor.api(`${APPS}/${id}.zip`, {
        body: new URLSearchParams({ standalone: 'true', customFiles: 'secret.txt' }),
      }),
      exported('&customFiles=none.txt,icons'),
      exported('&customLayerModules=none'),
    ])
    const files = await unzipped(plain.bytes)
    const own = (all: object) => Object.keys(all).filter((path) => !path.startsWith('assets/'))
    const needed = [
      ...['app.json', 'data/points.geojson', 'icons/red.svg', 'images/pin.png', 'index.html'],
      ...['js/main.js', 'js/part.js'],
    ]
    expect(own(files)).toEqual(needed)
    expect(files['index.html']).toContain('href="./assets/ogc/icon.svg"')
    expect(files['js/main.js']).toContain('import "../assets/viewer/viewer.js"')
    expect(JSON.parse(files['app.json']!)).toMatchObject({
      properties: { id, title: 'Alone', platform: baseUrl },
      bundles: {
        'map-init': {
          Config: { layers: [`${baseUrl}/1/maps/7`, './data/points.geojson', '//cdn/x', '/other'] },
        },
      },
    })
    expectSelfContained(files)
    expect(plain.headers.get('content-length')).toBe(String(plain.bytes.length))
    const chosen = ['custom/MyLayer.js', 'custom/helper.css', 'icons/blue.svg', 'secret.txt']
    expect(own(await unzipped(more.bytes))).toEqual([...needed, ...chosen].sort())
    expect(own(await unzipped(form.bytes))).toEqual([...needed, 'secret.txt'].sort())
    expect(unknown.map(({ status, body }) => [status, body.error])).toEqual([
      [400, expect.stringContaining('"none.txt"')],
      [400, expect.stringContaining('"none"')],
    ])
  })

  it('POST /resources/apps/{appId}.zip exports an app of the template so that all it refers to is there', async () => {
    const id = await createApp(editor)
    const body = new URLSearchParams({ standalone: 'true' })
    const files = await unzipped((await editor.api(`${APPS}/${id}.zip`, { body })).bytes)
    expect(Object.keys(files)).toEqual(expect.arrayContaining(['app.json', 'index.html']))
    expectSelfContained(files)
    expect(Object.keys(files).some((path) => path.endsWith('maplibre-gl.mjs'))).toBe(true)
  })
})

/** Whether everything that pages and scripts refer to relatively is in the archive, and nothing refers to the platform's own. */
function expectSelfContained(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    if (!/\.(?:html|m?js)$/.test(path)) continue
    const references = [
      ...text.matchAll(/(?:src|href)="([^"]+)"/g),
      ...text.matchAll(/(?:from|import)\s*\(?["']([^"']+)["']/g),
    ].map(([, reference]) => reference!)
    for (const reference of references.filter((at) => /^\.{0,2}\/|\.(?:js|css)$/.test(at))) {
      const { pathname } = new URL(reference, `http://h/${path}`)
      expect(Object.keys(files), `${path} refers to ${reference}`).toContain(decodeURI(pathname).slice(1))
    }
  }
}

/** Objects of files of apps in the bucket. */
function storedKeys(): string[] {
  const folder = join(inject('dataDir'), 'cloudflare/v3/r2')
  const name = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((file) =>
    /[0-9a-f]{64}\.sqlite$/.test(file),
  )!
  const bucket = new DatabaseSync(join(folder, name), { readOnly: true })
  const rows = bucket.prepare("select key from _mf_objects where key like 'apps/files/%'").all()
  bucket.close()
  return rows.map(({ key }) => String(key))
}

async function orphans(): Promise<string[]> {
  const database = await platformDatabase()
  const before = storedKeys()
  const { rows } = await database.execute<{ key: string }>(sql`select object_key as key from app_files`)
  const named = new Set(rows.map(({ key }) => key))
  return before.filter((key) => !named.has(key))
}

it('uploads that break off, or fail, leave nothing in the bucket', async () => {
  const id = newAppId()
  await uploadZip(editor, id, { 'app.json': '{}' })
  const { hostname, port } = new URL(baseUrl)
  const broken = (method: string, path: string, headers: Record<string, string>, bytes: Uint8Array) =>
    new Promise<void>((resolve) => {
      const asked = request({
        ...{ hostname, port, method, path },
        headers: { ...editor.credential, ...headers, 'content-length': 30_000_000 },
      })
      asked.on('error', () => resolve())
      asked.write(bytes, () => setTimeout(() => asked.destroy(), 300))
    })
  const part = '--x\r\ncontent-disposition: form-data; name="file"; filename="a.zip"\r\n\r\n'
  const large = Buffer.alloc(9_000_000, 1)
  const form = { 'content-type': 'multipart/form-data; boundary=x' }
  await Promise.all([
    broken('PUT', raw(id, 'big.bin'), {}, large),
    broken('POST', `${APPS}/${id}`, form, Buffer.concat([Buffer.from(part), large])),
    broken('POST', raw(id, 'x.bin'), form, Buffer.concat([Buffer.from(part), Buffer.alloc(1000)])),
  ])
  expect(await indexOf(editor, id)).toEqual(['app.json'])
  // What others are uploading meanwhile becomes theirs, or goes.
  let left = await orphans()
  for (let attempt = 0; attempt < 100 && left.length > 0; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    const now = await orphans()
    left = left.filter((key) => now.includes(key))
  }
  expect(left).toEqual([])
})
