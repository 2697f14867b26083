import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  call,
  dataUri,
  newMap,
  newUser,
  notFound,
  notSignedIn,
  pngImage,
  statusAfter,
  type TestUser,
} from './mapwarper-client.ts'

const UNKNOWN = 2147483647

let user: TestUser
beforeAll(async () => {
  user = await newUser(['editor'])
})

type Point = [x: number, y: number, lon: number, lat: number]

async function mapWith(points: Point[], upload = dataUri(pngImage(100, 70), 'image/png')): Promise<number> {
  const id = await newMap(user.basic, upload ? { upload, upload_file_name: 'scan.png' } : {})
  const gcps = points.map(([x, y, lon, lat]) => ({ mapid: id, x, y, lon, lat }))
  const added = await call('/api/v1/gcps/add_many', { json: { gcps }, as: user.basic })
  expect(added.json.data).toHaveLength(points.length)
  return id
}

const rectify = (
  id: number,
  query = '',
  more: { body?: NonNullable<RequestInit['body']>; json?: unknown } = {},
) => call(`/api/v1/maps/${id}/rectify${query}`, { method: 'PATCH', as: user.basic, ...more })

/** Control points whose extent is known from GDAL. */
const FIXTURE: Point[] = [
  [51.5, 27.7, 26.737, 58.38],
  [13.0, 61.5, 26.679, 58.353],
  [78.7, 35.7, 26.784, 58.372],
]

describe('rectify', () => {
  it('warps a map to the extent that GDAL gives', async () => {
    const id = await mapWith(FIXTURE)
    const { status, json } = await rectify(id)
    expect(status, JSON.stringify(json)).toBe(200)
    expect(['warping', 'warped']).toContain(json.data.attributes.status)
    expect(json.data.attributes.bbox).toBe('26.6456393,58.3415076,26.8259949,58.4058083')
    expect(await statusAfter(id, 'warping')).toBe('warped')
    const { json: feature } = await call(`/api/v1/maps/${id}.geojson`)
    expect(JSON.parse(feature.geometry.coordinates)[0]).toEqual([
      [26.6456393, 58.3415076],
      [26.8259949, 58.3415076],
      [26.8259949, 58.4058083],
      [26.6456393, 58.4058083],
      [26.6456393, 58.3415076],
    ])
    const listed = await call('/api/v1/maps?show_warped=1&sort_key=updated_at&per_page=50')
    expect(listed.json.data.map((map: { id: string }) => map.id)).toContain(String(id))
  })

  it('takes its parameters from the query, a form or JSON', async () => {
    const id = await mapWith(FIXTURE)
    const needs = (count: number) => ({
      errors: [
        { title: 'Not enough gcps', detail: `Map needs at least ${count} control points to rectify.` },
      ],
    })
    const query = await rectify(id, '?transform_options=p2&format=json')
    expect([query.status, query.json]).toEqual([422, needs(6)])
    const body = new URLSearchParams({ transform_options: 'p3', use_mask: 'false', format: 'json' })
    expect((await rectify(id, '.json', { body })).json).toEqual(needs(10))
    expect((await rectify(id, '', { json: { transform_options: 'projective' } })).json).toEqual(needs(4))
  })

  it('wants 3 points, and an image', async () => {
    const few = await rectify(await mapWith(FIXTURE.slice(0, 2)))
    expect([few.status, few.json]).toEqual([
      422,
      { errors: [{ title: 'Not enough gcps', detail: 'Map needs at least 3 control points to rectify.' }] },
    ])
    const bare = await rectify(await mapWith(FIXTURE, ''))
    expect([bare.status, bare.json.errors[0].title]).toEqual([422, 'Image not ready'])
  })

  it('says why points do not determine a transform', async () => {
    const id = await mapWith([
      [10, 10, 7.1, 47.1],
      [20, 20, 7.2, 47.2],
      [30, 30, 7.3, 47.3],
    ])
    const { status, json } = await rectify(id)
    expect(status).toBe(422)
    expect(json.errors[0].title).toBe('Transform not solvable')
    expect(json.errors[0].detail).toBeTruthy()
    expect((await call(`/api/v1/maps/${id}/status`)).text).not.toBe('warping')
  })

  it('lets one of two calls at once win', async () => {
    const jpeg = await readFile(new URL('../fixtures/haas-1798.jpg', import.meta.url))
    const id = await mapWith(
      [
        [100, 100, 7.0, 47.6],
        [1500, 100, 8.0, 47.6],
        [100, 900, 7.0, 47.2],
        [1500, 900, 8.0, 47.2],
      ],
      dataUri(jpeg, 'image/jpeg'),
    )
    await statusAfter(id, 'loading')
    const answers = await Promise.all([rectify(id), rectify(id)])
    const busy = answers.filter(({ status }) => status === 422)
    expect(busy.map(({ json }) => json)).toEqual([
      { errors: [{ title: 'Map busy', detail: 'Map currently being rectified. Try again later.' }] },
    ])
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await statusAfter(id, 'warping')).toBe('warped')
  })

  it('is for users, of maps that are there', async () => {
    const anonymous = await call(`/api/v1/maps/${UNKNOWN}/rectify`, { method: 'PATCH' })
    expect([anonymous.status, anonymous.json]).toEqual([401, notSignedIn])
    const unknown = await rectify(UNKNOWN)
    expect([unknown.status, unknown.json]).toEqual([404, notFound('Map', UNKNOWN)])
  })
})
