import type { DatasetFormat } from '../../../formats/dataset-format.ts'
import type { FeatureField, FieldType } from '../../../formats/feature-rows.ts'
import { FormatError } from '../../../formats/format-error.ts'
import type { VectorField, VectorGdal, VectorLayer } from '../../../formats/gdal/vector.ts'
import { crsOfName } from '../../../geo/crs/crs-name.ts'
import { UnknownCrsError } from '../../../geo/crs/unknown-crs-error.ts'
import { GEOMETRY_CODES } from '../../../geo/flat-geometry.ts'
import type { GeometryTypeName } from '../../../geo/geometry-census.ts'
import { type LayerPlan, plainPlan } from './layer-plan.ts'

/** Files that GDAL reads: one layer is read in one go, which must end long before a Worker's time is up. */
export const GDAL_SOURCE_MAX_BYTES = 512 * 1024 * 1024

type GdalFormat = Extract<DatasetFormat, 'gpkg' | 'shp' | 'kml' | 'gpx' | 'gml' | 'mif' | 'tab' | 'dxf'>

const DRIVERS: Readonly<Record<GdalFormat, string>> = {
  ...{ gpkg: 'GPKG', shp: 'ESRI Shapefile', kml: 'KML', gpx: 'GPX', gml: 'GML' },
  ...{ mif: 'MapInfo File', tab: 'MapInfo File', dxf: 'DXF' },
}

export const isGdalFormat = (format: DatasetFormat): format is GdalFormat => format in DRIVERS

/** Layers of the points that routes and tracks are made of; they are read where they are asked for. */
const GPX_POINTS = ['route_points', 'track_points']
/** Envelopes that the driver takes for properties. */
const GML_ENVELOPE = ['lowerCorner', 'upperCorner']

/** A file that GDAL is to open. */
export interface GdalFile {
  format: GdalFormat
  /** Path of the main file where it is mounted. */
  path: string
  /** Without extension, for a person. */
  title: string
  /** The beginning of the main file. */
  head: Uint8Array
  /** Text of the `.prj` beside it. */
  projection: string | null
  /** Label of the encoding of its texts, or `auto`; only shapefiles are told. */
  encoding: string
}

/**
 * The layers of a file that GDAL reads, as they are to be read; those that can have no features are left out.
 * @param wanted names that were asked for
 * @throws FormatError
 */
export function gdalLayers(
  gdal: VectorGdal,
  file: GdalFile,
  wanted: readonly string[] | undefined,
): LayerPlan[] {
  const { format, path } = file
  const driver = DRIVERS[format]
  const openOptions = openOptionsOf(file)
  const { layers } = gdal.info({ path, drivers: [driver], openOptions })
  return layers
    .filter((layer) => isWorthwhile(format, layer, wanted))
    .map((layer) => {
      if (layer.name.startsWith('-'))
        throw new FormatError(
          'bad-layer',
          `the layer ${JSON.stringify(layer.name)} begins with a dash; rename it`,
        )
      return planOf(file, layer, driver, openOptions)
    })
}

function isWorthwhile(
  format: GdalFormat,
  { name, featureCount }: VectorLayer,
  wanted?: readonly string[],
): boolean {
  if (wanted?.includes(name)) return true
  if (format === 'gpx') return featureCount > 0 && !GPX_POINTS.includes(name)
  return !(format === 'kml' || format === 'gml') || featureCount !== 0
}

function planOf(file: GdalFile, layer: VectorLayer, driver: string, openOptions: string[]): LayerPlan {
  const { format, path } = file
  const [geometry] = layer.geometryFields
  const { type, hasZ, hasM } = geometryOf(geometry?.type)
  const isAny = type === null || type === 'Geometry'
  const isGeographic = format === 'kml' || format === 'gpx'
  const name = isNamedByFile(file, layer) ? file.title : layer.name
  return {
    ...plainPlan(name, 'fgb', ''),
    // Where anything may come, heights may too; those that are all 0 go again.
    gdal: {
      path,
      driver,
      openOptions,
      layer: layer.name,
      hasZ: hasZ || (isAny && geometry !== undefined),
      hasM,
    },
    fields: layer.fields
      .filter(({ name: field }) => !(format === 'gml' && GML_ENVELOPE.includes(field)))
      .map(fieldOf),
    textEncoding: format === 'shp' ? file.encoding : null,
    geometryType: geometry ? (type ?? 'Geometry') : null,
    keepsZ: hasZ && format !== 'kml' && format !== 'dxf',
    isGeographic,
    system: systemOf(file, geometry?.coordinateSystem?.wkt),
  }
}

/** Whether a layer has its name from the file, which is mounted under another than its own. */
const isNamedByFile = ({ format, path }: GdalFile, { name }: VectorLayer): boolean =>
  format === 'dxf' || path.endsWith(`/${name}.${format}`)

function systemOf({ format, projection, head }: GdalFile, wkt: string | undefined): string | null {
  if (projection) return projection
  if (format === 'gml') return srsNameOf(head) ?? wkt ?? null
  if (format === 'mif') return mifSystem(head) ?? wkt ?? null
  return wkt ?? null
}

function openOptionsOf({ format, head }: GdalFile): string[] {
  switch (format) {
    case 'shp':
      // Byte by byte: each becomes the character of its number, and is decoded when it is read.
      return ['ENCODING=ISO-8859-1', 'AUTO_REPACK=NO']
    case 'gml':
      return [
        'WRITE_GFS=NO',
        'DOWNLOAD_SCHEMA=NO',
        `SWAP_COORDINATES=${isNorthingFirst(head) ? 'YES' : 'NO'}`,
      ]
    default:
      return []
  }
}

/** Whether a GML's coordinates have the northing first: so where its system has and is named as a URN or URL. */
function isNorthingFirst(head: Uint8Array): boolean {
  const name = srsNameOf(head)
  if (name === null || !/^(?:urn:|https?:\/\/www\.opengis\.net\/def\/)/i.test(name)) return false
  try {
    return crsOfName(name).axisOrder === 'yx'
  } catch (error) {
    if (error instanceof UnknownCrsError) return false
    throw error
  }
}

const srsNameOf = (head: Uint8Array): string | null =>
  /\bsrsName\s*=\s*["']([^"']{1,200})["']/.exec(new TextDecoder('latin1').decode(head))?.[1] ?? null

/** MapInfo's degrees on WGS 84, which GDAL does not tell without its tables. */
const mifSystem = (head: Uint8Array): string | null =>
  /^\s*CoordSys\s+Earth\s+Projection\s+1\s*,\s*(?:104|0)\b/im.test(new TextDecoder('latin1').decode(head))
    ? 'EPSG:4326'
    : null

const SUFFIX = /\s*(Z|M|ZM)$/

/** GDAL's name of a type, such as `3D Measured Multi Point` or `MultiPointZM`, taken apart. */
function geometryOf(name = ''): { type: GeometryTypeName | null; hasZ: boolean; hasM: boolean } {
  const plain = name
    .replace(/^(?:3D|Measured|\s)+/, '')
    .replace(SUFFIX, '')
    .replaceAll(' ', '')
  const dimensions = SUFFIX.exec(name)?.[1] ?? ''
  return {
    type: plain in GEOMETRY_CODES ? (plain as GeometryTypeName) : null,
    hasZ: name.startsWith('3D') || dimensions.includes('Z'),
    hasM: name.includes('Measured') || dimensions.includes('M'),
  }
}

const FIELD_TYPES: Readonly<Record<string, FieldType>> = {
  ...{ Integer: 'integer', Integer64: 'bigint', Real: 'double', String: 'text', Date: 'date', Time: 'time' },
  ...{ DateTime: 'timestamp', Binary: 'binary' },
}

function fieldOf({ name, type, subType, alias }: VectorField): FeatureField {
  const known = subType === 'Boolean' ? 'boolean' : subType === 'JSON' ? 'json' : FIELD_TYPES[type]
  // What is left are lists.
  return { name, type: known ?? 'json', title: alias && alias !== name ? alias : null }
}
