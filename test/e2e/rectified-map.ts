import { expect } from 'vitest'
import { tileBounds } from '../../src/geo/mercator.ts'
import { baseUrl, call, gcpBody, statusAfter, type TestUser } from './mapwarper-client.ts'

export interface Place {
  lon: number
  lat: number
}

/** Uploads an image as a plain file; the answer's status and body. */
export async function uploadFile(
  user: TestUser,
  name: string,
  bytes: Uint8Array,
  title = name,
): Promise<{ status: number; text: string; id: number }> {
  const body = new FormData()
  body.set('data[type]', 'maps')
  body.set('data[attributes][title]', title)
  body.set('file', new Blob([new Uint8Array(bytes)]), name)
  const { status, text } = await call('/api/v1/maps', { body, as: user.basic })
  return { status, text, id: status === 201 ? Number(JSON.parse(text).data.id) : 0 }
}

/** Lays an image's corners on the ground: `place` gives the ground of a share of its width and height. */
export async function pinCorners(
  user: TestUser,
  id: number,
  [width, height]: readonly [number, number],
  place: (shareX: number, shareY: number) => Place,
): Promise<void> {
  for (const [x, y] of [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ] as const) {
    const json = gcpBody({ map_id: id, x: x * width, y: y * height, ...place(x, y) })
    const { status, text } = await call('/api/v1/gcps', { json, as: user.basic })
    expect(status, text).toBe(201)
  }
}

/** Where a share of a web mercator tile lies, by longitude and latitude in proportion. */
export function placeInTile(z: number, x: number, y: number): (shareX: number, shareY: number) => Place {
  const [west, south, east, north] = tileBounds(z, x, y)
  return (shareX, shareY) => ({
    lon: west + shareX * (east - west),
    lat: north + shareY * (south - north),
  })
}

/** Rectifies a map and waits until its archive is whole. */
export async function rectified(user: TestUser, id: number, query = 'transform_options=p1') {
  const answer = await call(`/api/v1/maps/${id}/rectify?${query}`, { method: 'PATCH', as: user.basic })
  expect(answer.status, answer.text).toBe(200)
  expect(await statusAfter(id, 'warping')).toBe('warped')
  return answer
}

/** The bytes of a tile. */
export async function tileBytes(id: number, tile: string): Promise<Uint8Array> {
  const response = await fetch(`${baseUrl}/maps/tile/${id}/${tile}`)
  expect(response.status).toBe(200)
  return new Uint8Array(await response.arrayBuffer())
}
