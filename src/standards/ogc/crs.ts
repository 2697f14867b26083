import { crsOfName } from '../../geo/crs/crs-name.ts'
import { epsgDefinition } from '../../geo/crs/epsg-definition.ts'
import { WGS_84 } from '../../geo/crs/reference-system.ts'
import { UnknownCrsError } from '../../geo/crs/unknown-crs-error.ts'
import type { DatasetRecord } from '../../store/datasets.ts'
import { InvalidParameterError } from './errors.ts'
import { shown } from './parameters.ts'

/** A coordinate reference system with the order of axes that its URI means. */
export interface Crs {
  uri: string
  /** EPSG code of the same system. */
  srid: number
  axisOrder: 'xy' | 'yx'
}

export const CRS84: Crs = {
  ...{ uri: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84', srid: WGS_84, axisOrder: 'xy' },
}
/** With ellipsoidal height. */
const CRS84H: Crs = {
  ...{ uri: 'http://www.opengis.net/def/crs/OGC/0/CRS84h', srid: WGS_84, axisOrder: 'xy' },
}
const CRS84H_NAME =
  /^(?:https?:\/\/www\.opengis\.net\/def\/crs\/ogc\/[\d.]+\/|(?:urn:ogc:def:crs:)?ogc:[\d.]*:?)crs84h$/i

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i)

/**
 * EPSG codes that every collection is given in beside its own: the world in degrees and in web and world mercator, Europe,
 * North America and Australia, and UTM zones on WGS 84 and ETRS89.
 */
const EVERYWHERE: readonly number[] = [
  ...[WGS_84, 3857, 3395, 4258, 4269, 4283, 7844, 3034, 3035, 6933],
  ...[...range(32601, 32660), ...range(32701, 32760), ...range(25828, 25838)],
].filter((code) => epsgDefinition(code) !== null)

const epsgUri = (code: number): string => `http://www.opengis.net/def/crs/EPSG/0/${code}`

/** What coordinates are in where nothing else is asked for. */
export const defaultCrs = ({ dimensions }: Pick<DatasetRecord, 'dimensions'>): Crs =>
  dimensions.includes('Z') ? CRS84H : CRS84

/** The system a dataset is kept in, easting first; null where it is none that has a name here. */
export function storageCrs(dataset: Pick<DatasetRecord, 'srid' | 'dimensions'>): string | null {
  if (dataset.srid === WGS_84) return defaultCrs(dataset).uri
  return epsgDefinition(dataset.srid) ? epsgUri(dataset.srid) : null
}

/** Systems that every collection without heights is given in. */
export const commonCrsUris = (): string[] => [CRS84.uri, ...EVERYWHERE.map(epsgUri)]

/** Systems a collection is given in. */
export function crsUris(dataset: Pick<DatasetRecord, 'srid' | 'dimensions'>): string[] {
  const storage = storageCrs(dataset)
  return [...new Set([defaultCrs(dataset).uri, ...commonCrsUris(), ...(storage === null ? [] : [storage])])]
}

/** Whether a system is in the list of every collection, so that the collection itself need not be asked. */
export const isCommon = (crs: Crs): boolean =>
  crs === CRS84 || (crs !== CRS84H && EVERYWHERE.includes(crs.srid))

/**
 * The system that a parameter or header names: by its URI, `EPSG:n`, `OGC:CRS84`, or one of these in brackets. Whether a
 * collection is given in it is another question (`requireCrs`).
 * @throws InvalidParameterError
 */
export function crsNamed(name: string, parameter: string): Crs {
  const text = name.trim().replace(/^\[(.*)\]$/, '$1')
  if (CRS84H_NAME.test(text)) return CRS84H
  try {
    const { code, axisOrder } = crsOfName(text)
    if (code === WGS_84 && axisOrder === 'xy') return CRS84
    return { uri: epsgUri(code), srid: code, axisOrder }
  } catch (error) {
    if (!(error instanceof UnknownCrsError)) throw error
    throw new InvalidParameterError(parameter, `${shown(name)} is no reference system that is known here`)
  }
}

/** The system a parameter of the query names, null where there is none. @throws InvalidParameterError */
export function crsParameter(query: URLSearchParams, parameter: string): Crs | null {
  const name = query.get(parameter)
  return name === null ? null : crsNamed(name, parameter)
}

/** @throws InvalidParameterError where a collection is not given in the system */
export function requireCrs(crs: Crs, dataset: DatasetRecord, parameter: string): void {
  if (!crsUris(dataset).includes(crs.uri))
    throw new InvalidParameterError(
      parameter,
      `this collection is not given in ${crs.uri}; its document lists the systems it is given in`,
    )
}
