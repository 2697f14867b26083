import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { baseUrl, call, newUser, type TestUser } from './mapwarper-client.ts'
import { CRS84, EPSG, type Made, newCollection, newPlaces, PLACES, type Place, places } from './ogc-client.ts'

let owner: TestUser
let collection: Made

beforeAll(async () => {
  owner = await newUser()
  collection = await newPlaces(owner)
})

const items = (query: Record<string, string> = {}, path = 'items') =>
  call(`${collection.path}/${path}?${new URLSearchParams(query)}`)

const names = (features: { properties: { name: string } }[]) =>
  features.map(({ properties }) => properties.name)

describe('what there is', () => {
  test('every link from the landing page down to a feature leads somewhere, as what it says', async () => {
    const waiting = [
      '/ogc',
      collection.path,
      `${collection.path}/items?limit=2`,
      `${collection.path}/tiles/WebMercatorQuad`,
    ]
    const seen = new Set<string>()
    for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
      const { json } = await call(address)
      for (const link of json.links) {
        if (seen.has(link.href) || link.templated) continue
        seen.add(link.href)
        expect(link.href.startsWith(baseUrl), link.href).toBe(true)
        const found = await call(link.href, {
          headers: { accept: `${link.type}, */*;q=0.1` },
          as: owner.basic,
        })
        expect(found.status, link.href).toBe(200)
        expect(found.headers.get('content-type')!.split(';')[0], link.href).toBe(link.type.split(';')[0])
      }
    }
    expect(seen.size).toBeGreaterThan(20)
  })

  test('the conformance classes have their parts of the API', async () => {
    const { conformsTo } = (await call('/ogc/conformance')).json
    expect(conformsTo).toEqual(
      expect.arrayContaining([
        'http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core',
        'http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs',
        'http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter',
        'http://www.opengis.net/spec/cql2/1.0/conf/arithmetic',
        'http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/optimistic-locking-etags',
        'http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets',
      ]),
    )
    expect(new Set(conformsTo).size).toBe(conformsTo.length)
  })

  test('the list of collections is paged and says each system once', async () => {
    await newCollection(owner)
    const first = (await call('/ogc/collections?limit=1')).json
    expect(first.collections).toHaveLength(1)
    expect(first.numberReturned).toBe(1)
    expect(first.numberMatched).toBeGreaterThan(1)
    const next = first.links.find(({ rel }: { rel: string }) => rel === 'next')
    const second = (await call(next.href)).json
    expect(second.collections[0].id).not.toBe(first.collections[0].id)
    expect(second.links.map(({ rel }: { rel: string }) => rel)).toContain('prev')
    const all = (await call('/ogc/collections?limit=1000')).json
    const own = all.collections.find(({ id }: { id: string }) => id === collection.id)
    expect(own.crs).toContain('#/crs')
    expect(all.crs).toEqual(expect.arrayContaining([CRS84, EPSG(4326), EPSG(3857)]))
  })

  test('a collection tells its extent, count and systems', async () => {
    const { json } = await call(collection.path)
    expect(json).toMatchObject({
      ...{ id: collection.id, itemType: 'feature', itemCount: PLACES, storageCrs: CRS84 },
      extent: { spatial: { crs: CRS84 } },
    })
    expect(json.crs).toEqual(expect.arrayContaining([CRS84, EPSG(4326), EPSG(3857)]))
    const [west, south, east, north] = json.extent.spatial.bbox[0]
    const coordinates = places().map(({ geometry }) => geometry.coordinates)
    expect(west).toBeCloseTo(Math.min(...coordinates.map(([x]) => x)), 9)
    expect(north).toBeCloseTo(Math.max(...coordinates.map(([, y]) => y)), 9)
    expect(south).toBeLessThan(north)
    expect(east).toBeGreaterThan(west)
  })

  test('a collection is found by its number, too', async () => {
    const uuid = (await items({ limit: '1' })).json
    expect(uuid.features).toHaveLength(1)
    const tiles = (await call(`${collection.path}/tiles/WebMercatorQuad`)).json
    const tileJson = tiles.links.find(({ rel }: { rel: string }) => rel === 'describedby').href
    const number = /\/tiles\/(\d+)\.json$/.exec(tileJson)![1]
    expect((await call(`/ogc/collections/${number}`)).json.id).toBe(collection.id)
  })

  test('schemas name properties, roles and types', async () => {
    const schema = await call(`${collection.path}/schema`)
    expect(schema.headers.get('content-type')).toBe('application/schema+json')
    expect(schema.json).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: `${baseUrl}${collection.path}/schema`,
      type: 'object',
      properties: {
        fid: { type: 'integer', 'x-ogc-role': 'id', readOnly: true },
        geometry: { format: 'geometry-point', 'x-ogc-role': 'primary-geometry' },
        name: { type: 'string' },
        pop_other: { type: 'integer' },
        date: { type: 'string', format: 'date', 'x-ogc-role': 'primary-instant' },
        start: { type: 'string', format: 'date-time' },
        boolean: { type: 'boolean' },
      },
    })
    expect(schema.json.properties.geometry).not.toHaveProperty('type')
    const queryables = (await call(`${collection.path}/queryables`)).json
    expect(Object.keys(queryables.properties)).toEqual([
      'geometry',
      'name',
      'pop_other',
      'date',
      'start',
      'boolean',
    ])
    const sortables = (await call(`${collection.path}/sortables`)).json
    expect(Object.keys(sortables.properties)).toEqual(['name', 'pop_other', 'date', 'start', 'boolean'])
  })

  test('functions of filters are listed with their types', async () => {
    const { functions } = (await call('/ogc/functions')).json
    const lower = functions.find(({ name }: { name: string }) => name === 'lower')
    expect(lower).toMatchObject({ arguments: [{ type: ['string'] }], returns: ['string'] })
  })
})

describe('tiles', () => {
  test('have their sets described with all matrices', async () => {
    const { tileMatrixSets } = (await call('/ogc/tileMatrixSets')).json
    expect(tileMatrixSets.map(({ id }: { id: string }) => id)).toEqual(['WebMercatorQuad', 'WorldCRS84Quad'])
    const mercator = (await call('/ogc/tileMatrixSets/WebMercatorQuad')).json
    expect(mercator.tileMatrices).toHaveLength(25)
    expect(mercator.tileMatrices[0]).toMatchObject({
      ...{ id: '0', matrixWidth: 1, matrixHeight: 1, tileWidth: 256, cornerOfOrigin: 'topLeft' },
    })
    expect(mercator.tileMatrices[0].scaleDenominator).toBeCloseTo(559082264.028717, 3)
    expect(mercator.tileMatrices[0].pointOfOrigin[0]).toBeCloseTo(-20037508.342789244, 6)
    const degrees = (await call('/ogc/tileMatrixSets/WorldCRS84Quad')).json
    expect(degrees.tileMatrices[0]).toMatchObject({ matrixWidth: 2, matrixHeight: 1, cellSize: 0.703125 })
    expect((await call('/ogc/tileMatrixSets/nope')).status).toBe(404)
  })

  test('are where the tileset says', async () => {
    const { tilesets } = (await call(`${collection.path}/tiles`)).json
    expect(tilesets).toHaveLength(2)
    for (const { links } of tilesets) {
      const { json } = await call(links[0].href)
      expect(json).toMatchObject({ dataType: 'vector', layers: [{ geometryDimension: 0 }] })
      expect(json.tileMatrixSetLimits[0]).toMatchObject({ tileMatrix: '0', minTileRow: 0 })
      const template = json.links.find(({ rel }: { rel: string }) => rel === 'item').href
      const address = template
        .replace('{tileMatrix}', '0')
        .replace('{tileRow}', '0')
        .replace('{tileCol}', '0')
      const tile = await fetch(address)
      expect(tile.status, address).toBe(200)
      expect(tile.headers.get('content-type')).toBe('application/vnd.mapbox-vector-tile')
      expect((await tile.arrayBuffer()).byteLength).toBeGreaterThan(100)
    }
  })
})

describe('features', () => {
  test('come ten at a time as GeoJSON, with what a page tells', async () => {
    const { status, headers, json } = await items()
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/geo+json')
    expect(headers.get('content-crs')).toBe(`<${CRS84}>`)
    expect(json).toMatchObject({ type: 'FeatureCollection', numberMatched: PLACES, numberReturned: 10 })
    expect(json.features).toHaveLength(10)
    expect(Date.parse(json.timeStamp)).not.toBeNaN()
    const [first] = json.features
    const [expected] = places()
    expect(first.properties.name).toBe(expected!.properties.name)
    expect(first.geometry.coordinates[0]).toBeCloseTo(expected!.geometry.coordinates[0], 9)
    expect(Object.keys(first.properties)).toEqual(Object.keys(expected!.properties))
  })

  test('are all there once, page by page', async () => {
    const ids: number[] = []
    let address: string | undefined = `${collection.path}/items?limit=50&sortby=-pop_other`
    let pages = 0
    while (address !== undefined && pages++ < 10) {
      const { json } = await call(address)
      expect(json.numberMatched).toBe(PLACES)
      ids.push(...json.features.map(({ id }: { id: number }) => id))
      address = json.links.find(({ rel }: { rel: string }) => rel === 'next')?.href
    }
    expect(pages).toBe(5)
    expect(ids).toHaveLength(PLACES)
    expect(new Set(ids).size).toBe(PLACES)
  })

  test('a limit is at most 10,000 and more is no error', async () => {
    const { json } = await items({ limit: '20000' })
    expect(json.features).toHaveLength(PLACES)
    expect(json.links.map(({ rel }: { rel: string }) => rel)).not.toContain('next')
    expect((await items({ limit: '5', offset: '240' })).json.numberReturned).toBe(3)
    expect((await items({ limit: '5', offset: '100000' })).json.features).toEqual([])
  })

  test('in a box, whatever the order of its axes', async () => {
    const within = ({ geometry: { coordinates } }: Place) =>
      coordinates[0] >= 5 && coordinates[0] <= 15 && coordinates[1] >= 45 && coordinates[1] <= 50
    const expected = places().filter(within).length
    expect(expected).toBeGreaterThan(2)
    const counted = async (query: Record<string, string>) => (await items(query)).json.numberMatched
    expect(await counted({ bbox: '5,45,15,50' })).toBe(expected)
    expect(await counted({ bbox: '5,45,-100,15,50,100' })).toBe(expected)
    expect(await counted({ bbox: '45,5,50,15', 'bbox-crs': EPSG(4326) })).toBe(expected)
    expect(
      await counted({ bbox: '556597.45,5621521.49,1669792.36,6446275.84', 'bbox-crs': EPSG(3857) }),
    ).toBe(expected)
    expect(await counted({ bbox: '170,-90,-170,90' })).toBe(
      places().filter(({ geometry }) => Math.abs(geometry.coordinates[0]) >= 170).length,
    )
  })

  test('in other systems have the axes of those', async () => {
    const [lonLat] = (await items({ limit: '1' })).json.features
    const latLon = await items({ limit: '1', crs: EPSG(4326) })
    expect(latLon.headers.get('content-crs')).toBe(`<${EPSG(4326)}>`)
    expect(latLon.json.features[0].geometry.coordinates).toEqual([...lonLat.geometry.coordinates].reverse())
    const mercator = (await items({ limit: '1', crs: EPSG(3857) })).json.features[0].geometry.coordinates
    expect(mercator[0]).toBeCloseTo((lonLat.geometry.coordinates[0] * 20037508.342789244) / 180, 3)
    const one = await call(`${collection.path}/items/${lonLat.id}?crs=${encodeURIComponent(EPSG(4326))}`)
    expect(one.json.geometry.coordinates).toEqual([...lonLat.geometry.coordinates].reverse())
    expect(one.headers.get('content-crs')).toBe(`<${EPSG(4326)}>`)
  })

  test('that a filter, a time or a property means', async () => {
    const matched = async (query: Record<string, string>) => {
      const answer = await items(query)
      expect(answer.status, answer.text).toBe(200)
      return answer.json.numberMatched
    }
    const all = places()
    const large = all.filter(({ properties }) => Number(properties.pop_other) > 1_038_288).length
    expect(large).toBeGreaterThan(10)
    expect(await matched({ filter: 'pop_other > 1038288' })).toBe(large)
    const json = { op: '>', args: [{ property: 'pop_other' }, 1_038_288] }
    expect(await matched({ filter: JSON.stringify(json), 'filter-lang': 'cql2-json' })).toBe(large)
    expect(
      await matched({ filter: 'S_INTERSECTS(geometry,BBOX(45,5,50,15))', 'filter-crs': EPSG(4326) }),
    ).toBe(await matched({ bbox: '5,45,15,50' }))
    expect(await matched({ name: 'København' })).toBe(1)
    expect(await matched({ name: 'København', filter: 'pop_other < 0' })).toBe(0)
    const yes = all.filter(({ properties }) => properties.boolean === true).length
    expect(await matched({ boolean: 'true' })).toBe(yes)
    const dated = all.filter(({ properties }) => properties.date !== null)
    expect(dated.length).toBeGreaterThan(0)
    const date = String(dated[0]!.properties.date)
    expect(await matched({ datetime: date })).toBe(
      dated.filter(({ properties }) => properties.date === date).length,
    )
    expect(await matched({ datetime: `${date}/..` })).toBe(
      dated.filter(({ properties }) => String(properties.date) >= date).length,
    )
  })

  test('sorted, with the properties that are wanted, and without geometry', async () => {
    const sorted = (await items({ sortby: '-pop_other,name', limit: '3' })).json.features
    const expected = places()
      .sort((a, b) => Number(b.properties.pop_other) - Number(a.properties.pop_other))
      .slice(0, 3)
    expect(names(sorted)).toEqual(expected.map(({ properties }) => properties.name))
    const [some] = (await items({ properties: 'name,date', limit: '1' })).json.features
    expect(Object.keys(some.properties)).toEqual(['name', 'date'])
    const [bare] = (await items({ skipGeometry: 'true', limit: '1' })).json.features
    expect(bare.geometry).toBeNull()
  })

  test('without a body for HEAD', async () => {
    const head = await call(`${collection.path}/items`, { method: 'HEAD' })
    expect([head.status, head.text, head.headers.get('content-type')]).toEqual([
      200,
      '',
      'application/geo+json',
    ])
  })

  test('one by one have a tag, which spares the second time', async () => {
    const { features } = (await items({ limit: '1' })).json
    const address = `${collection.path}/items/${features[0].id}`
    const first = await call(address)
    const etag = first.headers.get('etag')!
    expect(etag).toMatch(/^"[^"]+"$/)
    expect(first.json).toMatchObject({ type: 'Feature', id: features[0].id })
    expect(first.json.links.map(({ rel }: { rel: string }) => rel)).toEqual(
      expect.arrayContaining(['self', 'alternate', 'collection']),
    )
    const again = await call(address, { headers: { 'if-none-match': etag } })
    expect([again.status, again.text]).toEqual([304, ''])
    const modified = first.headers.get('last-modified')!
    expect((await call(address, { headers: { 'if-modified-since': modified } })).status).toBe(304)
    expect((await call(address, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
  })
})

describe('what is refused', () => {
  test.each([
    [{ unknown: '1' }, 'unknown'],
    [{ limit: '0' }, 'limit'],
    [{ limit: 'x' }, 'limit'],
    [{ offset: '-1' }, 'offset'],
    [{ after: 'nonsense' }, 'after'],
    [{ bbox: '1,2,3' }, 'bbox'],
    [{ bbox: '1,2,3,four' }, 'bbox'],
    [{ bbox: '1,2,3,4', 'bbox-crs': 'http://www.opengis.net/def/crs/0/unsupported' }, 'bbox-crs'],
    [{ datetime: '2024-02-30' }, 'datetime'],
    [{ crs: EPSG(999999) }, 'crs'],
    [{ crs: EPSG(2056) }, 'crs'],
    [{ sortby: 'nope' }, 'sortby'],
    [{ properties: 'nope' }, 'properties'],
    [{ skipGeometry: 'maybe' }, 'skipGeometry'],
    [{ 'filter-lang': 'sql' }, 'filter-lang'],
    [{ filter: 'nope = 1' }, 'filter'],
    [{ filter: 'pop_other >' }, 'filter'],
    [{ filter: '{', 'filter-lang': 'cql2-json' }, 'filter'],
    [{ filter: "pop_other = 'x'" }, 'filter'],
    [{ pop_other: 'many' }, 'pop_other'],
    [{ f: 'xml' }, 'f'],
  ])('%j', async (query, parameter) => {
    const { status, headers, json } = await items(query as unknown as Record<string, string>)
    expect(status).toBe(400)
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(json).toMatchObject({ status: 400, parameter, instance: `${collection.path}/items` })
    expect(json.title).not.toBe('')
    expect(json.detail).not.toBe('')
  })

  test('a filter is told where it fails', async () => {
    const { json } = await items({ filter: 'pop_other > 1 AND nope = 2' })
    expect(json.position).toBe(18)
    expect(json.detail).toContain('nope')
    const written = { 'filter-lang': 'cql2-json', filter: '{"op":"=","args":[{"property":"nope"},1]}' }
    expect((await items(written)).json.position).toBe(written.filter.indexOf('{"property"'))
    expect((await items({ ...written, filter: '{"op":"=",' })).json.position).toBe(10)
  })

  test('what is not there is 404', async () => {
    for (const path of [
      '/ogc/collections/nope',
      '/ogc/collections/999999999',
      `${collection.path}/items/999999`,
    ])
      expect((await call(path)).json, path).toMatchObject({ status: 404 })
    for (const path of [`${collection.path}/items/x`, `${collection.path}/items/%00`, '/ogc/collections/%00'])
      expect((await call(path)).status, path).toBe(404)
  })

  test('nothing ever fails on the server', async () => {
    const parameter = fc.constantFrom(
      ...[
        'limit',
        'offset',
        'after',
        'bbox',
        'bbox-crs',
        'datetime',
        'crs',
        'properties',
        'sortby',
        'filter',
      ],
      ...['filter-lang', 'filter-crs', 'skipGeometry', 'name', 'pop_other', 'start', 'date', 'boolean', 'f'],
    )
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(
        ...[
          '',
          '0',
          '-1',
          '1e308',
          '9'.repeat(400),
          'NaN',
          'null',
          '{}',
          '[]',
          "'; --",
          '\u0000',
          '\ud800x',
          'a,b',
        ],
        ...[
          '-180,-90,180,90',
          '-1e300,-1e300,1e300,1e300',
          '-1000,-1000,1000,1000',
          '0001-01-01/..',
          '9999-12-31',
        ],
        ...[
          EPSG(4326),
          EPSG(32661),
          CRS84,
          'cql2-json',
          '{"op":"and","args":[]}',
          'name',
          '-name',
          'name LIKE ?',
        ],
        ...[
          'S_INTERSECTS(geometry,POINT(0 0))',
          'S_WITHIN(geometry,POLYGON((0 0,1 1,1 0,0 1,0 0)))',
          'name < 1',
        ],
        ...[
          '2024-01-01T00:00:60Z',
          "start > TIMESTAMP('2024-01-01T00:00:00Z')",
          '99999999999999999999',
          'true',
        ],
      ),
    )
    await fc.assert(
      fc.asyncProperty(fc.dictionary(parameter, value, { maxKeys: 4 }), async (query) => {
        const asked = Object.fromEntries(
          Object.entries(query).map(([name, text]) => [name, text.toWellFormed()]),
        )
        const { status, text } = await items(asked)
        expect(status, `${JSON.stringify(asked)} ${text.slice(0, 300)}`).toBeLessThan(500)
      }),
      { numRuns: 70, endOnFailure: true },
    )
  })
})
