import type { DatasetRecord } from '../../src/domain/datasets/datasets.ts'
import type { ExportSettings } from '../../src/domain/datasets/export/export-settings.ts'
import { CsvWriter } from '../../src/formats/export/csv-writer.ts'
import {
  type ExportValue,
  FeatureStage,
  type StagedFeatures,
} from '../../src/formats/export/feature-stage.ts'
import { GeoJsonWriter } from '../../src/formats/export/geojson-writer.ts'
import { isFiniteGeometry, roundedGeometry } from '../../src/formats/export/rounded-geometry.ts'
import { FormatError } from '../../src/formats/format-error.ts'
import { decodeWkb } from '../../src/formats/wkb.ts'
import type { FlatGeometry } from '../../src/geo/flat-geometry.ts'
import type { FeatureRow } from '../../src/store/feature-pages.ts'
import type { FileStaging } from '../file-staging.ts'
import { stagedFile } from './export-file.ts'

/** Where features go as they are read. */
export interface FeatureSink {
  /** @param columns places of the wanted columns among those of the rows */
  addPage(rows: readonly FeatureRow[], columns: readonly number[]): void
  /** All features are there. */
  end(): void
}

/**
 * Features as text for the formats that are ours, as staged features for all others.
 * @param staged what has been staged before; it is changed
 * @param read features that have been read before
 */
export function featureSink(
  dataset: DatasetRecord,
  settings: ExportSettings,
  staged: StagedFeatures,
  read: number,
  staging: FileStaging,
): FeatureSink {
  const { geometryType, dimensions } = dataset
  const { format, srid, columns } = settings
  const geometryOf = geometryReader(settings)
  const isNew = staging.size(stagedFile('text')) === null
  const text = (written: string) => staging.append(stagedFile('text'), new TextEncoder().encode(written))
  const addPage =
    (write: (row: FeatureRow, geometry: FlatGeometry | null, values: ExportValue[]) => string) =>
    (rows: readonly FeatureRow[], places: readonly number[]) =>
      text(
        rows
          .map((row) =>
            write(
              row,
              geometryOf(row),
              places.map((i) => row.values[i]!),
            ),
          )
          .join(''),
      )
  if (format === 'csv') {
    const hasGeometry = geometryType !== null
    const writer = new CsvWriter(
      columns,
      hasGeometry
        ? {
            isPoint: geometryType === 'Point',
            hasZ: dimensions.includes('Z'),
            hasM: dimensions.includes('M'),
          }
        : null,
    )
    if (isNew) text(writer.head())
    return { addPage: addPage((_, geometry, values) => writer.feature(geometry, values)), end() {} }
  }
  if (format === 'geojson') {
    const writer = new GeoJsonWriter(columns, read === 0)
    if (isNew) text(writer.head(dataset.name, srid))
    return {
      addPage: addPage(({ fid }, geometry, values) => writer.feature(fid, geometry, values)),
      end: () => text(writer.tail()),
    }
  }
  const isMixed = geometryType === 'Geometry' || geometryType === 'GeometryCollection'
  const stage = new FeatureStage(format, columns, isMixed, staged)
  return {
    addPage(rows, places) {
      for (const row of rows)
        stage.add(
          row.fid,
          geometryOf(row),
          places.map((i) => row.values[i]!),
          (layer, feature) => staging.append(stagedFile(layer), feature),
        )
    },
    end() {},
  }
}

/** @throws FormatError `unsupported-geometry` for coordinates that the system asked for has no place for */
const geometryReader =
  ({ decimals, srid }: ExportSettings) =>
  ({ fid, geometry }: FeatureRow): FlatGeometry | null => {
    if (!geometry) return null
    const decoded = decodeWkb(geometry)
    if (decimals === null) return decoded
    if (!isFiniteGeometry(decoded))
      throw new FormatError('unsupported-geometry', `the feature ${fid} has no place in EPSG:${srid}`)
    return roundedGeometry(decoded, decimals)
  }
