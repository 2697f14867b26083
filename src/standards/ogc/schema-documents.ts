import type { DatasetColumn, DatasetRecord } from '../../domain/datasets/datasets.ts'
import { temporalColumn } from '../../domain/datasets/feature-selection.ts'
import { COLUMN_SCHEMAS, geometryFormat, geometryName, idName } from './property-schema.ts'

type Schema = Record<string, unknown>

/** A JSON Schema of a collection's properties, as OGC API - Features - Part 5 has it. */
export interface SchemaDocument extends Schema {
  $id: string
  properties: Record<string, Schema>
}

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'

function columnSchema(column: DatasetColumn): Schema {
  const { type, name, title, description } = column
  return { title: title ?? name, ...(description ? { description } : {}), ...COLUMN_SCHEMAS[type] }
}

function geometrySchema({ geometryType }: DatasetRecord): Schema | null {
  if (geometryType === null) return null
  return {
    ...{ title: 'Geometry', 'x-ogc-role': 'primary-geometry', format: geometryFormat(geometryType) },
  }
}

/** What a feature has: what is returned of it and what can be sent (23-058, 10). */
export function schemaDocument(dataset: DatasetRecord, url: string): SchemaDocument {
  const { columns, title, abstract } = dataset
  const geometry = geometrySchema(dataset)
  const instant = temporalColumn({ columns })
  const properties: [string, Schema][] = [
    [idName(columns), { title: 'Id', 'x-ogc-role': 'id', type: 'integer', readOnly: true }],
    ...(geometry ? [[geometryName(columns), geometry] as [string, Schema]] : []),
    ...columns.map((column): [string, Schema] => [
      column.name,
      { ...columnSchema(column), ...(column === instant ? { 'x-ogc-role': 'primary-instant' } : {}) },
    ]),
  ]
  return {
    ...{ $schema: DIALECT, $id: url, type: 'object', title },
    ...(abstract ? { description: abstract } : {}),
    properties: Object.fromEntries(
      properties.map(([name, schema], i) => [name, { ...schema, 'x-ogc-propertySeq': i + 1 }]),
    ),
    additionalProperties: false,
  }
}

/** What filters may name (19-079r2, 6.2). */
export function queryablesDocument(dataset: DatasetRecord, url: string): SchemaDocument {
  const { columns, title } = dataset
  const geometry = geometrySchema(dataset)
  return {
    ...{ $schema: DIALECT, $id: url, type: 'object', title },
    properties: {
      ...(geometry ? { [geometryName(columns)]: geometry } : {}),
      ...Object.fromEntries(
        columns.filter(({ type }) => type !== 'binary').map((column) => [column.name, columnSchema(column)]),
      ),
    },
    additionalProperties: false,
  }
}

/** What features are sorted by. */
export function sortablesDocument({ columns, title }: DatasetRecord, url: string): SchemaDocument {
  const sortable = columns.filter(({ type }) => type !== 'binary' && type !== 'json')
  return {
    ...{ $schema: DIALECT, $id: url, type: 'object', title },
    properties: Object.fromEntries(sortable.map((column) => [column.name, columnSchema(column)])),
    additionalProperties: false,
  }
}
