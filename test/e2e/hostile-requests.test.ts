import { beforeAll, describe, expect, test } from 'vitest'
import { type Operation, readOperations } from './documented-operations.ts'
import { type HostileScene, readWithHostileValues, sendHostileRequests } from './hostile-client.ts'
import {
  administrator,
  call,
  dataUri,
  gcpBody,
  newMap,
  newUser,
  pngImage,
  statusAfter,
  type TestUser,
} from './mapwarper-client.ts'

const ROUNDS = 80

let operations: Operation[]
let owner: TestUser
/** Ids of this file's own things, by the part of a path that comes before them. */
let ids: Record<string, string>

beforeAll(async () => {
  owner = await newUser(['editor'])
  const upload = dataUri(pngImage(40, 30), 'image/png')
  const map = await newMap(owner.basic, { upload, upload_file_name: 'hostile.png' })
  const layer = await call('/api/v1/layers', {
    json: { data: { type: 'layers', attributes: { name: 'Hostile' }, map_ids: [map] } },
    as: owner.basic,
  })
  let gcp = ''
  for (const [x, y, lon, lat] of [
    [0, 0, 7, 47],
    [40, 0, 7.1, 47],
    [0, 30, 7, 46.9],
  ]) {
    const made = await call('/api/v1/gcps', {
      json: gcpBody({ map_id: map, x, y, lon, lat }),
      as: owner.basic,
    })
    gcp = made.json.data.id
  }
  await statusAfter(map, 'loading')
  expect((await call(`/api/v1/maps/${map}/rectify`, { method: 'PATCH', as: owner.basic })).status).toBe(200)
  ids = {
    maps: String(map),
    layers: layer.json.data.id,
    mosaics: layer.json.data.id,
    gcps: gcp,
    users: String(owner.id),
  }
  operations = await readOperations('/docs/mapwarper/openapi.json')
  expect(operations.length).toBeGreaterThan(80)
})

/** Parameters of what is drawn. */
const DRAWN: Record<string, string> = {
  ...{ z: '9', x: '266', y: '179' },
  ...{ region: 'full', size: 'max', rotation: '0', quality: 'default', format: 'jpg' },
}

const own = (path: string): string => {
  const family = path.split('/{')[0]!.split('/').at(-1)!
  return ids[family] ?? ids.maps!
}

const scene = (fill: HostileScene['fill']): HostileScene => ({
  operations,
  fill,
  askers: { nobody: {}, owner: owner.basic, administrator },
})

/** What would end this file's own map, layer or point, or the session of the administrator that all tests share. */
const SPARED = ['DELETE /api/v1/auth/sign_out', 'POST /api/v1/auth/sign_in', 'POST /u/sign_in']

describe('every documented address', () => {
  test('answers whatever it is sent with an answer of its own', async () => {
    const isSpared = ({ method, path }: Operation) =>
      SPARED.includes(`${method} ${path}`) || (method === 'DELETE' && path.endsWith('{id}'))
    operations = operations.filter((operation) => !isSpared(operation))
    const fill = (path: string, parameter: string) =>
      parameter === 'id' ? own(path) : (DRAWN[parameter] ?? '1')
    await sendHostileRequests(scene(fill), ROUNDS)
  })

  test('reads with hostile values in every single parameter', async () => {
    const values = [
      '',
      '-1',
      '99999999999999999999',
      'x'.repeat(3000),
      'a\u0000b',
      'ÄÖ🗺️',
      '[]',
      "'; --",
      '1e309',
    ]
    const fill = (path: string, parameter: string) => (parameter === 'id' ? own(path) : '1')
    expect(await readWithHostileValues(scene(fill), values)).toEqual([])
  })
})
