import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addRows,
  type GisCloudUser,
  makeLayer,
  makeMap,
  makeTable,
  newGisCloudUser,
  share,
} from './giscloud-client.ts'
import {
  type AppsUser,
  appsAdministrator,
  createApp,
  newAppId,
  newAppsUser,
  setState,
  stranger,
  uploadZip,
} from './mapapps-client.ts'
import { baseUrl, call, pngImage } from './mapwarper-client.ts'
import { feature, newCollection } from './ogc-client.ts'
import { pinCorners, placeInTile, rectified, uploadFile } from './rectified-map.ts'

const CHROMIUM = '/usr/bin/chromium'
/** A browser without a graphics card takes its time. */
const SOON = { timeout: 60_000 }
const WINDOW = { viewport: { width: 800, height: 500 } }
const pageOf = (id: string) => `/resources/apps/${id}/index.html`

describe.skipIf(!existsSync(CHROMIUM))('the viewer', () => {
  let browser: Browser
  let editor: AppsUser
  let owner: GisCloudUser
  let collection: string
  let scan: number
  let map: number
  let hidden: number

  beforeAll(async () => {
    ;[browser, editor, owner] = await Promise.all([
      chromium.launch({
        executablePath: CHROMIUM,
        args: [
          ...['--no-sandbox', '--disable-dev-shm-usage'],
          ...['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
        ],
      }),
      newAppsUser(['editor']),
      newGisCloudUser(),
    ])
    ;[collection, scan, map, hidden] = await Promise.all([
      towns(),
      redScan(),
      districts(true),
      districts(false),
    ])
  }, 60_000)
  afterAll(() => browser?.close())

  /** A public dataset of two towns. */
  async function towns(): Promise<string> {
    const made = await newCollection(editor.account, {
      ...{ visibility: 'public', properties: { name: { type: 'string' }, people: { type: 'integer' } } },
    })
    const features = [
      feature([7.6, 47.55], { name: 'Basel', people: 170_000 }),
      feature([7.75, 47.48], { name: 'Liestal', people: 14_000 }),
    ]
    const added = await call(`${made.path}/items`, {
      json: { type: 'FeatureCollection', features },
      as: editor.account.basic,
    })
    expect(added.status, added.text).toBe(201)
    return made.path
  }

  /** A public scan that covers a tile around the towns. */
  async function redScan(): Promise<number> {
    const { id } = await uploadFile(editor.account, 'scan.png', pngImage(64, 64))
    await pinCorners(editor.account, id, [64, 64], placeInTile(8, 133, 89))
    await rectified(editor.account, id)
    const published = await call(`/api/v1/maps/${id}`, {
      method: 'PATCH',
      json: { data: { type: 'maps', attributes: { public: true } } },
      as: editor.account.basic,
    })
    expect(published.status, published.text).toBe(200)
    return id
  }

  /** A map of one area with a name, seen by everyone or by its owner alone. */
  async function districts(isPublic: boolean): Promise<number> {
    const [table, made] = await Promise.all([
      makeTable(owner, { geometry: 'POLYGON' }),
      makeMap(owner, { name: 'Districts', copyright: '© Somebody' }),
    ])
    await addRows(owner, table, [
      {
        data: { name: 'Birs', value: 1 },
        geometry: 'POLYGON((7.5 47.4, 7.9 47.4, 7.9 47.6, 7.5 47.6, 7.5 47.4))',
      },
    ])
    await makeLayer(owner, made, table, {
      ...{ name: 'Areas', type: 'polygon' },
      styles: JSON.stringify([
        { expression: '', color: '0,0,255', bordercolor: '0,0,255', label: 'A district' },
      ]),
    })
    if (isPublic) await share(owner, made, 'anonymous', 'READ')
    return made
  }

  /** What the page tells of the map it shows. */
  const told = (page: Page, name: string) => page.getAttribute('#map', `data-${name}`)
  /** Waits until a number that the page tells is as it should be. */
  async function until(page: Page, name: string, isReached: (value: number) => boolean): Promise<void> {
    const end = performance.now() + SOON.timeout
    let value = await told(page, name)
    while (!isReached(Number(value))) {
      if (performance.now() > end) throw new Error(`${name} is still ${value}`)
      await page.waitForTimeout(50)
      value = await told(page, name)
    }
  }
  const tool = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
  const isDrawn = (page: Page) => page.waitForSelector('#map[data-drawn]', SOON)

  async function opened(path: string, context?: BrowserContext): Promise<{ page: Page; faults: string[] }> {
    const page = await (context ? context.newPage() : browser.newPage(WINDOW))
    page.setDefaultTimeout(SOON.timeout)
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text())
    })
    await page.goto(path.startsWith('http') ? path : baseUrl + path)
    return { page, faults }
  }

  test('POST /resources/apps with the template makes a working map at once', async () => {
    const id = await createApp(editor, { title: 'Fresh & <b>new</b>', description: 'Of the template' })
    await setState(editor, id, 'PUBLISHED')
    const { page, faults } = await opened(pageOf(id))
    await isDrawn(page)
    expect(Number(await told(page, 'ground'))).toBeGreaterThan(3)
    expect(await page.title()).toBe('Fresh & <b>new</b>')
    expect(await page.textContent('h1')).toBe('Fresh & <b>new</b>')
    expect(await page.textContent('#description')).toBe('Of the template')
    expect(await page.locator('.maplibregl-ctrl-scale').count()).toBe(1)
    expect(await page.locator('.notices').isVisible()).toBe(false)

    const zoom = Number(await told(page, 'zoom'))
    await tool(page, 'Zoom in').press('Enter')
    await until(page, 'zoom', (value) => Math.abs(value - zoom - 1) < 0.05)
    await tool(page, 'Measure a distance').click()
    await page.mouse.click(300, 300)
    await page.mouse.click(500, 300)
    expect(await page.locator('.measure').textContent()).toMatch(/^\d+\.\d\d km$/)
    await tool(page, 'Basemaps').click()
    await page.getByLabel('None').check()
    await until(page, 'ground', (count) => count === 0)
    expect(faults).toEqual([])
    await page.close()
  })

  test('POST /resources/apps/{appId} with a changed zip shows what the platform has, and says what it has not', async () => {
    const id = await createApp(editor)
    const [index, configuration] = await Promise.all(
      ['index.html', 'app.json'].map((name) => editor.api(`/resources/apps/${id}/$raw/${name}`)),
    )
    const changed = configuration!.body
    changed.properties.title = 'Around Basel'
    changed.bundles['map-init'].Config.view.extent = {
      ...{ xmin: 395_000, ymin: 5_245_000, xmax: 425_000, ymax: 5_275_000 },
      spatialReference: { wkid: 32632 },
    }
    changed.bundles['map-init'].Config.map.layers = [
      { title: 'Towns', type: 'DATASET', url: collection, popupTemplate: { title: 'Town of {name}' } },
      { title: 'Way', type: 'GEOJSON', url: './data/way.geojson' },
      { title: 'Folder', type: 'GROUP', layers: [{ title: 'Districts', type: 'MAP', url: map }] },
      { title: 'Old map', type: 'SCAN', url: `/maps/${scan}` },
      { title: 'Secret', type: 'MAP', url: hidden },
      { title: 'Counties', type: 'AGS_FEATURE', url: 'https://services.example.org/FeatureServer/0' },
    ]
    const way = {
      type: 'LineString',
      coordinates: [
        [7.5, 47.45],
        [7.9, 47.55],
      ],
    }
    const uploaded = await uploadZip(editor, id, {
      'index.html': index!.text,
      'app.json': `// A comment\n${JSON.stringify(changed)}`,
      'data/way.geojson': JSON.stringify({ type: 'Feature', properties: {}, geometry: way }),
    })
    expect(uploaded.body).not.toHaveProperty('error')
    await setState(editor, id, 'PUBLISHED')

    const [{ page }, keyed] = await Promise.all([
      opened(pageOf(id)),
      opened(`${pageOf(id)}#api_key=${owner.key}`),
    ])
    await Promise.all([isDrawn(page), isDrawn(keyed.page)])
    expect(await page.textContent('h1')).toBe('Around Basel')
    await until(page, 'drawn', (count) => count > 3)
    const [longitude, latitude] = (await told(page, 'center'))!.split(',').map(Number)
    expect([longitude, latitude]).toEqual([expect.closeTo(7.81, 1), expect.closeTo(47.49, 1)])
    expect(await page.locator('.notices li').allTextContents()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^“Counties” cannot be shown: .*AGS_FEATURE/),
        expect.stringMatching(/^“Secret” cannot be shown: .*404/),
      ]),
    )
    const listed = ['Towns', 'Way', 'Folder', 'Districts', 'Areas', 'Old map']
    expect((await page.locator('.layers label').allTextContents()).map((name) => name.trim())).toEqual(listed)
    await tool(page, 'Legend').click()
    expect(await page.locator('.legends').textContent()).toContain('A district')
    expect(await page.locator('.maplibregl-ctrl-attrib').textContent()).toContain('© Somebody')

    const all = Number(await told(page, 'drawn'))
    await page.locator('.layers').getByLabel('Folder').uncheck()
    await until(page, 'drawn', (count) => count < all)
    expect(await page.locator('.legends').textContent()).not.toContain('A district')

    // The key opens what its owner sees, and the server was not told it with the page.
    expect(await keyed.page.locator('.notices li').allTextContents()).toEqual([
      expect.stringMatching(/^“Counties” cannot be shown: .*AGS_FEATURE/),
    ])
    expect(Number(await told(keyed.page, 'ground'))).toBeGreaterThan(0)
    expect((await keyed.page.locator('.layers label').allTextContents()).join()).toContain('Secret')
    await Promise.all([page.close(), keyed.page.close()])
  })

  /** A browser in which somebody is signed in. */
  async function signedIn(username: string, password: string): Promise<BrowserContext> {
    const context = await browser.newContext(WINDOW)
    const session = await context.request.post(`${baseUrl}/account/login`, { data: { username, password } })
    expect(session.status()).toBe(200)
    return context
  }

  test('GET /resources/apps/{appId}/index.html of a private app: for who signs in and sees it, and no one else', async () => {
    const [id, other] = await Promise.all([createApp(editor, { title: 'Private' }), newAppsUser()])
    const context = await browser.newContext(WINDOW)
    const asBrowser = {
      ...{ headers: { ...editor.credential, 'sec-fetch-mode': 'navigate' }, maxRedirects: 0 },
    }
    const [unseen, unknown, byPassword] = await Promise.all([
      other.api(pageOf(id)),
      stranger.api(pageOf(id)),
      context.request.get(baseUrl + pageOf(id), asBrowser),
    ])
    expect([unseen.status, unknown.status, byPassword.status()]).toEqual([404, 401, 303])
    const launched = new RegExp(`^/resources/apps/${id}/\\$launch/[^/]+/index\\.html$`)
    expect(byPassword.headers().location).toMatch(launched)

    const { page, faults } = await opened(`${pageOf(id)}?preview=true&autorefresh=1`, context)
    await page.fill('[name=login]', editor.login)
    await page.fill('[name=password]', editor.account.password)
    await page.press('[name=password]', 'Enter')
    await isDrawn(page)
    expect(new URL(page.url()).pathname).toMatch(launched)
    expect(await page.textContent('h1')).toBe('Private')
    expect(await page.textContent('.preview')).toContain('DRAFT')
    expect(Number(await told(page, 'ground'))).toBeGreaterThan(3)
    expect(faults).toEqual([])
    const json = { id, title: 'Changed meanwhile', description: '' }
    expect((await editor.api(`/resources/apps/${id}`, { method: 'PUT', json })).status).toBe(200)
    await page.waitForSelector('h1:text-is("Changed meanwhile")', SOON)
    await context.close()
  })

  test('an app cannot act with the session or the password of who looks at it', async () => {
    const [id, planted] = [await createApp(editor, { title: 'Hostile' }), newAppId()]
    const uploaded = await uploadZip(editor, id, {
      'index.html': '<!doctype html><title>Hostile</title><script src="attack.js"></script>',
      'app.json': '{}',
      'attack.js': attack(planted),
    })
    expect(uploaded.body).not.toHaveProperty('error')
    const context = await signedIn('admin', 'graticule')
    const { page } = await opened(pageOf(id), context)
    await page.waitForSelector('html[data-done]', SOON)
    expect(JSON.parse((await page.getAttribute('html', 'data-done'))!)).toEqual({
      ...{ origin: 'null', cookie: 'SecurityError', storage: 'SecurityError', database: 'SecurityError' },
      ...{
        withCredentials: 'TypeError',
        account: 'TypeError',
        create: 401,
        update: 401,
        raw: 401,
        launchedRaw: 404,
      },
      ...{ maps: 401, framed: 'SecurityError' },
    })
    const [made, self, hostile, foreign] = await Promise.all([
      appsAdministrator.api(`/resources/apps/${planted}.json`),
      context.request.get(`${baseUrl}/account/self`),
      appsAdministrator.api(`/resources/apps/${id}.json`),
      // As a browser sends a password that it has been told.
      appsAdministrator.api('/resources/apps', {
        ...{ json: { id: planted, title: 'Planted' }, headers: { origin: 'null' } },
      }),
    ])
    expect([made.status, self.status(), foreign.status]).toEqual([404, 200, 403])
    expect(hostile.body).toMatchObject({ title: 'Hostile', modifiedBy: editor.login })
    await context.close()
  })

  test('GET /resources/apps/{appId}.zip?standalone=true runs on any web server', async () => {
    const id = await createApp(editor, { title: 'Standing alone' })
    const { body: configuration } = await editor.api(`/resources/apps/${id}/$raw/app.json`)
    configuration.bundles['map-init'].Config.map.layers = [{ title: 'Towns', url: collection }]
    delete configuration.bundles['map-init'].Config.view
    const put = await editor.api(`/resources/apps/${id}/app.json`, { method: 'PUT', json: configuration })
    expect(put.body).toEqual({ success: true })
    const exported = await editor.api(`/resources/apps/${id}.zip?standalone=true`)
    expect(exported.status).toBe(200)
    const files = await unzipped(exported.bytes)
    await withStaticServer(files, async (origin) => {
      const { page, faults } = await opened(`${origin}/index.html`)
      await isDrawn(page)
      expect(await page.title()).toBe('Standing alone')
      await until(page, 'drawn', (count) => count === 2)
      const loaded = await page.evaluate(() =>
        performance.getEntriesByType('resource').map(({ name }) => name),
      )
      expect(loaded.filter((name) => name.startsWith(`${baseUrl}/assets`))).toEqual([])
      expect(faults.filter((text) => !text.includes('favicon'))).toEqual([])
      await page.close()
    })
  })
})

/** A script that tries what an app must not do, and tells what came of each. */
const attack = (planted: string) => `
const outcome = { origin: self.origin }
const tried = async (name, act) => {
  try { outcome[name] = await act() } catch (error) { outcome[name] = error.name }
}
const form = (action, fields) => {
  const frame = document.createElement('iframe')
  frame.name = 'f' + Math.random()
  const form = document.createElement('form')
  Object.assign(form, { method: 'post', action, target: frame.name, enctype: 'text/plain' })
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement('input')
    Object.assign(input, { name, value })
    form.append(input)
  }
  const loaded = new Promise((resolve) => { frame.onload = resolve; setTimeout(resolve, 3000) })
  document.body.append(frame, form)
  form.submit()
  return loaded.then(() => frame.contentWindow.document.title)
}
const status = (path, init) => fetch(path, init).then((response) => response.status)
addEventListener('load', async () => {
  const json = (method, body) => ({ method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const app = { id: ${JSON.stringify(planted)}, title: 'Planted' }
  const own = location.pathname.split('/').slice(0, 4).join('/')
  await Promise.all([
    tried('cookie', () => document.cookie),
    tried('storage', () => localStorage.length),
    tried('database', () => indexedDB.open('x').result),
    tried('withCredentials', () => status('/resources/apps', { credentials: 'include' })),
    tried('account', () => status('/account/self', { mode: 'cors' })),
    tried('create', () => status('/resources/apps', json('POST', app))),
    tried('update', () => status(own, json('PUT', { id: own.split('/').pop(), title: 'Taken' }))),
    tried('raw', () => status(own + '/$raw/index.html')),
    tried('launchedRaw', () => status('$raw/index.html')),
    tried('maps', () => status('/1/maps.json', json('POST', { name: 'Planted' }))),
    tried('framed', () => form('/resources/apps', { ['{"id":"' + app.id + '","title":"']: '"}' })),
  ])
  document.documentElement.dataset.done = JSON.stringify(outcome)
})
`

/** The files of an archive by their paths. */
async function unzipped(bytes: Uint8Array): Promise<Map<string, Uint8Array>> {
  const reader = new ZipReader(new Uint8ArrayReader(bytes), { useWebWorkers: false })
  const files = new Map<string, Uint8Array>()
  for (const entry of await reader.getEntries())
    if (!entry.directory) files.set(`/${entry.filename}`, await entry.getData(new Uint8ArrayWriter()))
  await reader.close()
  return files
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript',
  mjs: 'text/javascript',
  css: 'text/css',
  json: 'application/json',
  svg: 'image/svg+xml',
}

async function withStaticServer(
  files: ReadonlyMap<string, Uint8Array>,
  use: (origin: string) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://static.local')
    const bytes = files.get(pathname)
    const type = TYPES[pathname.split('.').at(-1)!] ?? 'application/octet-stream'
    response.writeHead(bytes ? 200 : 404, { 'content-type': type }).end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}
