import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { gisCloud } from '../../../src/dialects/giscloud/index.ts'
import { pathWithoutJson } from '../../../src/dialects/giscloud/routing.ts'
import type { AppEnv } from '../../../src/http/app-env.ts'
import { ANONYMOUS } from '../../../src/store/principal.ts'
import { isDrawnPath } from '../../../workers/drawn-paths.ts'
import { isPicturePath } from '../../../workers/picture-paths.ts'

const { paths = {} } = gisCloud().getOpenAPI31Document({
  openapi: '3.1.0',
  info: { title: 'GIS Cloud', version: '1' },
})
/** Those of the api Worker under `/1`: what is drawn has Workers of its own. */
const documented = Object.entries(paths)
  .map(([path, item]) => ({
    path,
    address: path.replace('{format}', 'csv').replaceAll(/\{\w+\}/g, '7'),
    methods: Object.keys(item as object).map((method) => method.toUpperCase()),
  }))
  .filter(({ address }) => address.startsWith('/1/') && !isDrawnPath(address) && !isPicturePath(address))

const app = new Hono<AppEnv>({ getPath: pathWithoutJson })
app.use(async (c, next) => {
  c.set('principal', ANONYMOUS)
  c.set('account', null)
  c.set('credential', null)
  await next()
})
app.route('/', gisCloud())
const ask = (method: string, address: string) => app.request(`http://graticule.test${address}`, { method })

describe('a method that an address does not have', () => {
  it.each(documented)('$path is refused with those that there are', async ({ address, methods }) => {
    const answer = await ask('PATCH', address)
    expect(answer.status).toBe(405)
    const allowed = answer.headers.get('allow')!.split(', ')
    expect(allowed).toEqual(expect.arrayContaining([...methods, 'OPTIONS']))
    expect(await answer.json()).toEqual({
      code: 'METHOD_NOT_ALLOWED',
      msg: `PATCH is not supported here; there is ${answer.headers.get('allow')}`,
    })
  })

  it.each(documented)('$path tells OPTIONS what there is, of any site', async ({ address }) => {
    const answer = await ask('OPTIONS', address)
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-allow-methods')).toBe(answer.headers.get('allow'))
    expect(answer.headers.get('access-control-allow-headers')).toContain('API-Key')
  })
})

describe('an address that nothing is at', () => {
  it.each(['/1/nothing', '/1/maps/7/nothing', '/1/maps.xml'])('%s answers so', async (address) => {
    const answer = await ask('GET', address)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toEqual({
      code: 'RESOURCE_NOT_FOUND',
      msg: `There is nothing at ${address}`,
    })
  })
})
