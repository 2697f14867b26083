import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { type SQL, sql } from 'drizzle-orm'
import {
  COLUMN_TYPES,
  type ColumnType,
  type DatasetColumn,
  type GeometryType,
} from '../../src/store/dataset-types.ts'
import {
  createFeatureTable,
  featureTable,
  GEOMETRY,
  indexFeatureTable,
} from '../../src/store/feature-table.ts'

const PATH = fileURLToPath(new URL('../fixtures/ne110m4cql2.gpkg', import.meta.url))
const SRID = 4326

/** A layer of the CQL2 standard's test data as a table of features, without a dataset around it. */
export interface Layer {
  columns: DatasetColumn[]
  /** Makes and fills the table with a dataset's number. */
  create(id: number): SQL[]
}

const TYPES: [pattern: RegExp, type: ColumnType][] = [
  [/^BOOLEAN/, 'boolean'],
  [/^(MEDIUM)?INT/, 'bigint'],
  [/^(REAL|DOUBLE)/, 'double'],
  [/^DATETIME/, 'timestamp'],
  [/^DATE/, 'date'],
]

export function readLayer(name: string, geometryType: GeometryType): Layer {
  const file = new DatabaseSync(PATH, { readOnly: true })
  const fields = file.prepare(`select name, type from pragma_table_info('${name}')`).all() as {
    name: string
    type: string
  }[]
  const rows = file.prepare(`select * from "${name}"`).all()
  file.close()
  const columns = fields
    .filter((field) => field.name !== 'fid' && field.name !== 'geom')
    .map((field): DatasetColumn => {
      const type = TYPES.find(([pattern]) => pattern.test(field.type))?.[1] ?? 'text'
      return { name: field.name, columnName: field.name, type, title: null, description: null }
    })
  const records = rows.map((row) => {
    const properties = columns.map(({ name: column, type }) => {
      const value = row[column] ?? null
      if (value === null) return [column, null]
      if (type === 'boolean') return [column, value === 1]
      return [column, type === 'timestamp' ? `${String(value).replace(/Z?$/, 'Z')}` : value]
    })
    return { ...Object.fromEntries(properties), wkb: wellKnownBinary(row.geom as Uint8Array) }
  })
  const names = columns.map(({ columnName }) => sql.identifier(columnName))
  const types = columns.map(({ type }, i) => sql`${names[i]} ${sql.raw(COLUMN_TYPES[type])}`)
  const list = sql.join(names, sql`, `)
  return {
    columns,
    create: (id) => [
      createFeatureTable(id, { geometryType, dimensions: 'XY', srid: SRID, columns }),
      sql`insert into ${featureTable(id)} (${sql.identifier(GEOMETRY)}, ${list})
        select ST_GeomFromWKB(decode(wkb, 'hex'), ${SRID}::integer), ${list}
        from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as record (wkb text, ${sql.join(types, sql`, `)})`,
      indexFeatureTable(id),
    ],
  }
}

/** What follows the header of a GeoPackage's geometry, in hexadecimal digits. */
function wellKnownBinary(blob: Uint8Array): string {
  const envelopeBytes = [0, 32, 48, 48, 64][(blob[3]! >> 1) & 7]!
  return Buffer.from(blob.subarray(8 + envelopeBytes)).toString('hex')
}
