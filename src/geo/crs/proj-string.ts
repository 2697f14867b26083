import { epsgDefinition, epsgDefinitions } from './epsg-definition.ts'
import { WEB_MERCATOR, WGS_84 } from './reference-system.ts'

export const PROJ_STRING_MAX_CHARACTERS = 1000
const PARAMETERS_MAX = 40

/** Parameters that say nothing of where a place has its coordinates. */
const IDLE = ['no_defs', 'type', 'wktext', 'over', 'no_uoff', 'title', 'vunits', 'geoidgrids', 'vto_meter']
/** Parameters of the way to WGS 84, which programs write, leave out and choose as they like. */
const SHIFTS = ['towgs84', 'nadgrids']
/** What a parameter is where it is not there. */
const DEFAULTS: Readonly<Record<string, string>> = {
  ...{ lat_0: '0', lon_0: '0', x_0: '0', y_0: '0', k_0: '1', to_meter: '1', pm: '0', axis: 'enu' },
}
/** Ellipsoids by the names of datums; those of EPSG's systems are written in either way. */
const ELLIPSOID_OF: Readonly<Record<string, string>> = {
  ...{ WGS84: 'WGS84', NAD83: 'GRS80', NAD27: 'clrk66', GGRS87: 'GRS80', potsdam: 'bessel' },
  ...{ carthage: 'clrk80ign', hermannskogel: 'bessel', ire65: 'mod_airy', nzgd49: 'intl', OSGB36: 'airy' },
}
/** Metres of the units by their names. */
const METRES_OF: Readonly<Record<string, string>> = {
  ...{ m: '1', km: '1000', ft: '0.3048', 'us-ft': String(1200 / 3937) },
}

/**
 * The EPSG code of the system that a PROJ string describes, by its parameters, whatever their order and however numbers are
 * written; null where it is none, or none that is known. Ways to WGS 84 decide only between systems that are alike but for
 * these; the lowest code goes first.
 */
export function codeOfProjString(text: string): number | null {
  const parameters = parametersOf(text)
  if (!parameters) return null
  const named = /^epsg:(\d{1,6})$/i.exec(parameters.get('init') ?? '')?.[1]
  if (named !== undefined) return epsgDefinition(Number(named)) ? Number(named) : null
  if (isWebMercator(parameters)) return WEB_MERCATOR
  const wanted = signature(parameters, false)
  if (wanted === signature(parametersOf('+proj=longlat +datum=WGS84')!, false)) return WGS_84
  const exact = signature(parameters, true)
  const known = signatures()
  return known.exact.get(exact) ?? known.alike.get(wanted) ?? null
}

/** Each `+name=value` of a PROJ string; null for what is none. */
function parametersOf(text: string): Map<string, string> | null {
  if (text.length > PROJ_STRING_MAX_CHARACTERS) return null
  const words = text.trim().split(/\s+/)
  const parameters = new Map<string, string>()
  if (words.length > PARAMETERS_MAX) return null
  for (const word of words) {
    const [, name, value = ''] = /^\+?([A-Za-z_0-9]+)(?:=(.*))?$/.exec(word) ?? []
    if (name === undefined) return null
    parameters.set(name, value)
  }
  return parameters.has('proj') || parameters.has('init') ? parameters : null
}

const isWebMercator = (parameters: ReadonlyMap<string, string>): boolean =>
  parameters.get('proj') === 'merc' &&
  Number(parameters.get('a')) === 6378137 &&
  Number(parameters.get('b')) === 6378137 &&
  ['lat_ts', 'lon_0', 'x_0', 'y_0'].every((name) => Number(parameters.get(name) ?? 0) === 0)

/** The same for all ways to write the same system. */
function signature(parameters: ReadonlyMap<string, string>, withShift: boolean): string {
  const known = new Map<string, string>(Object.entries(DEFAULTS))
  for (const [name, value] of parameters) {
    if (IDLE.includes(name) || (SHIFTS.includes(name) && !withShift)) continue
    if (name === 'datum') known.set('ellps', ELLIPSOID_OF[value] ?? value)
    else if (name === 'k') known.set('k_0', plain(value))
    else if (name === 'units') known.set('to_meter', plain(METRES_OF[value] ?? value))
    else if (name === 'towgs84') known.set(name, shiftOf(value))
    else known.set(name, plain(value))
  }
  if (known.get('proj') === 'latlong') known.set('proj', 'longlat')
  if (known.get('towgs84') === '') known.delete('towgs84')
  return JSON.stringify([...known].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Numbers as they are written shortest, to ten digits. */
const plain = (value: string): string => {
  const number = Number(value)
  return value.trim() === '' || Number.isNaN(number) ? value : String(Number(number.toPrecision(10)))
}

/** The parameters of a shift without the zeros at its end; none for no shift. */
const shiftOf = (value: string): string =>
  value
    .split(',')
    .map(plain)
    .join(',')
    .replace(/(?:^|,)0(?:,0)*$/, '')

let made: { exact: Map<string, number>; alike: Map<string, number> } | null = null

/** Codes by signature, the lowest of those that have the same. */
function signatures() {
  if (made) return made
  made = { exact: new Map(), alike: new Map() }
  for (const { code, definition } of epsgDefinitions()) {
    const parameters = parametersOf(definition.proj4)
    if (!parameters) continue
    const exact = signature(parameters, true)
    const alike = signature(parameters, false)
    if (!made.exact.has(exact)) made.exact.set(exact, code)
    if (!made.alike.has(alike)) made.alike.set(alike, code)
  }
  return made
}
