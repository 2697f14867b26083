import type { SyncByteSource } from '../sync-bytes.ts'
import { type Conversion, conversionTargets } from './convert.ts'
import { counted } from './counted.ts'
import { rulesOf } from './export-format.ts'
import { fieldWarnings } from './field-plan.ts'
import { isIndexed } from './flatgeobuf-file.ts'
import type { StagedLayerName } from './staged-shapes.ts'

/** What of a dataset is not in its file, or not as it was, for a person. */
export function exportWarnings(
  conversion: Conversion,
  features: (layer: StagedLayerName) => SyncByteSource,
): string[] {
  const { format, columns, staged, hasM, code, geometryType } = conversion
  const { title, driver } = rulesOf(format)
  const isText = driver === null && format !== 'fgb'
  const targets = isText ? [] : conversionTargets(format, staged)
  return [
    ...(isText ? [] : fieldWarnings(format, columns, staged.columns)),
    ...(staged.leftOut > 0 ? [`${counted(staged.leftOut, 'feature')} without geometry left out`] : []),
    ...(staged.takenApart > 0
      ? [
          `${counted(staged.takenApart, 'collection')} of geometries taken apart, each part a feature of its own`,
        ]
      : []),
    ...(format === 'shp' && targets.length > 1
      ? [
          `${title} has one type of geometry a file: there are ${targets.flatMap(({ layers }) => layers).join(', ')}`,
        ]
      : []),
    ...(hasM && WITHOUT_MEASURES.includes(format) ? [`${title} has no measures: they are left out`] : []),
    ...(format === 'geojson' && code !== null && code !== 4326
      ? ['GeoJSON of today is in WGS 84 only: not every program reads it in another system']
      : []),
    ...(format === 'fgb' && geometryType !== undefined && !isIndexed(conversion, features('features'))
      ? ['the file has no spatial index: features lack geometries, or are too many']
      : []),
  ]
}

const WITHOUT_MEASURES = ['geojson', 'kml', 'gpx', 'gml', 'dxf', 'mif']
