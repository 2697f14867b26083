import type { CsvLayout } from '../../../formats/csv/table.ts'
import type { FeatureField } from '../../../formats/feature-rows.ts'
import type { GeometryTypeName } from '../../../geo/geometry-census.ts'

/** How GDAL reads a layer. */
export interface GdalSourceLayer {
  /** Path of the main file where it is mounted. */
  path: string
  driver: string
  openOptions: string[]
  /** GDAL's name of the layer. */
  layer: string
  /** Whether its geometries are to be read with heights, and with measures. */
  hasZ: boolean
  hasM: boolean
}

/** How a layer of a file is read, and what is known of it beforehand. Plain JSON. */
export interface LayerPlan {
  /** For a person. */
  name: string
  format: 'geojson' | 'csv' | 'fgb'
  /** The staged file that is read; GDAL makes it where it does not come with the import. */
  file: string
  gdal: GdalSourceLayer | null
  csv: CsvLayout | null
  /** Fields whose types the file that is read has no words for. */
  fields: FeatureField[]
  /** Label of the encoding of the texts where they come byte by byte; `auto` where it has to be found out. */
  textEncoding: string | null
  geometryType: GeometryTypeName | null
  /** Heights are kept though they may be 0. */
  keepsZ: boolean
  /** Coordinates are degrees by the format's definition. */
  isGeographic: boolean
  /** What the file says of its system: an identifier, or well-known text. */
  system: string | null
  warnings: string[]
}

export const plainPlan = (name: string, format: LayerPlan['format'], file: string): LayerPlan => ({
  ...{ name, format, file, gdal: null, csv: null, fields: [], textEncoding: null, geometryType: null },
  ...{ keepsZ: false, isGeographic: false, system: null, warnings: [] },
})
