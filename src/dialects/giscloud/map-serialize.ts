import { boundsOfMap, type ListedMap, type MapRecord } from '../../domain/maps/maps.ts'
import { shownAttributes } from './kept-members.ts'
import { optionDocuments } from './options.ts'
import { ownerDocument } from './owner.ts'
import { permissionDocuments } from './permission-serialize.ts'
import { textOf, tf, unixSeconds } from './scalars.ts'
import { printEpsg, projOf } from './systems.ts'

/** What may be expanded in the document of a map. */
export const MAP_EXPANSIONS = ['owner', 'options', 'permissions'] as const

/** Members that are kept as they are sent. */
export const KEPT_OF_MAPS = [
  'units_proj4',
  'resource',
  'mobileacess',
  'wmsaccess',
  'maptype',
  'assets',
  'rating',
] as const

/** A map as the API gives it. */
export function mapDocument(map: MapRecord & Partial<ListedMap>, expand: ReadonlySet<string>) {
  const { attributes } = map
  const bounds = boundsOfMap(map)
  const kept = Object.fromEntries(KEPT_OF_MAPS.map((name) => [name, attributes[name] ?? null]))
  return {
    ...shownAttributes(attributes),
    id: String(map.id),
    name: map.name,
    owner: expand.has('owner') ? ownerDocument(map) : textOf(map.ownerId),
    active: '1',
    copyright: map.copyright,
    proj4: map.proj4 ?? projOf(map.srid),
    ...kept,
    epsg: printEpsg(map.srid, attributes),
    units: map.units,
    maxzoom: textOf(map.maxZoom),
    bgcolor: map.background,
    modified: unixSeconds(map.modifiedAt),
    accessed: unixSeconds(map.accessedAt ?? map.createdAt),
    created: unixSeconds(map.createdAt),
    visited: unixSeconds(map.visitedAt),
    archived: tf(map.isArchived),
    resource_id: String(map.id),
    measure_unit: map.measureUnit,
    visible: tf(map.isVisible),
    description: map.description,
    share: tf(map.rights.share),
    bounds: bounds && { xmin: bounds[0], xmax: bounds[2], ymin: bounds[1], ymax: bounds[3] },
    bound: bounds ? bounds.join(',') : null,
    ...(map.options ? { options: optionDocuments(map.options) } : {}),
    ...(map.shares ? { permissions: permissionDocuments(map, map.shares) } : {}),
  }
}
