import type { GeometryCode } from '../../geo/flat-geometry.ts'
import { encodeFlatGeobufHeader } from '../flatgeobuf/writer.ts'
import type { VectorGdal } from '../gdal/vector.ts'
import { memorySyncSource, type SyncByteSource } from '../sync-bytes.ts'
import { type ExportColumn, type ExportFormat, rulesOf } from './export-format.ts'
import { commonType, type StagedFeatures, type StagedLayer, stagedColumns } from './feature-stage.ts'
import { xmlName } from './field-names.ts'
import { planFields } from './field-plan.ts'
import type { StagedLayerName } from './staged-shapes.ts'
import { type VirtualLayer, virtualLayers } from './virtual-layers.ts'

/** What is to be made of staged features. */
export interface Conversion {
  format: ExportFormat
  /** What the features are, for a layer's name. */
  name: string
  columns: readonly ExportColumn[]
  /** The type of all geometries; null for any, undefined for a table without geometry. */
  geometryType: GeometryCode | null | undefined
  hasZ: boolean
  hasM: boolean
  /** The system of the coordinates as text (WKT 1) with its axes, and its EPSG code. */
  wkt: string | null
  code: number | null
  staged: StagedFeatures
  /** The features staged of a layer, one after the other. */
  features: (layer: StagedLayerName) => SyncByteSource
}

/** One piece of a conversion: a file that GDAL makes, with those that belong to it. */
export interface ConversionTarget {
  /** Path below GDAL's output folder. */
  path: string
  layers: StagedLayerName[]
}

const NEUTRAL = 'features'

/** What GDAL makes of the layers: all in one file, or one each where a file has one type. */
export function conversionTargets(format: ExportFormat, staged: StagedFeatures): ConversionTarget[] {
  const layers = LAYER_ORDER.filter((layer) => staged.layers[layer])
  if (format === 'gpx') return [{ path: `${NEUTRAL}.gpx`, layers }]
  const extension = format === 'shp' || format === 'mif' ? format : rulesOf(format).extension
  return (layers.length === 0 ? [NEUTRAL as StagedLayerName] : layers).map((layer) => ({
    // What has no geometry is a table and nothing else.
    path: `${layer}.${layer === 'table' ? 'dbf' : extension}`,
    layers: [layer],
  }))
}

/** GPX wants them in this order. */
const LAYER_ORDER: StagedLayerName[] = [
  'features',
  'waypoints',
  'tracks',
  'points',
  'multipoints',
  'lines',
  'polygons',
  'table',
]

/** GDAL's complaints that say nothing to who asked for a file. */
const NOISE = [/^Cannot find tms_/, /does not (seem to )?natively support/, /^Layer name .* adjusted to/]

/**
 * Makes one of the files of a conversion below GDAL's output folder.
 * @returns what GDAL warned of
 * @throws FormatError `undecodable` with GDAL's reason
 */
export function convert(gdal: VectorGdal, conversion: Conversion, target: ConversionTarget): string[] {
  const { format } = conversion
  const { driver, options = [] } = rulesOf(format)
  const folder = `/in/${target.path}`
  const layers = target.layers.map((layer) => mountLayer(gdal, conversion, folder, layer))
  const path = `${folder}/layers.vrt`
  gdal.mount(path, memorySyncSource(new TextEncoder().encode(virtualLayers(layers))))
  const warnings = gdal.translate({ path, drivers: ['OGR_VRT'] }, target.path, [
    '-f',
    driver!,
    ...options,
    ...(conversion.geometryType === undefined ? ['-nlt', 'NONE'] : []),
  ])
  return warnings.filter((warning) => !NOISE.some((pattern) => pattern.test(warning)))
}

/** Makes the staged features of a layer a file that GDAL reads, and describes it. */
function mountLayer(
  gdal: VectorGdal,
  conversion: Conversion,
  folder: string,
  layer: StagedLayerName,
): VirtualLayer {
  const { format, columns, staged, hasZ, hasM, wkt } = conversion
  const known: StagedLayer | undefined = staged.layers[layer]
  const geometryType = layerType(conversion, layer, known)
  const header = encodeFlatGeobufHeader({
    ...{ name: NEUTRAL, hasZ, hasM },
    geometryType: geometryType ?? null,
    // Dates are texts until the virtual layer gives them their type.
    columns: stagedColumns(format, columns).map((column) =>
      column.type === 'DateTime' ? { ...column, type: 'String' } : column,
    ),
    featureCount: known?.count ?? 0,
    envelope: known?.envelope ?? null,
    system: wkt === null ? null : { code: null, wkt },
  })
  const path = `${folder}/${layer}.fgb`
  gdal.mount(path, joined(memorySyncSource(header), conversion.features(layer)))
  return {
    ...{ path, geometryType, hasZ, hasM, wkt },
    name: layerName(conversion, layer),
    sourceName: NEUTRAL,
    fields: planFields(format, columns, staged.columns),
  }
}

function layerType(
  { format, geometryType }: Conversion,
  layer: StagedLayerName,
  known: StagedLayer | undefined,
): GeometryCode | null | undefined {
  if (layer === 'table') return undefined
  if (geometryType !== null || format === 'gpkg') return geometryType
  return known ? commonType(known) : null
}

function layerName({ format, name }: Conversion, layer: StagedLayerName): string {
  if (layer === 'waypoints' || layer === 'tracks') return layer
  if (rulesOf(format).hasXmlNames) return xmlName(name)
  // Tables of these names are the format's own.
  return /^(gpkg|sqlite|rtree)_/i.test(name) ? `_${name}` : name
}

/** Two sources, one behind the other. */
export function joined(first: SyncByteSource, second: SyncByteSource): SyncByteSource {
  return {
    size: first.size + second.size,
    read(offset, target) {
      const before = Math.max(0, Math.min(target.length, first.size - offset))
      const read = before > 0 ? first.read(offset, target.subarray(0, before)) : 0
      if (read < before || before === target.length) return read
      return read + second.read(Math.max(0, offset - first.size), target.subarray(before))
    },
  }
}
