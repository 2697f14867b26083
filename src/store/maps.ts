import { and, eq, type SQL, sql } from 'drizzle-orm'
import { actor } from './activity.ts'
import type { Database } from './database.ts'
import type { MapUnits } from './map-types.ts'
import { may, rightsOf, type Verb } from './permissions.ts'
import type { Principal } from './principal.ts'
import { maps, resources, users } from './schema.ts'

const RIGHTS = ['extract', 'style', 'edit', 'publish', 'share', 'own'] as const satisfies Verb[]

export type MapRights = Record<(typeof RIGHTS)[number], boolean>

/** A composition of layers. */
export interface MapRecord {
  id: number
  name: string
  description: string | null
  ownerId: number | null
  ownerLogin: string | null
  srid: number
  /** The system as it was given, where it was given as a PROJ string. */
  proj4: string | null
  units: MapUnits
  measureUnit: string | null
  copyright: string | null
  background: string | null
  maxZoom: number | null
  /** What is shown first, in the map's system; null for all that the layers show. */
  bounds: number[] | null
  isVisible: boolean
  isArchived: boolean
  attributes: Record<string, unknown>
  visits: number
  version: number
  createdAt: Date
  modifiedAt: Date
  accessedAt: Date | null
  visitedAt: Date | null
  rights: MapRights
}

const selection = (principal: Principal) => ({
  id: maps.id,
  name: resources.title,
  description: resources.abstract,
  ownerId: resources.ownerId,
  ownerLogin: users.login,
  srid: maps.srid,
  proj4: maps.proj4,
  units: maps.units,
  measureUnit: maps.measureUnit,
  copyright: maps.copyright,
  background: maps.background,
  maxZoom: maps.maxZoom,
  bounds: maps.bounds,
  isVisible: maps.isVisible,
  isArchived: maps.isArchived,
  attributes: maps.attributes,
  visits: maps.visits,
  version: resources.version,
  createdAt: resources.createdAt,
  modifiedAt: resources.modifiedAt,
  accessedAt: maps.accessedAt,
  visitedAt: maps.visitedAt,
  rights: rightsOf(principal, RIGHTS),
})

/** Maps as the principal sees them; the caller adds `may(principal, 'view')`. */
export const selectMaps = (db: Database, principal: Principal) =>
  db
    .select(selection(principal))
    .from(maps)
    .innerJoin(resources, eq(resources.id, maps.id))
    .leftJoin(users, eq(users.id, resources.ownerId))
    .$dynamic()

/** Null where there is none, or the principal may not see it. */
export async function findMap(db: Database, principal: Principal, id: number): Promise<MapRecord | null> {
  const [record] = await selectMaps(db, principal).where(and(eq(maps.id, id), may(principal, 'view')))
  return record ?? null
}

/** What can be said of a map; what is `undefined` stays as it is. */
export interface MapAttributes {
  name?: string | undefined
  description?: string | null | undefined
  srid?: number | undefined
  proj4?: string | null | undefined
  units?: MapUnits | undefined
  measureUnit?: string | null | undefined
  copyright?: string | null | undefined
  background?: string | null | undefined
  maxZoom?: number | null | undefined
  bounds?: number[] | null | undefined
  isVisible?: boolean | undefined
  isArchived?: boolean | undefined
  attributes?: Record<string, unknown> | undefined
}

/** The number of the resource that the transaction has made last. */
const newId: SQL = sql`currval(pg_get_serial_sequence('resources','id'))::int`

/** Makes a map that only its owner sees, in one transaction. @returns its number */
export async function insertMap(
  db: Database,
  principal: Principal,
  { name, description = null, ...attributes }: MapAttributes & { name: string },
): Promise<number> {
  const said = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
  const [, [made]] = await db.batch([
    db
      .insert(resources)
      .values({ kind: 'map', ownerId: actor(principal), title: name, abstract: description }),
    db
      .insert(maps)
      .values({ ...said, id: newId as unknown as number })
      .returning({ id: maps.id }),
  ])
  return made!.id
}
