import { crsTransform, type ReferenceSystem, WGS_84 } from './reference-system.ts'
import { UnknownCrsError } from './unknown-crs-error.ts'

const EPSG_NAMES = [
  /^epsg:(\d{1,6})$/i,
  /^urn:(?:x-)?ogc:def:crs:epsg:[\d.]*:(\d{1,6})$/i,
  /^https?:\/\/www\.opengis\.net\/def\/crs\/epsg\/[\d.]+\/(\d{1,6})$/i,
  /^https?:\/\/www\.opengis\.net\/gml\/srs\/epsg\.xml#(\d{1,6})$/i,
]
const CRS_84_NAMES = [
  /^(?:crs|ogc):(?:crs)?84$/i,
  /^urn:ogc:def:crs:ogc:[\d.]*:crs84$/i,
  /^https?:\/\/www\.opengis\.net\/def\/crs\/ogc\/[\d.]+\/crs84$/i,
]

/**
 * The reference system of a name: `EPSG:n`, `CRS:84`, `OGC:CRS84`, and their URNs and URLs of the OGC. `CRS:84` is
 * WGS 84 with the longitude first.
 * @throws UnknownCrsError
 */
export function crsOfName(name: string): ReferenceSystem {
  const text = name.trim()
  if (CRS_84_NAMES.some((pattern) => pattern.test(text))) return { ...crsTransform(WGS_84), axisOrder: 'xy' }
  for (const pattern of EPSG_NAMES) {
    const code = pattern.exec(text)?.[1]
    if (code !== undefined) return crsTransform(Number(code))
  }
  throw new UnknownCrsError(name)
}
