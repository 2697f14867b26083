import { counted } from './counted.ts'
import { type ExportColumn, type ExportFormat, rulesOf } from './export-format.ts'
import type { StagedColumn } from './feature-stage.ts'
import { fieldNames } from './field-names.ts'

/** A field of the file that is made, by GDAL's words for types. */
export interface PlannedField {
  /** Name of the column of the staged file. */
  source: string
  name: string
  type: 'Integer' | 'Integer64' | 'Real' | 'String' | 'Date' | 'Time' | 'DateTime' | 'Binary'
  subtype?: 'Boolean' | 'JSON'
  width?: number
  /** Decimals; none unless told. */
  precision?: number
}

/** Digits of the greatest bigint, with its sign. */
const BIGINT_CHARACTERS = 20

/** The fields that a format can have for some columns. */
export function planFields(
  format: ExportFormat,
  columns: readonly ExportColumn[],
  staged: readonly StagedColumn[],
): PlannedField[] {
  if (rulesOf(format).hasNoProperties) return []
  const names = fieldNames(
    format,
    columns.map(({ name }) => name),
  )
  return columns.map((column, i) => ({
    source: `c${i}`,
    name: names[i]!,
    ...typeOf(format, column, staged[i]!),
  }))
}

function typeOf(
  format: ExportFormat,
  { type }: ExportColumn,
  { textBytes, isBeyondDoubles, greatest }: StagedColumn,
): Omit<PlannedField, 'source' | 'name'> {
  const { types, textMaxBytes, numberMaxCharacters } = rulesOf(format)
  const has = (wanted: string) => (types as readonly string[]).includes(wanted)
  const text = {
    type: 'String',
    ...(textMaxBytes === undefined ? {} : { width: Math.max(1, textBytes) }),
  } as const
  switch (type) {
    case 'boolean':
      return has('boolean') ? { type: 'Integer', subtype: 'Boolean' } : { type: 'Integer', width: 1 }
    case 'integer':
      return { type: 'Integer' }
    case 'bigint':
      if (has('bigint')) return { type: 'Integer64' }
      return isBeyondDoubles || format === 'gpx' ? text : { type: 'Real', width: BIGINT_CHARACTERS }
    case 'double':
      return { type: 'Real', ...(numberMaxCharacters ? decimalsBeside(greatest, numberMaxCharacters) : {}) }
    case 'date':
      return has('date') ? { type: 'Date' } : text
    case 'time':
      return has('time') ? { type: 'Time' } : text
    case 'timestamp':
      return has('timestamp') ? { type: 'DateTime' } : text
    case 'json':
      return has('json') ? { type: 'String', subtype: 'JSON' } : text
    case 'binary':
      return has('binary') ? { type: 'Binary' } : text
    default:
      return text
  }
}

const DECIMALS_MAX = 15

/** As many decimals as the greatest of some numbers leaves room for, beside its sign and the point. */
function decimalsBeside(greatest: number, width: number): { width?: number; precision?: number } {
  const digits = Math.floor(Math.log10(Math.max(1, greatest))) + 1
  const precision = Math.min(DECIMALS_MAX, width - 2 - digits)
  return precision < 0 ? {} : { width, precision }
}

/** What a person should know of how columns came to be fields. */
export function fieldWarnings(
  format: ExportFormat,
  columns: readonly ExportColumn[],
  staged: readonly StagedColumn[],
): string[] {
  const { title, hasNoProperties, textMaxBytes } = rulesOf(format)
  if (hasNoProperties)
    return columns.length === 0 ? [] : [`${title} holds geometries only: the properties are left out`]
  const fields = planFields(format, columns, staged)
  const quoted = (name: string) => JSON.stringify(name)
  return fields.flatMap(({ name, type }, i) => {
    const column = columns[i]!
    const { cut } = staged[i]!
    return [
      ...(name === column.name ? [] : [`the property ${quoted(column.name)} is called ${quoted(name)}`]),
      ...(cut === 0
        ? []
        : [`${counted(cut, 'value')} of the property ${quoted(column.name)} cut at ${textMaxBytes} bytes`]),
      ...(column.type === 'bigint' && type === 'String' && format !== 'gpx'
        ? [`the numbers of the property ${quoted(column.name)} are texts: ${title} has none as large`]
        : []),
    ]
  })
}
