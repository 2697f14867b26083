import { randomBytes } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Bbox } from '../../src/geo/bbox.ts'
import type { Database } from '../../src/store/database.ts'
import { grants, resources, scans } from '../../src/store/schema.ts'
import {
  administrator,
  baseUrl,
  type Call,
  call,
  mapBody,
  newMap,
  newUser,
  notFound,
  pngImage,
  statusAfter,
  type TestUser,
} from './mapwarper-client.ts'
import { platformDatabase } from './platform-database.ts'
import { pinCorners, rectified, uploadFile } from './rectified-map.ts'

const origin = new URL(baseUrl).origin
/** Found in nothing that other tests make. */
const mark = `q${randomBytes(6).toString('hex')}`.replaceAll(/\d/g, 'x')
/** Degrees. */
const WEST = -130
const SOUTH = -60

let db: Database
let owner: TestUser
let stranger: TestUser
beforeAll(async () => {
  db = await platformDatabase()
  ;[owner, stranger] = await Promise.all([newUser(), newUser()])
})

const hide = (id: number) => db.delete(grants).where(eq(grants.resourceId, id))

/** Lays a map without an image on the ground, as far as searches can tell. */
async function placed(title: string, [west, south, east, north]: Bbox): Promise<number> {
  const id = await newMap(owner.basic, { title })
  await db
    .update(resources)
    .set({ extent: sql`ST_MakeEnvelope(${west}, ${south}, ${east}, ${north}, 4326)` })
    .where(eq(resources.id, id))
  return id
}

async function search(query: Record<string, string | number>, more: Call = {}, path = '/api/v1/maps') {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) parameters.set(key, String(value))
  const { status, json, text } = await call(`${path}?${parameters}`, more)
  expect(status, text).toBe(200)
  return json
}

const ids = (list: { data: { id: string }[] }) => list.data.map(({ id }) => Number(id))
const found = async (query: Record<string, string | number>, more?: Call, path?: string) =>
  ids(await search(query, more, path))

describe('a search for text', () => {
  let full: number
  let longer: number
  beforeAll(async () => {
    full = await newMap(owner.basic, {
      title: `Vana ${mark} kaart`,
      description: `Sheet of St. ${mark}, 1:25000`,
      publisher: `Żółw & ${mark}`,
      authors: `O'${mark}`,
      tag_list: `one, two ${mark}`,
    })
    longer = await newMap(owner.basic, { title: `${mark}maa` })
  })

  it('finds what no letter follows, in any case and whatever comes before', async () => {
    expect(await found({ query: mark })).toEqual([full])
    expect(await found({ query: ` ${mark.toUpperCase()} ` })).toEqual([full])
    expect(await found({ query: `${mark} KAART` })).toEqual([full])
    expect(await found({ query: mark.slice(3) })).toEqual([full])
    expect(await found({ query: mark.slice(0, -1) })).toEqual([])
    expect(await found({ query: `${mark}MAA` })).toEqual([longer])
    expect(await found({ query: `Vana  ${mark}` })).toEqual([])
  })

  it('knows the letters of other scripts', async () => {
    const id = await newMap(owner.basic, { title: `A Карта ${mark}Ж Łódź` })
    expect(await found({ query: mark })).toEqual([full])
    expect(await found({ query: `карта ${mark}ж łÓDŹ` })).toEqual([id])
  })

  it.each([
    ['description', (text: string) => `st. ${text}`],
    ['publisher', (text: string) => `ŻÓŁW & ${text}`],
    ['author', (text: string) => `o'${text}`],
    ['authors', (text: string) => text],
    ['tags', (text: string) => `two ${text}`],
  ])('looks into %s', async (field, text) => {
    expect(await found({ query: text(mark), field })).toEqual([full])
    expect(await found({ query: text(mark.slice(0, -1)), field })).toEqual([])
  })

  it('looks into the status, and into the title for a field it does not know', async () => {
    expect(await found({ query: mark, field: 'call_number' })).toEqual([full])
    const available = await found({ query: 'available', field: 'status', per_page: 1000 })
    expect(available).toContain(full)
    expect(await found({ query: 'unloade', field: 'status' })).toEqual([])
  })

  it('finds every title by its own characters', async () => {
    const title = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(title, async (text) => {
        const made = await call('/api/v1/maps', {
          json: mapBody({ title: `${mark}${text}${mark}` }),
          as: owner.basic,
        })
        if (made.status === 422) return
        const id = Number(made.json.data.id)
        expect(await found({ query: `${text}${mark}`.trim(), per_page: 1000 })).toContain(id)
      }),
      { numRuns: 10 },
    )
  })
})

describe('a search by area', () => {
  let inner: number
  let outer: number
  let crossing: number
  let away: number
  const bbox = [WEST, SOUTH, WEST + 4, SOUTH + 4].join(',')
  const name = `${mark}a`
  const named = { query: name }
  /** Among the maps of these tests alone: there are others that cover the world. */
  const near = (query: Record<string, string | number>) => found({ ...named, ...query })
  beforeAll(async () => {
    outer = await placed(`outer ${name}`, [WEST - 10, SOUTH - 10, WEST + 10, SOUTH + 10])
    inner = await placed(`inner ${name}`, [WEST + 1, SOUTH + 1, WEST + 1.5, SOUTH + 1.5])
    crossing = await placed(`crossing ${name}`, [WEST + 2, SOUTH + 2, WEST + 6, SOUTH + 6.5])
    away = await placed(`away ${name}`, [WEST + 4.5, SOUTH, WEST + 5, SOUTH + 1])
    const hidden = await placed(`hidden ${name}`, [WEST + 1, SOUTH + 1, WEST + 2, SOUTH + 2])
    await hide(hidden)
  })

  it('finds what meets it, the nearest in size first', async () => {
    const expected = [crossing, inner, outer]
    expect(await near({ bbox })).toEqual(expected)
    expect(await near({ bbox, operation: 'intersect' })).toEqual(expected)
    expect(await near({ bbox, operation: 'nonsense' })).toEqual(expected)
    expect(await near({ bbox: [WEST + 4, SOUTH, WEST, SOUTH + 4].join(' , ') })).toEqual(expected)
    expect(await near({ bbox, sort_key: 'title', sort_order: 'asc' })).toEqual([crossing, inner, outer])
    expect(await near({ bbox, sort_key: 'title' })).toEqual([outer, inner, crossing])
    expect(await near({ bbox, sort_key: 'status' })).toEqual(expected)
    expect(await near({ bbox, query: `inner ${name}` })).toEqual([inner])
  })

  it('finds what lies within it', async () => {
    const wide = [WEST, SOUTH, WEST + 7, SOUTH + 7].join(',')
    expect(await near({ bbox, operation: 'within' })).toEqual([inner])
    expect(await near({ bbox: wide, operation: 'within' })).toEqual([away, crossing, inner])
    expect(await near({ bbox: wide, operation: 'within', sort_key: 'status' })).toEqual([
      crossing,
      away,
      inner,
    ])
  })

  it('may be a point or a line', async () => {
    const point = [WEST + 1.2, SOUTH + 1.2, WEST + 1.2, SOUTH + 1.2].join(',')
    expect(await near({ bbox: point })).toEqual([inner, outer])
    expect(await near({ bbox: point, operation: 'within' })).toEqual([])
    expect(await near({ bbox: [WEST, SOUTH + 3, WEST + 4, SOUTH + 3].join(',') })).toEqual([crossing, outer])
  })

  it('has a limit to neither side', async () => {
    const world = await near({ bbox: '-1e308,-1e308,1e308,1e308', operation: 'within', per_page: 1000 })
    expect(world).toEqual(expect.arrayContaining([inner, outer, crossing, away]))
  })

  it('says which part of a bbox is none', async () => {
    const refused = async (text: string, path = '/api/v1/maps') =>
      call(`${path}?bbox=${encodeURIComponent(text)}`)
    const parts = await refused('1,2,3')
    expect(parts.status).toBe(422)
    expect(parts.json).toEqual({
      errors: [
        { title: 'Invalid param', detail: 'bbox should be lon.min,lat.min,lon.max,lat.max, not 3 parts' },
      ],
    })
    const north = await refused('1,2,3,north', '/api/v1/maps.geojson')
    expect(north.status).toBe(422)
    expect(north.json.errors[0].detail).toContain("its lat.max is 'north'")
  })

  it('finds a map from the moment it is rectified', async () => {
    const { id } = await uploadFile(owner, 'ground.png', pngImage(64, 48), name)
    expect(await statusAfter(id, 'loading')).toBe('available')
    await pinCorners(owner, id, [64, 48], (x, y) => ({ lon: WEST - 30 + x, lat: SOUTH + 1 - y }))
    const around = [WEST - 30, SOUTH, WEST - 29, SOUTH + 1].join(',')
    expect(await near({ bbox: around })).toEqual([])
    await rectified(owner, id)
    const [map] = (await search({ ...named, bbox: around, show_warped: 1 })).data
    expect(map).toMatchObject({ id: String(id), attributes: { status: 'warped' } })
    const touched = await search({ ...named, bbox: map.attributes.bbox, operation: 'within' })
    expect(ids(touched)).toEqual([id])
  })
})

describe('what has been warped', () => {
  it('are maps of the type that are warped or published', async () => {
    const made: number[] = []
    for (const [status, map_type] of [
      ['warped', 'is_map'],
      ['published', 'is_map'],
      ['warping', 'is_map'],
      ['warped', 'index'],
    ] as const) {
      const id = await newMap(owner.basic, { title: `${mark}w`, map_type })
      await db.update(scans).set({ status }).where(eq(scans.id, id))
      made.push(id)
    }
    const query = { query: `${mark}w`, sort_key: 'status', sort_order: 'asc' }
    expect(await found({ ...query, show_warped: 1 })).toEqual(made.slice(0, 2))
    const [warped, published, warping, index] = made
    expect(await found({ ...query, show_warped: 0 })).toEqual([warping, warped, index, published])
    expect(await found({ ...query, sort_order: 'desc' })).toEqual([published, index, warped, warping])
  })
})

describe('the pages of a search', () => {
  let made: number[]
  beforeAll(async () => {
    made = []
    for (const title of ['b', 'a', 'c']) made.push(await newMap(owner.basic, { title: `${title} ${mark}p` }))
  })

  it('are those that their links lead to, with every parameter', async () => {
    let address: string | undefined =
      `/api/v1/maps.json?query=${mark}p&sort_key=title&sort_order=asc&per_page=2&field=title&format=json`
    const titles: string[] = []
    const pages: string[][] = []
    while (address) {
      const { json }: { json: ReturnType<typeof JSON.parse> } = await call(address)
      expect(json.meta).toEqual({ total_entries: 3, total_pages: 2 })
      titles.push(...json.data.map((map: { attributes: { title: string } }) => map.attributes.title))
      pages.push(Object.keys(json.links))
      for (const link of Object.values<string>(json.links)) expect((await call(link)).status).toBe(200)
      address = json.links.next
      if (address) {
        const url = new URL(address)
        expect(url.origin + url.pathname).toBe(`${origin}/api/v1/maps.json`)
        expect(Object.fromEntries(url.searchParams)).toMatchObject({
          query: `${mark}p`,
          sort_key: 'title',
          sort_order: 'asc',
          field: 'title',
        })
      }
    }
    expect(titles).toEqual(['a', 'b', 'c'].map((title) => `${title} ${mark}p`))
    expect(pages).toEqual([
      ['self', 'next', 'last'],
      ['self', 'first', 'prev'],
    ])
  })

  it('are ordered by the newest change, or the oldest', async () => {
    expect(await found({ query: `${mark}p` })).toEqual(made.toReversed())
    expect(await found({ query: `${mark}p`, sort_order: 'asc' })).toEqual(made)
    expect(await found({ query: `${mark}p`, sort_key: 'created_at', sort_order: 'asc' })).toEqual(made)
    expect(await found({ query: `${mark}p`, 'page[number]': 2, 'page[size]': 1 })).toEqual([made[1]])
  })

  it('are bare features as GeoJSON', async () => {
    const { json } = await call(`/api/v1/maps.geojson?query=${mark}p&per_page=2`)
    expect(json.map(({ id }: { id: number }) => id)).toEqual(made.toReversed().slice(0, 2))
  })
})

describe('the layers of maps', () => {
  let maps: number[]
  let layers: string[]
  const newLayer = async (name: string, map_ids: number[]) => {
    const json = { data: { type: 'layers', attributes: { name }, map_ids } }
    const made = await call('/api/v1/layers', { json, as: owner.basic })
    expect(made.status, made.text).toBe(201)
    return made.json.data.id as string
  }
  beforeAll(async () => {
    maps = []
    for (const title of ['x', 'y']) maps.push(await newMap(owner.basic, { title: `${title} ${mark}l` }))
    layers = [
      await newLayer('One', maps),
      await newLayer('Two', maps.slice(0, 1)),
      await newLayer('Hidden', maps),
    ]
    await hide(Number(layers[2]))
  })
  const summary = (index: number, name: string) => ({
    id: layers[index],
    type: 'layers',
    attributes: { name, description: null },
    links: { self: `${origin}/api/v1/layers/${layers[index]}` },
  })
  const named = (map: { relationships: { layers: { data: { id: string }[] } } }) =>
    map.relationships.layers.data.map(({ id }) => id)

  it('are named by each and included once, but for those that may not be seen', async () => {
    const list = await search({ query: `${mark}l`, sort_key: 'title', sort_order: 'asc' })
    expect(list.data.map(named)).toEqual([[layers[0], layers[1]], [layers[0]]])
    expect(list.included).toEqual([summary(0, 'One'), summary(1, 'Two')])
    for (const { links } of list.included) expect((await call(links.self)).status).toBe(200)
    const seen = await search({ query: `${mark}l` }, { as: owner.basic })
    expect(seen.included).toHaveLength(3)
    expect(await search({ query: mark })).not.toHaveProperty('included')
  })

  it('are in the document of one map', async () => {
    const { json } = await call(`/api/v1/maps/${maps[1]}`)
    expect(named(json.data)).toEqual([layers[0]])
    expect(json.included).toEqual([summary(0, 'One')])
    const changed = await call(`/api/v1/maps/${maps[1]}`, {
      method: 'PATCH',
      json: mapBody({ description: 'changed' }),
      as: owner.basic,
    })
    expect(named(changed.json.data)).toEqual([layers[0], layers[2]])
  })

  it('have their maps searched, by both addresses', async () => {
    const layer = `/api/v1/layers/${layers[0]}/maps`
    const order = { sort_key: 'title', sort_order: 'asc' }
    expect(await found(order, {}, layer)).toEqual(maps)
    expect(await found({ ...order, layer_id: layers[0]! })).toEqual(maps)
    expect(await found({ ...order, query: `y ${mark}l` }, {}, layer)).toEqual([maps[1]])
    const page = await search({ ...order, per_page: 1 }, {}, `${layer}.json`)
    expect(page.meta).toEqual({ total_entries: 2, total_pages: 2 })
    expect((await call(page.links.next)).json.data[0].id).toBe(String(maps[1]))
  })

  it('are not found where there is none to be seen', async () => {
    for (const id of [layers[2]!, String(maps[0]), '2147483647', '0', 'x'])
      for (const path of [`/api/v1/layers/${id}/maps`, `/api/v1/maps?layer_id=${id}`]) {
        const answer = await call(path, { as: stranger.basic })
        expect([answer.status, answer.json]).toEqual([404, notFound('Layer', id)])
      }
    expect(await found({}, { as: owner.basic }, `/api/v1/layers/${layers[2]}/maps`)).toHaveLength(2)
  })
})

describe('a map that others may not see', () => {
  it('is found, counted and sorted for its owner and administrators alone', async () => {
    const bbox: Bbox = [WEST + 40, SOUTH, WEST + 41, SOUTH + 1]
    const id = await placed(`${mark}hiddenfromothers`, bbox)
    await hide(id)
    const named = { query: `${mark}hiddenfromothers` }
    const placedThere = { ...named, bbox: String(bbox) }
    const searches = [named, placedThere, { ...placedThere, operation: 'within' }]
    for (const query of searches) {
      for (const as of [undefined, stranger.basic]) {
        const { data, meta } = await search(query, as ? { as } : {})
        expect([data, meta]).toEqual([[], { total_entries: 0, total_pages: 0 }])
      }
      for (const as of [owner.basic, administrator]) expect(await found(query, { as })).toEqual([id])
    }
  })
})

describe('whatever is asked for', () => {
  it('is answered or refused, and never fails', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 })
    const number = fc.oneof(fc.double(), fc.integer()).map(String)
    const bbox = fc.oneof(text, fc.array(fc.oneof(number, text), { minLength: 3, maxLength: 5 }).map(String))
    const pattern = fc.constantFrom('***=', '(?i)', '[[:alpha:]]{2,}', '\\', '\\m', '(', '[]', 'a\0b', '%')
    const value = fc.oneof(text, pattern, number)
    const parameters = fc.record(
      {
        query: value,
        field: fc.oneof(
          text,
          fc.constantFrom('title', 'description', 'publisher', 'author', 'status', 'tags'),
        ),
        bbox: fc.oneof(bbox, fc.array(number, { minLength: 4, maxLength: 4 }).map(String)),
        operation: fc.oneof(text, fc.constantFrom('within', 'intersect')),
        sort_key: fc.oneof(text, fc.constantFrom('title', 'status', 'created_at', 'constructor')),
        sort_order: fc.oneof(text, fc.constant('asc')),
        show_warped: value,
        layer_id: fc.oneof(value, fc.integer().map(String)),
        page: fc.oneof(value, fc.constantFrom('2147483647')),
        per_page: value,
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(parameters, async (query) => {
        const { status } = await call(`/api/v1/maps?${new URLSearchParams(query)}`)
        expect([200, 404, 422]).toContain(status)
      }),
      { numRuns: 60 },
    )
  })
})
