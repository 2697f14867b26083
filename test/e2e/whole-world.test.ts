import { beforeAll, describe, expect, it } from 'vitest'
import type { RasterCodecs } from '../../src/formats/codecs.ts'
import { testCodecs } from '../unit/ingest/tools.ts'
import { call, newUser, pngImage, statusAfter, type TestUser } from './mapwarper-client.ts'
import { type Place, pinCorners, rectified, tileBytes, uploadFile } from './rectified-map.ts'

const SIZE = [120, 80] as const

let user: TestUser
let codecs: RasterCodecs
beforeAll(async () => {
  ;[user, codecs] = await Promise.all([newUser(), testCodecs()])
})

async function mapOver(place: (shareX: number, shareY: number) => Place) {
  const { id } = await uploadFile(user, 'map.png', pngImage(...SIZE))
  expect(await statusAfter(id, 'loading')).toBe('available')
  await pinCorners(user, id, SIZE, place)
  const { json } = await rectified(user, id)
  const { bounds } = (await call(`/maps/tile/${id}/tilejson.json`)).json
  return { id, bbox: json.data.attributes.bbox.split(',').map(Number), bounds }
}

async function opacityAt(id: number, tile: string, shareX: number, shareY: number): Promise<number> {
  const { data, width, height } = await codecs.decode('webp', await tileBytes(id, `${tile}.webp`))
  return data[4 * (Math.floor(shareY * height) * width + Math.floor(shareX * width)) + 3]!
}

describe('a map', () => {
  it('of the whole world is rectified, though its margins lie beyond it', async () => {
    const { id, bounds } = await mapOver((x, y) => ({ lon: -184 + 368 * x, lat: 85 - 170 * y }))
    expect(bounds[0]).toBe(-180)
    expect(bounds[2]).toBe(180)
    for (const share of [0.02, 0.5, 0.98]) expect(await opacityAt(id, '0/0/0', share, 0.5)).toBe(255)
  })

  it('that lies across the antimeridian has its tiles up to there', async () => {
    const { id, bbox, bounds } = await mapOver((x, y) => ({ lon: 178 + 4 * x, lat: 10 - 3 * y }))
    expect(bbox[2]).toBeGreaterThan(181)
    expect(bounds[2]).toBe(180)
    expect(await opacityAt(id, '6/63/30', 0.9, 0.75)).toBe(255)
  })

  it('whose longitudes count from 0 to 360 lies where they are', async () => {
    const { id, bbox } = await mapOver((x, y) => ({ lon: 284 + 4 * x, lat: 42 - 3 * y }))
    expect(bbox[0]).toBeCloseTo(-76, 5)
    expect(await opacityAt(id, '6/18/24', 0.7, 0.2)).toBe(255)
  })
})
