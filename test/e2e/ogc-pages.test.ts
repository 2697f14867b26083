import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { baseUrl, call, newUser } from './mapwarper-client.ts'
import { feature, type Made, newCollection, newPlaces } from './ogc-client.ts'

const CHROMIUM = '/usr/bin/chromium'
const hasChromium = existsSync(CHROMIUM)

let places: Made
let hostile: Made

beforeAll(async () => {
  const owner = await newUser()
  places = await newPlaces(owner)
  hostile = await newCollection(owner, {
    title: '<script>alert(1)</script>',
    description: '"><img src=x onerror=alert(1)>',
  })
  await call(`${hostile.path}/items`, {
    json: feature([1, 2], { name: '</script><script>alert(2)</script>' }),
    as: owner.basic,
  })
})

const page = (path: string) =>
  call(path, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } })

describe('pages', () => {
  test('there is one of every resource, with nothing from elsewhere', async () => {
    const first = (await call(`${places.path}/items?limit=1`)).json.features[0].id
    const paths = [
      ...[
        '/ogc',
        '/ogc/',
        '/ogc/conformance',
        '/ogc/collections',
        '/ogc/functions',
        '/ogc/api',
        '/ogc/api.html',
      ],
      ...['/ogc/tileMatrixSets', '/ogc/tileMatrixSets/WorldCRS84Quad', places.path, `${places.path}/items`],
      ...['schema', 'queryables', 'sortables', 'tiles', 'tiles/WebMercatorQuad'].map(
        (name) => `${places.path}/${name}`,
      ),
      `${places.path}/items/${first}`,
    ]
    for (const path of paths) {
      const { status, headers, text } = await page(path)
      expect(status, path).toBe(200)
      expect(headers.get('content-type'), path).toMatch(/^text\/html/)
      expect(text, path).toMatch(/^<!doctype html>/i)
      expect(text, path).toContain('<html lang="en">')
      for (const [, address] of text.matchAll(/(?:src|href)="(https?:[^"]*)"/g))
        expect(/^http:\/\/www\.opengis\.net\//.test(address!) || address!.startsWith(baseUrl), address).toBe(
          true,
        )
    }
  })

  test('allow no script but their own, and escape what they are given', async () => {
    for (const path of ['', '/items', '/items/1', '/schema', '/tiles']) {
      const { status, headers, text } = await page(hostile.path + path)
      expect(status, path).toBe(200)
      expect(headers.get('content-security-policy')).toContain("script-src 'self'")
      expect(text, path).not.toMatch(/<script>alert|<img/)
    }
    const search = await page(`${hostile.path}/items?filter=${encodeURIComponent(`name = '"><script>'`)}`)
    expect(search.text).not.toContain('"><script>')
  })

  test('a problem is a page, too', async () => {
    const { status, headers, text } = await page(`${places.path}/items?limit=0`)
    expect([status, headers.get('content-type')]).toEqual([400, 'text/html; charset=UTF-8'])
    expect(text).toContain('is less than 1')
  })

  test('features are a table with links to each, and to the next page', async () => {
    const { text } = await page(`${places.path}/items?sortby=name&limit=3`)
    const { features } = (await call(`${places.path}/items?sortby=name&limit=3`)).json
    for (const { id, properties } of features) {
      expect(text).toContain(`${places.path}/items/${id}"`)
      expect(text).toContain(properties.name)
    }
    const next = /<a rel="next" href="([^"]+)"/.exec(text)![1]!.replaceAll('&amp;', '&')
    expect((await page(next)).status).toBe(200)
  })
})

describe.skipIf(!hasChromium)('the map of a page', () => {
  let browser: Browser
  let view: Page
  let faults: string[]

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
    })
    view = await browser.newPage({ viewport: { width: 800, height: 900 } })
    view.on('pageerror', (error) => faults.push(error.message))
    view.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text())
    })
  })
  afterAll(() => browser?.close())

  test.each([
    ['vector tiles', () => places.path],
    ['the features of a page', () => `${places.path}/items?limit=50`],
    ['a feature', () => `${hostile.path}/items/1`],
  ])('draws %s', async (_, path) => {
    faults = []
    await view.goto(baseUrl + path())
    await view.waitForSelector('#map[data-drawn]', { timeout: 90_000 })
    expect(faults).toEqual([])
    const drawn = Number(await view.getAttribute('#map', 'data-drawn'))
    expect(drawn).toBeGreaterThan(0)
  })
})
