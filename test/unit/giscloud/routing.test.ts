import { describe, expect, it } from 'vitest'
import {
  gisCloudRequest,
  MAP_OF_LAYER_HEADER,
  pathWithoutJson,
} from '../../../src/dialects/giscloud/routing.ts'

const HOST = 'http://graticule.test'
const routed = (path: string, init: RequestInit = {}) => gisCloudRequest(new Request(HOST + path, init))

describe('a request', () => {
  it.each([
    ['/1/maps.json?page=2', {}, '/1/maps.json?page=2'],
    ['//1/maps.json', {}, '/1/maps.json'],
    ['///1//layers///7', {}, '/1/layers/7'],
    ['/maps.json?page=2', { 'API-Version': '1' }, '/1/maps.json?page=2'],
    ['/1/maps', { 'API-Version': '1' }, '/1/maps'],
    ['/1', {}, '/1'],
  ])('%s with %j is one for %s', (path, headers, to) => {
    expect(routed(path, { headers })!.url).toBe(HOST + to)
  })

  it.each([
    ['/maps', {}],
    ['/maps', { 'API-Version': '2' }],
    ['/10/maps', {}],
    ['/api/v1/maps', {}],
    ['/2/1/maps', {}],
  ])('%s with %j is not one of this API', (path, headers) => {
    expect(routed(path, { headers })).toBeNull()
  })

  it('that a browser sends ahead of one with the header is one as well', () => {
    const ahead = (names: string) =>
      routed('/maps', { method: 'OPTIONS', headers: { 'Access-Control-Request-Headers': names } })
    expect(ahead('api-key,api-version')!.url).toBe(`${HOST}/1/maps`)
    expect(ahead('api-key, x-api-version')).toBeNull()
  })

  it('is of the method that the parameter _method says, with its body', async () => {
    const deleted = routed('/1/maps/7?_method=delete')!
    expect(deleted.method).toBe('DELETE')
    const put = routed('/1/maps/7?_method=PUT', { method: 'POST', body: '{"name":"x"}' })!
    expect([put.method, await put.text()]).toEqual(['PUT', '{"name":"x"}'])
    const posted = routed('/1/maps?_method=POST')!
    expect([posted.method, await posted.text()]).toEqual(['POST', ''])
    expect(routed('/1/maps/7?_method=TRACE')!.method).toBe('GET')
    expect(routed('/1/maps/7?_method=GET', { method: 'POST', body: 'x' })!.method).toBe('GET')
  })

  it('for a layer under its map is one for the layer, that knows the map', () => {
    const request = routed('/1/maps/5/layers/7/features/9.json?epsg=4326')!
    expect(request.url).toBe(`${HOST}/1/layers/7/features/9.json?epsg=4326`)
    expect(request.headers.get(MAP_OF_LAYER_HEADER)).toBe('5')
    expect(routed('/1/maps/5/layers.json')!.headers.has(MAP_OF_LAYER_HEADER)).toBe(false)
  })
})

describe('the path to route by', () => {
  it.each([
    ['/1/maps.json', '/1/maps'],
    ['/1/maps', '/1/maps'],
    ['/1/maps.xml', '/1/maps.xml'],
    ['/1/map_cache/7/2.json', '/1/map_cache/7/2'],
    ['/1/storage/fs/folder/info.json', '/1/storage/fs/folder/info.json'],
  ])('of %s is %s', (path, expected) => {
    expect(pathWithoutJson(new Request(HOST + path))).toBe(expected)
  })
})
