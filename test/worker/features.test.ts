import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { addColumn, changeColumn, dropColumn } from '../../src/domain/datasets/columns.ts'
import {
  createDataset,
  type DatasetInput,
  type DatasetRecord,
  readDataset,
} from '../../src/domain/datasets/datasets.ts'
import {
  deleteFeature,
  deleteFeatures,
  insertFeatures,
  replaceFeature,
  updateFeature,
} from '../../src/domain/datasets/feature-changes.ts'
import { type FeatureQuery, readFeature, readFeatures } from '../../src/domain/datasets/features.ts'
import {
  ForbiddenError,
  NotFoundError,
  PreconditionFailedError,
  UnauthenticatedError,
  ValidationError,
} from '../../src/domain/errors.ts'
import { readLayer, through } from '../../src/domain/maps/layers.ts'
import { readMap } from '../../src/domain/maps/maps.ts'
import { type FlatGeometry, GEOMETRY_CODES } from '../../src/geo/flat-geometry.ts'
import { parseCql2Text } from '../../src/query/index.ts'
import { deleteColumn } from '../../src/store/dataset-changes.ts'
import { insertDataset, type NewDataset } from '../../src/store/datasets.ts'
import { appendFeatures, findUnfinishedDataset, publishImported } from '../../src/store/feature-import.ts'
import { readRowPage } from '../../src/store/feature-pages.ts'
import { featureTable } from '../../src/store/feature-table.ts'
import { PAGE_MAX_BYTES } from '../../src/store/features.ts'
import { insertLayer } from '../../src/store/layers.ts'
import { insertMap } from '../../src/store/maps.ts'
import type { Verb } from '../../src/store/permissions.ts'
import { ANONYMOUS, type Principal, type Role, type UserPrincipal } from '../../src/store/principal.ts'
import { grants, layers } from '../../src/store/schema.ts'
import { db } from './support/bindings.ts'
import { dataContext as context, outcome, point, square } from './support/datasets.ts'
import { makeUser, SYSTEM } from './support/scans.ts'

let owner: UserPrincipal
let stranger: UserPrincipal

beforeAll(async () => {
  ;[owner, stranger] = await Promise.all([makeUser(), makeUser()])
})

const EVERY_TYPE = [
  { name: 'flag', type: 'boolean' },
  { name: 'small', type: 'integer' },
  { name: 'large', type: 'bigint' },
  { name: 'measure', type: 'double' },
  { name: 'label', type: 'text' },
  { name: 'day', type: 'date' },
  { name: 'moment', type: 'timestamp' },
  { name: 'hour', type: 'time' },
  { name: 'tree', type: 'json' },
  { name: 'bytes', type: 'binary' },
] as const

const newDataset = (input: Partial<DatasetInput> = {}): Promise<DatasetRecord> =>
  createDataset(context, owner, {
    title: `Dataset ${crypto.randomUUID()}`,
    ...{ geometryType: 'Point', columns: [], isPublic: true, ...input },
  })

const read = (dataset: DatasetRecord, query: Partial<FeatureQuery> = {}, principal: Principal = owner) =>
  readFeatures(context, principal, dataset.id, { limit: 100, ...query })

interface Parsed {
  id: number
  geometry: { type: string; coordinates: unknown } | null
  properties: Record<string, unknown>
}
const parsed = (features: string[]): Parsed[] => features.map((feature) => JSON.parse(feature))
const ids = (features: string[]) => parsed(features).map(({ id }) => id)

describe('values', () => {
  let dataset: DatasetRecord
  beforeAll(async () => {
    dataset = await newDataset({ columns: EVERY_TYPE, geometryType: null })
  })

  it('come back as JSON has them, in the order of the columns', async () => {
    const properties = {
      flag: true,
      small: -(2 ** 31),
      large: '9223372036854775807',
      measure: 0.1,
      label: 'a "quoted" \\ text\nin Łódź 🌍',
      day: '2020-02-29',
      moment: '2020-01-01T00:30:00.123456+02:00',
      hour: '23:59:59',
      tree: { a: [1, null, 'x'], b: {} },
      bytes: 'AP8Q',
    }
    const { features } = await insertFeatures(context, owner, dataset.id, [{ properties }])
    const { feature } = await readFeature(context, owner, dataset.id, features[0]!.fid)
    expect(feature).toContain('"large":9223372036854775807,')
    const told = JSON.parse(feature)
    expect(Object.keys(told.properties)).toEqual(EVERY_TYPE.map(({ name }) => name))
    expect(told).toEqual({
      ...{ type: 'Feature', id: features[0]!.fid, geometry: null },
      properties: {
        ...properties,
        ...{ large: 2 ** 63, moment: '2019-12-31T22:30:00.123456Z' },
      },
    })
  })

  it('round-trip, whatever they are', async () => {
    const storable = fc
      .string({ unit: 'binary' })
      .filter((text) => !text.includes('\0') && text.isWellFormed())
    const feature = fc.record(
      {
        flag: fc.boolean(),
        small: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        large: fc.maxSafeInteger(),
        measure: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
        label: storable,
        tree: fc.dictionary(
          storable,
          fc.oneof(storable, fc.integer(), fc.constant(null), fc.array(storable)),
        ),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(feature, { minLength: 1, maxLength: 40 }), async (many) => {
        const { features } = await insertFeatures(
          context,
          owner,
          dataset.id,
          many.map((properties) => ({ properties })),
        )
        const page = await read(dataset, {
          filter: parseCql2Text('true'),
          ...{
            limit: many.length,
            sortBy: [],
            properties: ['flag', 'small', 'large', 'measure', 'label', 'tree'],
          },
          after: await tokenBefore(dataset, features[0]!.fid),
        })
        const none = { flag: null, small: null, large: null, measure: null, label: null, tree: null }
        expect(parsed(page.features).map(({ properties }) => properties)).toEqual(
          many.map((properties) => ({ ...none, ...JSON.parse(JSON.stringify(properties)) })),
        )
      }),
      { numRuns: 5, endOnFailure: true },
    )
  })

  it.each([
    ['flag', 1],
    ['small', 2 ** 31],
    ['small', 1.5],
    ['large', 2 ** 60],
    ['large', '9223372036854775808'],
    ['measure', '1'],
    ['label', 'NUL \0'],
    ['label', '\ud800'],
    ['label', 3],
    ['day', '2021-02-29'],
    ['day', '0000-01-01'],
    ['moment', '2021-02-28T24:61:00Z'],
    ['moment', 'infinity'],
    ['hour', '24:00:01'],
    ['tree', { a: 'NUL \0' }],
    ['bytes', 'no base64!'],
    ['__proto__', 1],
    ["label'; drop table users; --", 'x'],
  ])('refuses %s = %j and names the property', async (name, value) => {
    const properties = Object.defineProperty({}, name, { value, enumerable: true })
    const error = await insertFeatures(context, owner, dataset.id, [{ properties }]).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(ValidationError)
    expect(error.issues[0].attribute).toBe(`properties.${name}`)
  })
})

/** A token that goes on with the feature of a number. */
async function tokenBefore(dataset: DatasetRecord, fid: number): Promise<string | undefined> {
  const page = await read(dataset, { limit: 10_000 })
  const place = ids(page.features).indexOf(fid)
  if (place <= 0) return undefined
  return (await read(dataset, { limit: place })).next ?? undefined
}

describe('a page', () => {
  let dataset: DatasetRecord
  beforeAll(async () => {
    dataset = await newDataset({
      columns: [
        { name: 'rank', type: 'integer' },
        { name: 'name', type: 'text' },
        { name: 'seen', type: 'timestamp' },
        { name: 'extra', type: 'json' },
      ],
    })
    const features = Array.from({ length: 25 }, (_, i) => ({
      geometry: i === 24 ? null : point(i - 12, (i % 5) * 10),
      properties: {
        rank: i % 7 === 0 ? null : i % 4,
        name: `n${String(i).padStart(2, '0')}`,
        seen: i % 6 === 0 ? null : `2020-01-${String(i + 1).padStart(2, '0')}T12:00:00Z`,
      },
    }))
    await insertFeatures(context, owner, dataset.id, features)
  })

  async function walk(query: Partial<FeatureQuery>): Promise<number[]> {
    const seen: number[] = []
    let after: string | undefined
    for (let i = 0; i < 30; i++) {
      const page = await read(dataset, { ...query, ...(after ? { after } : {}) })
      expect(page.numberReturned).toBe(page.features.length)
      expect(page.numberMatched).toBe(25)
      seen.push(...ids(page.features))
      if (!page.next) return seen
      after = page.next
    }
    throw new Error('pages without end')
  }

  it('leads to the next one by its token, in every order', async () => {
    const numbers = Array.from({ length: 25 }, (_, i) => i + 1)
    expect(await walk({ limit: 4 })).toEqual(numbers)
    for (const descending of [false, true]) {
      const sortBy = [
        { name: 'rank', descending },
        { name: 'seen', descending: !descending },
      ]
      const whole = await read(dataset, { sortBy })
      expect(await walk({ limit: 4, sortBy })).toEqual(ids(whole.features))
      const ranks = parsed(whole.features).map(({ properties }) => properties.rank as number | null)
      const known = ranks.filter((rank) => rank !== null)
      expect(known).toEqual(known.toSorted((a, b) => (descending ? b - a : a - b)))
      expect(ranks.slice(known.length).every((rank) => rank === null)).toBe(true)
    }
  })

  it('stays what it is while features are added and deleted before it', async () => {
    const other = await newDataset({ columns: [{ name: 'rank', type: 'integer' }] })
    const features = [5, 3, 1].map((rank) => ({ properties: { rank } }))
    await insertFeatures(context, owner, other.id, features)
    const query = { limit: 2, sortBy: [{ name: 'rank', descending: false }] }
    const first = await read(other, query)
    await deleteFeature(context, owner, other.id, ids(first.features)[0]!)
    await insertFeatures(context, owner, other.id, [{ properties: { rank: 0 } }])
    const second = await read(other, { ...query, after: first.next! })
    expect(parsed(second.features).map(({ properties }) => properties.rank)).toEqual([5])
    expect(second.numberMatched).toBe(3)
  })

  it('has what was asked for of each feature', async () => {
    const { features } = await read(dataset, {
      limit: 1,
      properties: ['name', 'name'],
      axisOrder: 'yx',
      offset: 1,
    })
    expect(features[0]).toBe(
      '{"type":"Feature","id":2,"geometry":{"type":"Point","coordinates":[10,-11]},"properties":{"name":"n01"}}',
    )
    const [mercator] = parsed((await read(dataset, { limit: 1, offset: 1, srid: 3857 })).features)
    expect((mercator!.geometry!.coordinates as number[])[0]).toBeCloseTo(-1224514.3987, 3)
    const [bare] = parsed((await read(dataset, { limit: 1, skipGeometry: true, properties: [] })).features)
    expect(bare).toMatchObject({ geometry: null, properties: {} })
  })

  it.each([
    ['its own degrees', [-12, 0, -9, 20], 4326, 3],
    ['an edge that a point lies on', [-11, 10, -11, 10], 4326, 1],
    ['the whole world', [-180, -90, 180, 90], 4326, 24],
    ['across longitude 180, where nothing is', [170, -90, -170, 90], 4326, 0],
    ['around the world the other way', [5, -90, -5, 90], 4326, 15],
    ['mercator', [-1336000, -10, -1001000, 2300000], 3857, 3],
  ])('has the features of a box: %s', async (_, extent, srid, matched) => {
    const page = await read(dataset, { bbox: { extent, srid }, limit: 100 })
    expect(page.numberMatched).toBe(matched)
    expect(page.features).toHaveLength(matched)
    expect((await read(dataset, { bbox: { extent, srid }, limit: 1, offset: 1 })).numberMatched).toBe(matched)
  })

  it.each([
    ['2020-01-02', '2020-01-02', 1],
    ['2020-01-02T12:00:00Z', '2020-01-03T12:00:00Z', 2],
    ['2020-01-02T12:00:01Z', '2020-01-03T11:59:59Z', 0],
    [null, '2020-01-05', 4],
    ['2020-01-20', null, 5],
    [null, null, 20],
    ['2020-01-02T14:00:00+02:00', '2020-01-02T14:00:00+02:00', 1],
    [null, '9999-12-31', 20],
  ])('has the features of a time: %s to %s', async (from, to, matched) => {
    expect((await read(dataset, { datetime: { from, to } })).numberMatched).toBe(matched)
  })

  it.each<[string, Partial<FeatureQuery>, string]>([
    ['a limit of 0', { limit: 0 }, 'limit'],
    ['a limit that is no number', { limit: Number.NaN }, 'limit'],
    ['a negative offset', { offset: -1 }, 'offset'],
    ['a huge offset', { offset: 2 ** 52 }, 'offset'],
    ['a box of three numbers', { bbox: { extent: [1, 2, 3], srid: 4326 } }, 'bbox'],
    ['a box upside down', { bbox: { extent: [1, 5, 3, 2], srid: 4326 } }, 'bbox'],
    ['a box of no numbers', { bbox: { extent: [1, 2, Number.NaN, 3], srid: 4326 } }, 'bbox'],
    ['a projected box right to left', { bbox: { extent: [5, 2, 1, 3], srid: 3857 } }, 'bbox'],
    ['an unknown system of the box', { bbox: { extent: [1, 2, 3, 4], srid: 999999 } }, 'bbox-crs'],
    ['an unknown system', { srid: 999999 }, 'crs'],
    ['a property that is not there', { properties: ['nope'] }, 'properties'],
    ['an order by what is not there', { sortBy: [{ name: 'fid', descending: true }] }, 'sortby'],
    ['an order by JSON', { sortBy: [{ name: 'extra', descending: true }] }, 'sortby'],
    ['a token of nothing', { after: 'nonsense' }, 'after'],
    ['a token of another order', { after: btoa('["+rank","1","2"]') }, 'after'],
    [
      'a token with no such value',
      { after: btoa('["+rank","1","x"]'), sortBy: [{ name: 'rank', descending: false }] },
      'after',
    ],
    ['a day that is none', { datetime: { from: '2020-02-30', to: null } }, 'datetime'],
    ['a time that is none', { datetime: { from: "2020-01-01T00:00:00Z'", to: null } }, 'datetime'],
    ['a time that ends before it begins', { datetime: { from: '2020-01-02', to: '2020-01-01' } }, 'datetime'],
  ])('refuses %s', async (_, query, attribute) => {
    const error = await read(dataset, query).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(ValidationError)
    expect(error.issues.map((issue: { attribute: string }) => issue.attribute)).toEqual([attribute])
  })

  it('ends early where its features are large, and the next goes on', async () => {
    const heavy = await newDataset({ geometryType: null, columns: [{ name: 'text', type: 'text' }] })
    await insertFeatures(context, owner, heavy.id, [{}, {}, {}, {}, {}])
    // Compressed where it is stored, so that only the made text tells its size.
    const size = Math.ceil(PAGE_MAX_BYTES / 3.5)
    await db.execute(sql`update ${featureTable(heavy.id)} set "text" = repeat('x', ${size}::int)`)
    const first = await read(heavy, { limit: 10 })
    expect(ids(first.features)).toEqual([1, 2, 3])
    expect(first.numberMatched).toBe(5)
    const second = await read(heavy, { limit: 10, after: first.next! })
    expect(ids(second.features)).toEqual([4, 5])
    expect(second.next).toBeNull()
  })
})

describe('a projected dataset', () => {
  let dataset: DatasetRecord
  beforeAll(async () => {
    dataset = await newDataset({
      srid: 2056,
      geometryType: 'MultiPolygon',
      columns: [{ name: 'n', type: 'integer' }],
    })
    await insertFeatures(context, owner, dataset.id, [
      { geometry: square(7.4, 46.9), properties: { n: 1 } },
      { geometry: square(8.4, 47.2), properties: { n: 2 } },
    ])
  })

  it('keeps its extents with its features', async () => {
    const before = await readDataset(context, owner, dataset.id)
    expect(before.extent!.map((side) => side.toFixed(2))).toEqual(['7.40', '46.90', '8.41', '47.21'])
    expect(before.nativeExtent![0]).toBeCloseTo(2597056.2, 1)
    await replaceFeature(context, owner, dataset.id, 2, { geometry: square(7.5, 46.95), properties: {} })
    const after = await readDataset(context, owner, dataset.id)
    expect(after.extent!.map((side) => side.toFixed(2))).toEqual(['7.40', '46.90', '7.51', '46.96'])
    expect(after.nativeExtent![2]).toBeLessThan(2605500)
    expect([before.version + 1, 2]).toEqual([after.version, after.featureCount])
  })

  it.each([
    ['degrees', [7.49, 46.9, 7.6, 47], 4326, 1],
    ['the whole world', [-180, -90, 180, 90], 4326, 2],
    ['half the world', [-180, -90, 7.45, 90], 4326, 1],
    ['its own system', [2590000, 1190000, 2600000, 1200000], 2056, 1],
    ['mercator', [0, 0, 1e6, 1e7], 3857, 2],
    ['elsewhere', [-80, 10, -70, 20], 4326, 0],
  ])('finds by a box in %s', async (_, extent, srid, matched) => {
    expect((await read(dataset, { bbox: { extent, srid } })).numberMatched).toBe(matched)
  })

  it('refuses what lies outside of its system, and a box that does', async () => {
    const far = insertFeatures(context, owner, dataset.id, [{ geometry: square(-100, -46) }])
    await expect(far).rejects.toThrow(/geometry lies where EPSG:2056 is not defined/)
  })
})

describe('geometries that come in', () => {
  const bowTie = {
    type: 'Polygon',
    coordinates: [
      [
        [7, 46],
        [8, 47],
        [8, 46],
        [7, 47],
        [7, 46],
      ],
    ],
  }

  it.each<[string, unknown, RegExp]>([
    ['a bow-tie', bowTie, /Self-intersection at 7\.5 46\.5/],
    [
      'an open ring',
      {
        type: 'Polygon',
        coordinates: [
          [
            [7, 46],
            [8, 47],
            [8, 46],
            [7, 47],
          ],
        ],
      },
      /ring 0 is not closed/,
    ],
    [
      'a short ring',
      {
        type: 'Polygon',
        coordinates: [
          [
            [7, 46],
            [8, 47],
            [7, 46],
          ],
        ],
      },
      /fewer than 4/,
    ],
    ['another type', point(1, 2), /is a Point, and the dataset takes MultiPolygon/],
    ['no type', { coordinates: [] }, /type/],
    ['text for coordinates', { type: 'Polygon', coordinates: 'x' }, /coordinates/],
    [
      'an infinite coordinate',
      JSON.parse('{"type":"Polygon","coordinates":[[[1e999,1],[2,1],[2,2],[1e999,1]]]}'),
      /not finite/,
    ],
    ['a latitude beyond the pole', square(10, 89.995), /beyond a pole/],
    ['nonsense', 7, /not an object/],
  ])('are refused: %s', async (_, geometry, message) => {
    const dataset = await shared()
    const error = await insertFeatures(context, owner, dataset.id, [{ geometry }]).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(ValidationError)
    expect(error.message).toMatch(message)
    const several = insertFeatures(context, owner, dataset.id, [{ geometry: square(1, 1) }, { geometry }])
    await expect(several).rejects.toThrow(/^features\[1\]\.geometry/)
    expect((await readDataset(context, owner, dataset.id)).featureCount).toBe(0)
  })

  let made: Promise<DatasetRecord> | undefined
  const shared = () => {
    made ??= newDataset({ geometryType: 'MultiPolygon' })
    return made
  }

  it('are put into the dataset’s type and dimensions', async () => {
    const dataset = await newDataset({ geometryType: 'MultiLineString', dimensions: 'XYZ' })
    const line = {
      type: 'LineString',
      coordinates: [
        [1, 2],
        [3, 4],
      ],
    }
    const { features } = await insertFeatures(context, owner, dataset.id, [{ geometry: line }], {
      axisOrder: 'yx',
    })
    const { feature } = await readFeature(context, owner, dataset.id, features[0]!.fid)
    expect(JSON.parse(feature).geometry).toEqual({
      type: 'MultiLineString',
      coordinates: [
        [
          [2, 1, 0],
          [4, 3, 0],
        ],
      ],
    })
  })

  it('come back as they were, outer rings counter-clockwise', async () => {
    const dataset = await newDataset({ geometryType: 'Polygon' })
    const ring = [
      [100 / 3, 10.000000000000002],
      [200 / 3, 12.3],
      [200 / 3, 1e-7],
      [100 / 3, 10.000000000000002],
    ]
    const { features } = await insertFeatures(context, owner, dataset.id, [
      { geometry: { type: 'Polygon', coordinates: [ring] } },
    ])
    const { feature } = await readFeature(context, owner, dataset.id, features[0]!.fid)
    expect(JSON.parse(feature).geometry.coordinates).toEqual([[ring[0], ring[2], ring[1], ring[0]]])
  })
})

describe('changing a feature', () => {
  const columns = [
    { name: 'a', type: 'integer' },
    { name: 'b', type: 'text' },
  ] as const

  async function oneFeature() {
    const dataset = await newDataset({ columns })
    const { features } = await insertFeatures(context, owner, dataset.id, [
      { geometry: point(1, 2), properties: { a: 1, b: 'x' } },
    ])
    return { dataset, fid: features[0]!.fid, tag: features[0]!.tag }
  }

  it('changes what is named, and a replacement everything', async () => {
    const { dataset, fid, tag } = await oneFeature()
    const changed = await updateFeature(context, owner, dataset.id, fid, { properties: { b: null } })
    expect(changed.tag).not.toBe(tag)
    const patched = await readFeature(context, owner, dataset.id, fid)
    expect(patched.tag).toBe(changed.tag)
    expect(JSON.parse(patched.feature)).toMatchObject({
      geometry: point(1, 2),
      properties: { a: 1, b: null },
    })
    await replaceFeature(context, owner, dataset.id, fid, { properties: { b: 'y' } })
    const replaced = await readFeature(context, owner, dataset.id, fid)
    expect(JSON.parse(replaced.feature)).toMatchObject({ geometry: null, properties: { a: null, b: 'y' } })
    expect(replaced.dataset).toMatchObject({ version: 4, extent: null, nativeExtent: null })
  })

  it('lets one of many writers win', async () => {
    const { dataset, fid, tag } = await oneFeature()
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, (_, a) =>
        outcome(
          updateFeature(
            context,
            owner,
            dataset.id,
            fid,
            { properties: { a } },
            { precondition: { tags: [tag] } },
          ),
        ),
      ),
    )
    expect(outcomes.toSorted()).toEqual([...Array(5).fill('PreconditionFailedError'), 'fine'])
    expect((await readDataset(context, owner, dataset.id)).version).toBe(3)
  })

  it('holds to when it was changed', async () => {
    const { dataset, fid } = await oneFeature()
    const { modifiedAt } = await readFeature(context, owner, dataset.id, fid)
    const second = (offset: number) => new Date(Math.floor(modifiedAt.getTime() / 1000) * 1000 + offset)
    const early = deleteFeature(context, owner, dataset.id, fid, { unmodifiedSince: second(-1000) })
    await expect(early).rejects.toBeInstanceOf(PreconditionFailedError)
    const left = await deleteFeature(context, owner, dataset.id, fid, { unmodifiedSince: second(0) })
    expect(left).toMatchObject({ featureCount: 0, extent: null })
  })

  it('finds no feature by a number that none has', async () => {
    const { dataset } = await oneFeature()
    for (const fid of [0, -1, '1.5', 'x', "1'", '\0', '9'.repeat(30), 77]) {
      const outcomes = await Promise.all([
        outcome(readFeature(context, owner, dataset.id, fid)),
        outcome(deleteFeature(context, owner, dataset.id, fid)),
        outcome(updateFeature(context, owner, dataset.id, fid, { properties: { a: 2 } })),
      ])
      expect([fid, ...outcomes]).toEqual([fid, ...Array(3).fill('NotFoundError')])
    }
  })

  it('deletes what a filter, a box or numbers mean', async () => {
    const dataset = await newDataset({ columns })
    const features = Array.from({ length: 10 }, (_, i) => ({ geometry: point(i, i), properties: { a: i } }))
    await insertFeatures(context, owner, dataset.id, features)
    expect(
      await deleteFeatures(context, owner, dataset.id, { filter: parseCql2Text('a < 2') }),
    ).toMatchObject({
      deleted: 2,
      dataset: { featureCount: 8, nativeExtent: [2, 2, 9, 9], extent: [2, 2, 9, 9] },
    })
    const bbox = { extent: [4, 4, 5, 5], srid: 4326 }
    expect(await deleteFeatures(context, owner, dataset.id, { bbox })).toMatchObject({ deleted: 2 })
    expect(await deleteFeatures(context, owner, dataset.id, { fids: [10, 9, 999] })).toMatchObject({
      deleted: 2,
    })
    expect(ids((await read(dataset)).features)).toEqual([3, 4, 7, 8])
  })

  it('counts every feature of many at once', async () => {
    const dataset = await newDataset()
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        insertFeatures(context, owner, dataset.id, [{ geometry: point(i, 0) }, { geometry: point(0, -i) }]),
      ),
    )
    expect(await readDataset(context, owner, dataset.id)).toMatchObject({
      ...{ featureCount: 16, version: 9, extent: [0, -7, 7, 0] },
    })
  })
})

describe('columns that change', () => {
  it('are met by reads and writes that knew the old ones', async () => {
    const dataset = await newDataset({ columns: [{ name: 'old', type: 'integer' }] })
    await insertFeatures(context, owner, dataset.id, [{ properties: { old: 1 } }])
    const { tag } = await readFeature(context, owner, dataset.id, 1)
    const hostile = '"; drop table users; --\'$1'
    await addColumn(context, owner, dataset.id, { name: hostile, type: 'text' })
    await changeColumn(context, owner, dataset.id, 'old', { name: 'new', title: 'New' })
    await updateFeature(context, owner, dataset.id, 1, { properties: { [hostile]: 'v', new: 2 } })
    const [feature] = parsed((await read(dataset, { filter: parseCql2Text('new = 2') })).features)
    expect(feature!.properties).toEqual({ [hostile]: 'v', new: 2 })
    const stale = deleteFeature(context, owner, dataset.id, 1, { tags: [tag] })
    await expect(stale).rejects.toBeInstanceOf(PreconditionFailedError)
    const present = await readDataset(context, owner, dataset.id)
    await deleteColumn(db, owner, present, present.columns[0]!)
    expect(parsed((await read(dataset)).features)[0]!.properties).toEqual({ [hostile]: 'v' })
    await dropColumn(context, owner, dataset.id, hostile)
    await expect(read(dataset, { properties: [hostile] })).rejects.toBeInstanceOf(ValidationError)
  })
})

describe('rights', () => {
  const VERBS: readonly Verb[] = [
    'view',
    'extract',
    'insert',
    'update',
    'delete_rows',
    'edit',
    'share',
    'own',
  ]

  it('let in exactly who was granted what', async () => {
    const dataset = await newDataset({ isPublic: false, columns: [{ name: 'a', type: 'integer' }] })
    const role = fc.constantFrom<Role[]>([], ['trusted'], ['editor'], ['administrator'], ['super user'])
    const grant = fc.record({
      to: fc.constantFrom('everyone', 'anonymous', 'user', 'other user'),
      verb: fc.constantFrom(...VERBS),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(grant, { maxLength: 4 }),
        fc.constantFrom('owner', 'stranger', 'anonymous'),
        role,
        async (granted, who, roles) => {
          const principal: Principal =
            who === 'anonymous' ? ANONYMOUS : { ...(who === 'owner' ? owner : stranger), roles }
          await db.delete(grants).where(sql`${grants.resourceId} = ${dataset.id}`)
          for (const { to, verb } of granted)
            await db
              .insert(grants)
              .values({
                ...{ resourceId: dataset.id, verb },
                principalType: to === 'other user' ? 'user' : to,
                principalId: to === 'user' ? stranger.id : to === 'other user' ? stranger.id + 1_000_000 : 0,
              })
              .onConflictDoNothing()
          const holds = (verb: Verb) =>
            granted.some(
              (g) =>
                // Whatever is granted shows what it is granted on, but for the right to insert.
                (verb === 'view' ? g.verb !== 'insert' : [verb, 'own'].includes(g.verb)) &&
                (g.to === 'everyone' ||
                  (g.to === 'anonymous' && who === 'anonymous') ||
                  (g.to === 'user' && who === 'stranger')),
            )
          const hasRole = (name: Role) => who !== 'anonymous' && roles.includes(name)
          const sees = who === 'owner' || hasRole('administrator') || hasRole('super user') || holds('view')
          const may = (verb: Verb) =>
            sees &&
            (verb === 'view' ||
              who === 'owner' ||
              holds(verb) ||
              (hasRole('editor') && ['extract', 'insert', 'update', 'delete_rows', 'edit'].includes(verb)))
          const expected = (verb: Verb) =>
            !sees
              ? NotFoundError
              : who === 'anonymous'
                ? UnauthenticatedError
                : may(verb)
                  ? null
                  : ForbiddenError
          const attempt = async (verb: Verb, work: Promise<unknown>) => {
            const wanted = may(verb) ? 'fine' : expected(verb)!.name
            expect([verb, await outcome(work)]).toEqual([verb, wanted])
          }
          const id = dataset.id
          await attempt('view', readFeatures(context, principal, id, { limit: 1 }))
          if (sees) {
            const { rights } = await readDataset(context, principal, id)
            for (const verb of VERBS)
              if (verb !== 'view') expect(rights[verb as keyof typeof rights]).toBe(may(verb))
          }
          await attempt('insert', insertFeatures(context, principal, id, [{ properties: { a: 1 } }]))
          const [fid = 1] = ids((await read(dataset, { limit: 1 })).features)
          const isThere = (await read(dataset, { limit: 1 })).numberReturned > 0
          if (!isThere) return
          await attempt('update', updateFeature(context, principal, id, fid, { properties: { a: 2 } }))
          await attempt('delete_rows', deleteFeature(context, principal, id, fid))
        },
      ),
      { numRuns: 15, endOnFailure: true },
    )
  })

  it('through a layer are what it and its map grant, as far as its owner may pass it on', async () => {
    const dataset = await newDataset({ isPublic: false, columns: [{ name: 'a', type: 'integer' }] })
    const maker = await makeUser()
    const groupId = 2_000_000_000
    type Thing = 'dataset' | 'layer' | 'map'
    const grantees = {
      everyone: { principalType: 'everyone', principalId: 0 },
      group: { principalType: 'group', principalId: groupId },
      stranger: { principalType: 'user', principalId: stranger.id },
      maker: { principalType: 'user', principalId: maker.id },
    }
    const grant = fc.record({
      on: fc.constantFrom<Thing>('dataset', 'layer', 'map'),
      to: fc.constantFrom('everyone', 'group', 'stranger', 'maker', 'maker') as fc.Arbitrary<
        keyof typeof grantees
      >,
      verb: fc.constantFrom(...VERBS),
    })
    const thingsOf = async (by: UserPrincipal): Promise<Record<Thing, number>> => {
      const map = await insertMap(db, by, { name: 'm' })
      const shown = { name: 'l', type: 'point', source: {}, dataId: dataset.id } as const
      return { dataset: dataset.id, map, layer: (await insertLayer(db, by, map, shown))! }
    }
    const made = { owner: await thingsOf(owner), maker: await thingsOf(maker) }
    await fc.assert(
      fc.asyncProperty(
        fc.array(grant, { maxLength: 7 }),
        fc.constantFrom<keyof typeof made>('owner', 'maker'),
        fc.constantFrom('owner', 'maker', 'stranger', 'member', 'anonymous'),
        fc.constantFrom<Role[]>([], [], [], ['editor'], ['administrator']),
        fc.boolean(),
        async (granted, whose, who, roles, isExportable) => {
          const things = made[whose]
          const rows = granted.map(({ on, to, verb }) => ({ resourceId: things[on], verb, ...grantees[to] }))
          const { dataset: dataId, layer: layerId, map: mapId } = things
          await db.batch([
            db.update(layers).set({ isExportable }).where(sql`${layers.id} = ${layerId}`),
            db.delete(grants).where(sql`${grants.resourceId} in (${dataId}, ${layerId}, ${mapId})`),
            ...(rows.length > 0 ? [db.insert(grants).values(rows)] : []),
          ])
          const person = { owner, maker, stranger, member: stranger, anonymous: null }[who]
          const principal: Principal = person
            ? { ...person, roles, ...(who === 'member' ? { groups: [groupId] } : {}) }
            : ANONYMOUS

          const ownerOf = { dataset: 'owner', layer: whose, map: whose }
          const hasRole = (name: Role) => person !== null && roles.includes(name)
          const names = [...(who === 'member' ? ['group', 'stranger'] : [who]), 'everyone']
          const suffices = (verb: Verb, held: Verb) =>
            verb === 'view' ? held !== 'insert' : held === verb || held === 'own'
          const holds = (on: Thing, verb: Verb) =>
            ownerOf[on] === who ||
            granted.some((g) => g.on === on && names.includes(g.to) && suffices(verb, g.verb))
          const edits = (verb: Verb) => !['view', 'share', 'own'].includes(verb)
          const mayItself = (on: Thing, verb: Verb): boolean => {
            if (verb === 'view' && hasRole('administrator')) return true
            if (edits(verb) && hasRole('editor')) return holds(on, 'view')
            return holds(on, verb)
          }
          const mayLayer = (verb: Verb) => mayItself('layer', verb) || mayItself('map', verb)
          const toWhose = (wanted: (verb: Verb) => boolean) =>
            granted.some((g) => g.on === 'dataset' && g.to === whose && wanted(g.verb))
          const passes = (verb: Verb): boolean =>
            mayLayer(verb) &&
            (verb !== 'extract' || isExportable || whose === who) &&
            (whose === 'owner' ||
              toWhose((held) => held === 'own') ||
              (toWhose((held) => held === 'share') && toWhose((held) => suffices(verb, held))))
          const mayThrough = (verb: Verb): boolean => {
            if (verb === 'view' && hasRole('administrator')) return true
            if (edits(verb) && hasRole('editor')) return mayThrough('view')
            return holds('dataset', verb) || passes(verb)
          }

          const asked = through(principal, layerId)
          const reading = [
            readLayer(context, principal, layerId),
            readDataset(context, asked, dataId),
            // The way through the layer opens nothing but what it shows.
            readMap(context, asked, mapId),
          ] as const
          const outcomes = await Promise.all(reading.map(outcome))
          const sees = [mayLayer('view'), mayThrough('view'), mayItself('map', 'view')]
          expect(outcomes).toEqual(sees.map((seen) => (seen ? 'fine' : 'NotFoundError')))
          const wanted = (may: (verb: Verb) => boolean) =>
            Object.fromEntries(VERBS.filter((verb) => verb !== 'view').map((verb) => [verb, may(verb)]))
          if (sees[0]) expect((await reading[0]).rights).toMatchObject(wanted(mayLayer))
          if (sees[1]) expect((await reading[1]).rights).toMatchObject(wanted(mayThrough))
        },
      ),
      { numRuns: 40, endOnFailure: true },
    )
  })
})

describe('importing', () => {
  const unfinished = async (dataset: Partial<NewDataset> = {}) => {
    const id = await insertDataset(db, owner, {
      ...{ name: 'imported', title: 'Imported', geometryType: 'MultiPolygon', dimensions: 'XY', srid: 4326 },
      ...{ columns: [{ name: 'label', type: 'text' }], isPublic: true, isImporting: true },
      ...dataset,
    })
    return (await findUnfinishedDataset(db, SYSTEM, id))!
  }
  const polygon = (...xy: number[]): FlatGeometry => ({
    type: GEOMETRY_CODES.Polygon,
    xy,
    ends: [xy.length / 2],
  })

  it('repairs, promotes and drops geometries, and repeats a batch without doubling it', async () => {
    const dataset = await unfinished()
    const geometries: (FlatGeometry | null)[] = [
      polygon(0, 0, 1, 0, 1, 1, 0, 1, 0, 0),
      polygon(0, 0, 2, 2, 2, 0, 0, 2, 0, 0),
      polygon(0, 0, 1, 0, 1, 1),
      polygon(0, 0, 1, 0),
      { type: GEOMETRY_CODES.Point, xy: [1, 2] },
      null,
      { ...polygon(5, 5, 6, 5, 6, 6, 5, 5), z: [1, 2, 3, 1] },
    ]
    const values = [geometries.map((_, i) => `n${i}\0 "{},\\`)]
    const batch = { firstFid: 1, count: geometries.length, geometries, values }
    const first = await appendFeatures(db, SYSTEM, dataset, batch)
    expect(first).toEqual({ repaired: 2, dropped: 2 })
    expect(await appendFeatures(db, SYSTEM, dataset, batch)).toEqual(first)
    await appendFeatures(db, SYSTEM, dataset, {
      ...batch,
      firstFid: 8,
      count: 1,
      geometries: [null],
      values: [['last']],
    })
    expect(await outcome(read({ id: dataset.id } as DatasetRecord))).toBe('NotFoundError')
    expect(await publishImported(db, SYSTEM, dataset)).toEqual({ featureCount: 8 })
    expect(await publishImported(db, SYSTEM, dataset)).toEqual({ featureCount: 8 })
    expect(await findUnfinishedDataset(db, SYSTEM, dataset.id)).toBeNull()
    await expect(appendFeatures(db, SYSTEM, dataset, batch)).rejects.toThrow(/not being imported/)
    const record = await readDataset(context, owner, dataset.id)
    expect(record).toMatchObject({ featureCount: 8, extent: [0, 0, 6, 6], nativeExtent: [0, 0, 6, 6] })
    const features = parsed((await read(record)).features)
    expect(features.map(({ geometry }) => geometry?.type ?? null)).toEqual([
      ...['MultiPolygon', 'MultiPolygon', 'MultiPolygon', null, null, null, 'MultiPolygon', null],
    ])
    expect((features[1]!.geometry!.coordinates as unknown[]).length).toBe(2)
    expect(features[0]!.properties.label).toBe('n0 "{},\\')
    const { features: added } = await insertFeatures(context, owner, dataset.id, [{}])
    expect(added[0]!.fid).toBe(9)
  })

  it('takes every type, and gives it back row by row', async () => {
    const dataset = await unfinished({ geometryType: 'Point', dimensions: 'XYZ', columns: [...EVERY_TYPE] })
    const rows = [
      [
        true,
        1,
        2n ** 62n,
        Number.NaN,
        'a',
        '2020-01-02',
        '2020-01-02T03:04:05',
        '01:02:03',
        '{"a":"\\u0000x"}',
        Uint8Array.of(0, 255),
      ],
      EVERY_TYPE.map(() => null),
      [
        false,
        -1,
        '-5',
        Number.NEGATIVE_INFINITY,
        '',
        '0044-03-15',
        '1999-12-31T23:59:59-01:00',
        null,
        '[]',
        new Uint8Array(),
      ],
    ]
    const geometries = [1, 2, 3].map((x) => ({ type: GEOMETRY_CODES.Point, xy: [x, x], z: [x] }))
    const values = EVERY_TYPE.map((_, column) => rows.map((row) => row[column]))
    await appendFeatures(db, SYSTEM, dataset, { firstFid: 1, count: 3, geometries, values })
    await publishImported(db, SYSTEM, dataset)
    const first = (await readRowPage(db, owner, dataset, { afterFid: 0, limit: 2 }))!
    expect(first.rows.map(({ fid }) => fid)).toEqual([1, 2])
    expect(first.rows[0]!.values).toEqual([
      ...[true, 1, String(2n ** 62n), Number.NaN, 'a', '2020-01-02', '2020-01-02T03:04:05Z', '01:02:03'],
      ...['{"a": "x"}', Uint8Array.of(0, 255)],
    ])
    expect(first.rows[1]!.values).toEqual(EVERY_TYPE.map(() => null))
    expect(new DataView(first.rows[0]!.geometry!.buffer).getUint32(1, true)).toBe(0xa0000001)
    const filter = sql`"small" < 0`
    const last = (await readRowPage(db, ANONYMOUS, dataset, {
      afterFid: first.next!,
      limit: 2,
      filter,
      srid: 3857,
    }))!
    expect(last).toMatchObject({ next: null, rows: [{ fid: 3 }] })
    expect(last.rows[0]!.values.slice(1, 8)).toEqual([
      ...[-1, '-5', Number.NEGATIVE_INFINITY, '', '0044-03-15', '2000-01-01T00:59:59Z', null],
    ])
    expect(
      await readRowPage(db, owner, { ...dataset, schemaVersion: 9 }, { afterFid: 0, limit: 1 }),
    ).toBeNull()
  })
})
