import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { baseUrl, call, type TestUser } from './mapwarper-client.ts'

export const PLACES = 243

export interface Place {
  type: 'Feature'
  geometry: { type: 'Point'; coordinates: [number, number] }
  properties: Record<string, unknown>
}

const fixture = fileURLToPath(new URL('../fixtures/ne110m4cql2.gpkg', import.meta.url))

/** The populated places of the fixture with some of their properties. */
export function places(): Place[] {
  const file = new DatabaseSync(fixture, { readOnly: true })
  const rows = file
    .prepare('select geom, name, pop_other, "date", start, "boolean" from ne_110m_populated_places_simple')
    .all()
  file.close()
  return rows.map(({ geom, name, pop_other, date, start, boolean }) => ({
    type: 'Feature',
    geometry: { type: 'Point', coordinates: pointOf(geom as Uint8Array) },
    properties: { name, pop_other, date, start, boolean: boolean === null ? null : boolean === 1 },
  }))
}

/** A GeoPackage's point: well-known binary behind a header with an envelope, or without one. */
function pointOf(bytes: Uint8Array): [number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const envelope = [0, 32, 48, 48, 64][(view.getUint8(3) >> 1) & 7]!
  const at = 8 + envelope + 5
  return [view.getFloat64(at, true), view.getFloat64(at + 8, true)]
}

export const PLACE_PROPERTIES = {
  name: { type: 'string' },
  pop_other: { type: 'integer' },
  date: { type: 'string', format: 'date' },
  start: { type: 'string', format: 'date-time' },
  boolean: { type: 'boolean' },
}

export interface Made {
  /** What addresses call it. */
  id: string
  /** `/ogc/collections/{id}` */
  path: string
}

/** Makes an empty collection. */
export async function newCollection(user: TestUser, members: Record<string, unknown> = {}): Promise<Made> {
  const name = `c${randomBytes(6).toString('hex')}`
  const body = {
    name,
    title: `Collection ${name}`,
    geometryType: 'Point',
    properties: PLACE_PROPERTIES,
    ...members,
  }
  const made = await call('/ogc/collections', { json: body, as: user.basic })
  expect(made.status, made.text).toBe(201)
  const path = `/ogc/collections/${made.json.id}`
  expect(made.headers.get('location')).toBe(baseUrl + path)
  return { id: made.json.id, path }
}

/** Makes a collection of the places. */
export async function newPlaces(user: TestUser, members: Record<string, unknown> = {}): Promise<Made> {
  const made = await newCollection(user, members)
  const added = await call(`${made.path}/items`, {
    json: { type: 'FeatureCollection', features: places() },
    as: user.basic,
  })
  expect(added.status, added.text).toBe(201)
  expect(added.json.ids).toHaveLength(PLACES)
  return made
}

export const feature = (coordinates: [number, number] | null, properties: Record<string, unknown>) => ({
  ...{ type: 'Feature', properties },
  geometry: coordinates && { type: 'Point', coordinates },
})

export const EPSG = (code: number): string => `http://www.opengis.net/def/crs/EPSG/0/${code}`
export const CRS84 = 'http://www.opengis.net/def/crs/OGC/1.3/CRS84'
