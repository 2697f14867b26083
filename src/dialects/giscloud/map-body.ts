import { isInDegrees, knownSystem } from '../../domain/datasets/reference-systems.ts'
import { MAP_UNITS } from '../../domain/maps/map-input.ts'
import type { MapAttributes } from '../../domain/maps/maps.ts'
import type { MapUnits } from '../../store/map-types.ts'
import { boxMember } from './box-members.ts'
import { jsonValue } from './json-members.ts'
import { keptMembers } from './kept-members.ts'
import { integerMember, invalid, type Members, textMember, truthMember } from './request-form.ts'
import { epsgMember, projMember } from './systems.ts'

/** Members that are columns of a map, or that nobody but the platform says. */
const KNOWN = [
  ...[
    'id',
    'name',
    'owner',
    'active',
    'copyright',
    'proj4',
    'epsg',
    'units',
    'maxzoom',
    'bgcolor',
    'modified',
  ],
  ...['accessed', 'created', 'visited', 'archived', 'resource_id', 'measure_unit', 'visible', 'description'],
  ...['share', 'bounds', 'bound', 'permissions', 'options', 'api_key', 'mid'],
]

/**
 * What a body says of a map; members that are not known are kept among its attributes.
 * @throws ValidationError
 */
export function mapAttributes(members: Members): MapAttributes {
  const { srid: code, sent } = epsgMember(members)
  const { srid, proj4 } = projMember(members, code)
  const kept = { ...keptMembers(members, KNOWN), ...(srid === undefined ? {} : { epsg: null, ...sent }) }
  return {
    name: nameMember(members),
    description: nullableText(members, 'description'),
    srid,
    // A description that is of another system than the one that is named now would be wrong.
    proj4: proj4 ?? (srid === undefined ? undefined : null),
    units: unitsMember(members) ?? (srid === undefined ? undefined : unitsOf(srid)),
    measureUnit: nullableText(members, 'measure_unit', 100),
    copyright: nullableText(members, 'copyright'),
    background: nullableText(members, 'bgcolor', 100),
    maxZoom: isBlank(members.maxzoom)
      ? nothing(members, 'maxzoom')
      : integerMember(members, 'maxzoom', 0, 30),
    bounds: boundsMember(members),
    isVisible: truthMember(members, 'visible'),
    isArchived: truthMember(members, 'archived'),
    attributes: Object.keys(kept).length > 0 ? kept : undefined,
  }
}

const isBlank = (value: unknown): boolean => value === null || value === ''

/** Null where a member is there, undefined where it is not. */
const nothing = (members: Members, name: string): null | undefined =>
  Object.hasOwn(members, name) ? null : undefined

/** A name that is sent is not empty. */
function nameMember(members: Members): string | undefined {
  if (!Object.hasOwn(members, 'name')) return undefined
  const name = textMember(members, 'name', 500)?.trim()
  if (!name) throw invalid('name', 'must be given')
  return name
}

/** A text, or null to take it away. @throws ValidationError */
function nullableText(members: Members, name: string, maxCharacters?: number): string | null | undefined {
  return members[name] === null ? null : textMember(members, name, maxCharacters)
}

function unitsMember(members: Members): MapUnits | undefined {
  const text = textMember(members, 'units', 100)?.trim().toLowerCase()
  if (!text) return undefined
  const units = MAP_UNITS.find((known) => known === text || `${known}s` === text)
  if (!units) throw invalid('units', `must be one of ${MAP_UNITS.join(', ')}`)
  return units
}

const FOOT_METRES = 0.3048
const US_FOOT_METRES = 1200 / 3937

/** The units of a system's coordinates. */
function unitsOf(srid: number): MapUnits {
  if (isInDegrees(srid)) return 'degree'
  const metres = knownSystem(srid)?.metresPerUnit ?? 1
  const isAbout = (other: number) => Math.abs(metres - other) < 1e-9
  if (isAbout(FOOT_METRES)) return 'foot'
  return isAbout(US_FOOT_METRES) ? 'foot_us' : 'meter'
}

/** `bounds` as `{xmin, ymin, xmax, ymax}`, or a text or array of the four; null or nothing for all that there is. */
function boundsMember(members: Members): number[] | null | undefined {
  const name = Object.hasOwn(members, 'bounds') ? 'bounds' : 'bound'
  const value = members[name]
  if (value === undefined || isBlank(value)) return nothing(members, name)
  if (typeof value === 'string' && !/^\s*[{[]/.test(value)) return boxMember(name, value.split(','))
  const box = jsonValue(name, value)
  if (box === null) return null
  if (Array.isArray(box)) return boxMember(name, box)
  if (typeof box !== 'object') throw invalid(name, 'must be {"xmin":...,"ymin":...,"xmax":...,"ymax":...}')
  const { xmin, ymin, xmax, ymax } = box as Members
  return boxMember(name, [xmin, ymin, xmax, ymax])
}
