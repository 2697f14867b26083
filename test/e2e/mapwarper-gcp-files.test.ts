import { parseAnnotation } from '@allmaps/annotation'
import { and, eq, inArray } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import type { MaskRing } from '../../src/geo/mask-polygons.ts'
import { activity, grants, scanMasks } from '../../src/store/schema.ts'
import {
  type Answer,
  call,
  fault,
  newMap,
  newUser,
  notFound,
  notSignedIn,
  pngImage,
  type TestUser,
  unauthorized,
} from './mapwarper-client.ts'
import { platformDatabase } from './platform-database.ts'
import { uploadFile } from './rectified-map.ts'

const UNKNOWN = 2147483647
const CSV = 'x,y,lon,lat\n10,20,7.1,47.3\n180,25,7.4,47.31\n30,130,7.11,47.1\n190,140,7.42,47.12\n'
const LINES = CSV.trimEnd().split('\n').slice(1)

let user: TestUser
let editor: TestUser
/** A map of 200 x 150 pixels with the points of `CSV`, and one of 400 x 300 without points. */
let map: number
let larger: number
beforeAll(async () => {
  ;[user, editor] = await Promise.all([newUser(), newUser(['editor'])])
  map = (await uploadFile(user, 'sheet.png', pngImage(200, 150), 'A sheet')).id
  larger = (await uploadFile(user, 'larger.png', pngImage(400, 300), 'The same, larger')).id
  expect((await send(map, CSV)).status).toBe(200)
})

const send = (id: number | string, body: string | FormData, query = '', as = user.basic): Promise<Answer> =>
  call(`/api/v1/maps/${id}/gcps/import${query}`, { body, as })
const csvOf = async (id: number): Promise<string> => (await call(`/maps/${id}/gcps.csv`)).text
const invalid = (...details: string[]) => ({
  errors: details.map((detail) => ({ title: 'Invalid control points', detail })),
})

function form(fields: Record<string, string>, file?: string): FormData {
  const body = new FormData()
  for (const [name, value] of Object.entries(fields)) body.append(name, value)
  if (file !== undefined) body.append('file', new File([file], 'points.txt', { type: 'text/plain' }))
  return body
}

describe('the points of a map as a file', () => {
  const FILES = [
    ['gcps_csv', 'text/csv; charset=utf-8', 'csv', CSV],
    [
      'gcps_qgis',
      'text/plain; charset=utf-8',
      'points',
      /^#CRS: GEOGCRS.*\nmapX,mapY,.*\n7.1,47.3,10,-20,1,0,0,0\n/,
    ],
    ['gcps_gdal', 'text/plain; charset=utf-8', 'gdal', /^10 20 7.1 47.3\n180 25 7.4 47.31\n/],
    ['gcps_arcgis', 'text/plain; charset=utf-8', 'txt', /^10\t-20\t7.1\t47.3\n180\t-25\t7.4\t47.31\n/],
  ] as const

  it.each(FILES)(
    '%s can be fetched where the map says, and imported elsewhere',
    async (link, type, suffix, content) => {
      const { links } = (await call(`/api/v1/maps/${map}`)).json.data
      const file = await call(links[link])
      expect(file.status).toBe(200)
      expect(file.headers.get('content-type')).toBe(type)
      expect(file.headers.get('content-disposition')).toBe(`attachment; filename="map_${map}_gcps.${suffix}"`)
      expect(file.headers.get('access-control-allow-origin')).toBe('*')
      if (typeof content === 'string') expect(file.text).toBe(content)
      else expect(file.text).toMatch(content)
      const copy = await newMap(user.basic)
      expect((await send(copy, file.text)).status).toBe(200)
      expect(await csvOf(copy)).toBe(CSV)
    },
  )

  it('gcps.json has them with their errors', async () => {
    const { json, status } = await call(`/maps/${map}/gcps.json`)
    expect(status).toBe(200)
    const listed = (await call(`/api/v1/maps/${map}/gcps`)).json.data
    expect(json).toEqual({
      stat: 'ok',
      items: listed.map((gcp: { id: string; attributes: object }) => ({
        ...gcp.attributes,
        id: Number(gcp.id),
        name: null,
      })),
    })
    expect(json.items[0].error).toBeGreaterThan(0)
  })

  it('annotation is a IIIF Georeference Annotation that others read, and is read here', async () => {
    const { links } = (await call(`/api/v1/maps/${map}`)).json.data
    const { json, headers } = await call(links.annotation)
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(parseAnnotation(json)).toMatchObject([
      {
        id: links.annotation,
        resource: {
          id: links.iiif.replace('/info.json', ''),
          type: 'ImageService3',
          width: 200,
          height: 150,
        },
        gcps: LINES.map((line) => line.split(',').map(Number)).map(([x, y, lon, lat]) => ({
          resource: [x, y],
          geo: [lon, lat],
        })),
        resourceMask: [
          [0, 0],
          [200, 0],
          [200, 150],
          [0, 150],
        ],
        transformation: { type: 'polynomial', options: { order: 1 } },
      },
    ])
    const copy = await newMap(user.basic)
    expect((await send(copy, JSON.stringify(json))).json.meta).toMatchObject({
      format: 'annotation',
      added: 4,
    })
    expect(await csvOf(copy)).toBe(CSV)
    expect((await send(larger, JSON.stringify(json), '?replace=true')).json.meta.scaled_from).toEqual({
      width: 200,
      height: 150,
    })
    expect((await csvOf(larger)).split('\n')[1]).toBe('20,40,7.1,47.3')
  })

  it('annotation tells the mask and the newest rectification', async () => {
    const drawn = (await uploadFile(user, 'drawn.png', pngImage(200, 150), 'Drawn')).id
    await send(drawn, CSV)
    const path = `/api/v1/maps/${drawn}/rectify?transform_options=helmert`
    const rectified = await call(path, { method: 'PATCH', as: user.basic })
    expect(rectified.status, rectified.text).toBe(200)
    const ring: MaskRing = [
      [10, 10],
      [190, 12.5],
      [100, 140],
      [10, 10],
    ]
    const hole: MaskRing = [
      [90, 50],
      [110, 50],
      [100, 60],
      [90, 50],
    ]
    const db = await platformDatabase()
    await db.insert(scanMasks).values({ scanId: drawn, gml: '', polygons: [[ring]] })
    const annotation = async () => parseAnnotation((await call(`/maps/${drawn}/annotation.json`)).json)
    expect(await annotation()).toMatchObject([
      { resourceMask: ring.slice(0, 3), transformation: { type: 'helmert' } },
    ])
    await db
      .update(scanMasks)
      .set({ polygons: [[ring, hole]] })
      .where(eq(scanMasks.scanId, drawn))
    expect((await annotation())[0]!.resourceMask).toHaveLength(4)
  })

  it('is not there without the map, nor an annotation without an image', async () => {
    for (const name of ['gcps.csv', 'gcps.json', 'gcps.points', 'gcps.gdal', 'gcps.txt', 'annotation.json'])
      for (const id of [UNKNOWN, 'abc', '1e3', '-1'])
        expect((await call(`/maps/${id}/${name}`)).json).toEqual(notFound('Map', id))
    const bare = await call(`/maps/${await newMap(user.basic)}/annotation.json`)
    expect([bare.status, bare.json.errors[0].title]).toEqual([422, 'Image not ready'])
  })
})

describe('importing a file of points', () => {
  it('takes a form or a body, leaves out what is there, and tells what it did', async () => {
    const id = await newMap(user.basic)
    const first = await send(id, form({}, `${CSV}10,20,7.1,47.3\n`))
    expect(first.status).toBe(200)
    expect(first.json.data.map((gcp: { attributes: { x: number } }) => gcp.attributes.x)).toEqual([
      10, 180, 30, 190,
    ])
    expect(first.json.meta).toEqual({
      format: 'csv',
      read: 5,
      added: 4,
      disabled: 0,
      removed: 0,
      scaled_from: null,
    })
    const qgis = 'mapX,mapY,sourceX,sourceY,enable\n7.1,47.3,10,-20,1\n7.2,47.2,50,-60,1\n7.3,47.1,70,-80,0\n'
    const second = await call(`/gcps/add_many/${id}`, {
      body: form({ format: 'qgis' }, qgis),
      as: editor.basic,
    })
    expect(second.json.meta).toMatchObject({ format: 'qgis', read: 3, added: 1, disabled: 1 })
    expect(await csvOf(id)).toBe(`${CSV}50,60,7.2,47.2\n`)
  })

  it('converts from the reference system that is named', async () => {
    const id = await newMap(user.basic)
    const { json } = await send(id, '1 2 500000 6800000\n', '?srs=EPSG:3857')
    expect(json.data[0].attributes).toMatchObject({ lon: '4.4915764206', lat: '51.9993061589' })
    expect((await send(id, '1 2 3 4\n', '?srs=EPSG:0')).json).toEqual(
      invalid('the reference system "EPSG:0" is not known'),
    )
  })

  it('replaces all points at once, recording each', async () => {
    const id = await newMap(user.basic)
    const old = (await send(id, CSV)).json.data.map((gcp: { id: string }) => Number(gcp.id))
    const { json } = await send(id, form({ replace: 'true' }, `${LINES[0]}\n1,2,3,4\n`))
    expect(json.meta).toMatchObject({ added: 2, removed: 4 })
    expect(await csvOf(id)).toBe(`x,y,lon,lat\n${LINES[0]}\n1,2,3,4\n`)
    const db = await platformDatabase()
    const made = json.data.map((gcp: { id: string }) => Number(gcp.id))
    const rows = await db
      .select({
        id: activity.auditableId,
        action: activity.action,
        version: activity.version,
        by: activity.userId,
      })
      .from(activity)
      .where(and(eq(activity.auditableType, 'Gcp'), inArray(activity.auditableId, [...old, ...made])))
      .orderBy(activity.auditableId, activity.version)
    expect(rows).toEqual([
      ...old.flatMap((gcp: number) => [
        { id: gcp, action: 'create', version: 1, by: user.id },
        { id: gcp, action: 'destroy', version: 2, by: user.id },
      ]),
      ...made.map((gcp: number) => ({ id: gcp, action: 'create', version: 1, by: user.id })),
    ])
  })

  it('leaves one whole set where several replace at the same time', async () => {
    const id = await newMap(user.basic)
    const sets = [1, 2, 3, 4].map((set) => `x,y,lon,lat\n${set},1,2,3\n${set},2,3,4\n`)
    const answers = await Promise.all(sets.map((set) => send(id, set, '?replace=true')))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(sets).toContain(await csvOf(id))
  })

  it.each<[string, string | FormData, string, number, unknown]>([
    [
      'a bad line',
      'x,y,lon,lat\n1,2,3,4\n5,six,7,91\n8,9,361,2\n',
      '',
      422,
      invalid('line 3: y is not a number: "six"'),
    ],
    [
      'places off the globe',
      'x,y,lon,lat\n1,2,3,4\n5,6,7,91\n8,9,361,2\n',
      '?replace=true',
      422,
      invalid(
        'line 3: 7, 91 is no longitude and latitude; if it is in another reference system, name that as srs',
        'line 4: 361, 2 is no longitude and latitude; if it is in another reference system, name that as srs',
      ),
    ],
    [
      'a NUL',
      'x,y,lon,lat,name\n1,2,3,4,a\0b\n',
      '',
      422,
      invalid('line 2: name contains characters that cannot be stored'),
    ],
    [
      'points of another map',
      `mapid,x,y,lon,lat\n${UNKNOWN},1,2,3,4\n`,
      '',
      422,
      invalid(`line 2: the point belongs to map ${UNKNOWN}`),
    ],
    ['no points', 'x,y,lon,lat\n', '?replace=true', 422, invalid('the file has no points')],
    [
      'what it does not know',
      'hello',
      '',
      422,
      invalid('the file is in none of the formats that are known: csv, qgis, gdal, arcgis, annotation'),
    ],
    ['another format than is named', CSV, '?format=annotation', 422, invalid('the file is not valid JSON')],
    [
      'a format that is none',
      CSV,
      '?format=shp',
      422,
      {
        errors: [
          {
            title: 'Invalid param',
            detail: 'params format should be one of csv, qgis, gdal, arcgis, annotation',
          },
        ],
      },
    ],
    [
      'a wish that is none',
      CSV,
      '?replace=perhaps',
      422,
      { errors: [{ title: 'Invalid param', detail: 'params replace should be true or false' }] },
    ],
    [
      'nothing',
      '',
      '',
      422,
      { errors: [{ title: 'Missing param', detail: 'param is missing or the value is empty: file' }] },
    ],
    [
      'a form without a file',
      form({ format: 'csv' }),
      '',
      422,
      { errors: [{ title: 'Missing param', detail: 'param is missing or the value is empty: file' }] },
    ],
    [
      'a megabyte too much',
      '1,'.repeat(600_000),
      '',
      413,
      { errors: [{ title: 'Body too large', detail: expect.any(String) }] },
    ],
  ])('refuses %s, and changes nothing', async (_, body, query, status, expected) => {
    const answer = await send(map, body, query)
    expect([answer.status, answer.json]).toEqual([status, expected])
    expect(await csvOf(map)).toBe(CSV)
  })

  it('wants a user, then the map', async () => {
    for (const path of [`/api/v1/maps/${UNKNOWN}/gcps/import`, `/gcps/add_many/${UNKNOWN}`]) {
      expect((await call(path, { body: 'x' })).json).toEqual(notSignedIn)
      expect((await call(path, { body: 'x', as: user.basic })).json).toEqual(notFound('Map', UNKNOWN))
    }
  })
})

describe('a file of points of many maps', () => {
  const addMany = (body: string, as = editor.basic) => call('/gcps/add_many', { body: form({}, body), as })

  it('is added all or none, by an editor', async () => {
    const [a, b] = [await newMap(user.basic), await newMap(user.basic)]
    const rows = `mapid,x,y,lon,lat,name\n${a},1,2,3,4,mill\n${b},5,6,7,8,\n,9,9,9,9,nowhere\n`
    expect((await addMany(`${rows}${UNKNOWN},1,2,3,4,\n`)).json).toEqual(notFound('Map', UNKNOWN))
    expect((await addMany(`${rows}one,1,2,3,4,\n`)).json).toEqual(invalid('line 5: map_id is not a number'))
    expect(await csvOf(a)).toBe('x,y,lon,lat\n')
    const { status, json } = await addMany(rows)
    expect(status).toBe(200)
    expect(json.data.map((gcp: { attributes: { map_id: number } }) => gcp.attributes.map_id)).toEqual([a, b])
    expect((await call(`/maps/${a}/gcps.json`)).json.items[0].name).toBe('mill')
    expect((await addMany(CSV)).json).toEqual(invalid('no row names a map; the header needs a column mapid'))
    expect((await addMany(rows, user.basic)).json).toEqual(unauthorized)
    expect((await addMany(rows, {})).json).toEqual(notSignedIn)
  })
})

describe('points of another map', () => {
  const copy = (id: number, json: unknown, as = user.basic) =>
    call(`/api/v1/maps/${id}/gcps/copy`, { json, as })

  it('are scaled with the image, unless they should not be', async () => {
    const { status, json } = await copy(larger, { from: map, replace: true })
    expect([status, json.meta.added]).toEqual([200, 4])
    expect((await csvOf(larger)).split('\n').slice(1, 3)).toEqual(['20,40,7.1,47.3', '360,50,7.4,47.31'])
    expect((await copy(larger, { from: String(map) })).json).toEqual({
      data: [],
      meta: { added: 0, removed: 0 },
    })
    expect((await copy(larger, { from: map, scale: false, replace: true })).json.meta).toEqual({
      added: 4,
      removed: 4,
    })
    expect(await csvOf(larger)).toBe(CSV)
    const bare = await newMap(user.basic)
    expect((await copy(bare, { from: map })).json.errors).toEqual([
      fault('scale', 'needs two maps with images; send false to keep the pixels as they are'),
    ])
    expect((await copy(bare, { from: map, scale: 'false' })).json.meta.added).toBe(4)
  })

  it('are refused with the reason', async () => {
    const missing = {
      errors: [{ title: 'Missing param', detail: 'param is missing or the value is empty: from' }],
    }
    const empty = await newMap(user.basic)
    const refusals: [unknown, number, unknown][] = [
      [{}, 422, missing],
      [[], 422, missing],
      [{ from: map }, 422, { errors: [fault('from', 'must be another map')] }],
      [{ from: empty }, 422, { errors: [fault('from', 'has no control points')] }],
      [{ from: [larger] }, 422, { errors: [fault('from', 'is not a number')] }],
      [{ from: UNKNOWN }, 404, notFound('Map', UNKNOWN)],
      [{ from: 'a\0' }, 404, notFound('Map', 'a\0')],
      [
        { from: larger, scale: 2 },
        422,
        { errors: [{ title: 'Invalid param', detail: 'params scale should be true or false' }] },
      ],
    ]
    for (const [body, status, expected] of refusals) {
      const answer = await copy(map, body)
      expect([answer.status, answer.json]).toEqual([status, expected])
    }
    expect((await copy(UNKNOWN, {})).json).toEqual(notFound('Map', UNKNOWN))
    expect((await copy(UNKNOWN, {}, {})).json).toEqual(notSignedIn)
    expect(await csvOf(map)).toBe(CSV)
  })

  it('and its files are not seen, nor given, by who may not see the map', async () => {
    const secret = await newMap(user.basic)
    await send(secret, CSV)
    await (await platformDatabase()).delete(grants).where(eq(grants.resourceId, secret))
    for (const name of ['gcps.csv', 'gcps.json', 'gcps.points', 'gcps.gdal', 'gcps.txt', 'annotation.json'])
      expect((await call(`/maps/${secret}/${name}`, { as: editor.basic })).status, name).toBe(404)
    expect((await copy(larger, { from: secret, scale: false }, editor.basic)).json).toEqual(
      notFound('Map', secret),
    )
    expect((await send(secret, CSV, '?replace=true', editor.basic)).json).toEqual(notFound('Map', secret))
    expect((await copy(secret, { from: map }, editor.basic)).status).toBe(404)
    expect((await call(`/api/v1/maps/${secret}/gcps?transform=p1`)).status).toBe(404)
    expect((await call(`/maps/${secret}/gcps.csv`, { as: user.basic })).text).toBe(CSV)
  })
})

describe('points judged by a transform', () => {
  const judge = async (id: number, query: string) => (await call(`/api/v1/maps/${id}/gcps?${query}`)).json
  interface Warning {
    code: string
    points: number[]
  }
  const codes = (json: { meta: { warnings: Warning[] } }) => json.meta.warnings.map(({ code }) => code)

  it('have residuals in pixels and metres, and the error they had before', async () => {
    const json = await judge(map, 'transform=auto')
    const plain = (await call(`/api/v1/maps/${map}/gcps`)).json
    expect(plain.data[0].attributes).not.toHaveProperty('residual')
    expect(Object.keys(plain.meta)).toEqual(['map-error', 'map_error'])
    expect(json.meta).toEqual({
      ...plain.meta,
      transform: 'p1',
      rms_pixels: expect.closeTo(plain.meta.map_error, 9),
      rms_metres: expect.any(Number),
      outliers: [],
      warnings: [{ code: 'too-few-to-judge', detail: expect.any(String), points: [] }],
    })
    json.data.forEach((gcp: { attributes: Record<string, never> }, i: number) => {
      const { residual, ...attributes } = gcp.attributes
      expect(attributes).toEqual(plain.data[i].attributes)
      const { x, y, pixels, metres, leave_one_out } = residual!
      expect(pixels).toBeCloseTo(attributes.error!, 9)
      expect(Math.hypot(x, y)).toBeCloseTo(pixels, 9)
      expect(leave_one_out).toBeGreaterThan(pixels)
      // A pixel of the sheet is about 130 m wide and high.
      expect(metres / pixels).toBeGreaterThan(60)
      expect(metres / pixels).toBeLessThan(260)
    })
    const exact = await judge(map, 'transform=projective&srs=EPSG:3857')
    expect(exact.meta.rms_pixels).toBeLessThan(1e-6)
    expect(codes(exact)).toEqual(['exact-fit'])
  })

  it('name the one that is misplaced, whatever the transform', async () => {
    const id = await newMap(user.basic)
    const rows = Array.from({ length: 16 }, (_, i) => {
      const [x, y] = [(i % 4) * 300 + ((i * 7) % 5), Math.floor(i / 4) * 250 + ((i * 3) % 4)]
      const off = i === 6 ? 0.02 : 0
      return `${x},${y},${(7 + x * 2e-4 + off).toFixed(8)},${(47 - y * 1.4e-4 + ((i * 5) % 3) * 1e-4).toFixed(8)}`
    })
    const { data } = (await send(id, `x,y,lon,lat\n${rows.join('\n')}\n`)).json
    for (const transform of ['p1', 'p2', 'tps', 'helmert', 'projective']) {
      const { meta } = await judge(id, `transform=${transform}`)
      expect([transform, meta.transform, meta.outliers[0]]).toEqual([
        transform,
        transform,
        Number(data[6].id),
      ])
      // A spline goes through the misplaced point, so that its neighbours are predicted badly too.
      if (transform !== 'tps') expect([transform, meta.outliers.length]).toEqual([transform, 1])
    }
  })

  it('have none where nothing can be fitted, and are told why', async () => {
    const few = await judge(map, 'transform=p3')
    expect(codes(few)).toEqual(['too-few-points'])
    expect(few.meta).toMatchObject({ transform: 'p3', rms_pixels: null, rms_metres: null, outliers: [] })
    expect(few.data[0].attributes.residual).toBeNull()
    const line = await newMap(user.basic)
    const { data } = (
      await send(line, 'x,y,lon,lat\n0,0,7,47\n100,100,7.1,47.1\n200,200,7.2,47.2\n200,200,7.3,47.3\n')
    ).json
    const json = await judge(line, 'transform=tps')
    expect(codes(json)).toEqual(['degenerate', 'repeated-image-position', 'collinear', 'collinear'])
    expect(json.meta.warnings[1].points).toEqual([Number(data[2].id), Number(data[3].id)])
    expect(codes(await judge(await newMap(user.basic), 'transform=helmert'))).toEqual(['too-few-points'])
  })

  it('wants a transform and a reference system that are known', async () => {
    for (const transform of ['p4', '', 'TPS', 'p1%00']) {
      const { status, json } = await call(`/api/v1/maps/${map}/gcps?transform=${transform}`)
      expect([status, json.errors[0].title]).toEqual([422, 'Invalid param'])
    }
    const unknown = await call(`/api/v1/maps/${map}/gcps?transform=p1&srs=EPSG:0`)
    expect([unknown.status, unknown.json.errors[0].title]).toEqual([422, 'Unknown reference system'])
    expect((await call(`/api/v1/maps/${UNKNOWN}/gcps?transform=p4`)).json).toEqual(notFound('Map', UNKNOWN))
  })
})
