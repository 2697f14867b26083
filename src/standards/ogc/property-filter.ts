import type { Expression } from '../../query/index.ts'
import type { DatasetColumn } from '../../store/dataset-types.ts'
import type { DatasetRecord } from '../../store/datasets.ts'
import { InvalidParameterError } from './errors.ts'
import { shown, unknownParameter } from './parameters.ts'

/** Types of the properties that a parameter of their name can be compared with. */
export const isScalar = ({ type }: DatasetColumn): boolean => type !== 'json' && type !== 'binary'

/**
 * That a property equals what a parameter of its name says (17-069r4, 7.15.5).
 * @throws InvalidParameterError where the collection has no such property, or it cannot have such a value
 */
export function propertyEquals(dataset: DatasetRecord | null, name: string, text: string): Expression {
  const column = dataset?.columns.find((candidate) => candidate.name === name && isScalar(candidate))
  if (!column) throw unknownParameter(name, [])
  const value = literalOf(column, text)
  if (!value) throw new InvalidParameterError(name, `${shown(text)} is not ${KINDS[column.type]}`)
  return {
    ...{ kind: 'comparison', operator: '=', position: 0, right: value },
    left: { kind: 'property', name, position: 0 },
  }
}

const KINDS: Record<DatasetColumn['type'], string> = {
  ...{ boolean: 'true or false', integer: 'a whole number', bigint: 'a whole number', double: 'a number' },
  ...{ text: 'a text', date: 'a date', timestamp: 'a timestamp', time: 'a time' },
  ...{ json: 'JSON', binary: 'base64' },
}

const WHOLE = /^[+-]?\d{1,19}$/
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const INSTANT = {
  date: /^\d{4}-\d{2}-\d{2}$/,
  timestamp: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i,
}

/** The literal that a text is for a column; null where it is none. */
function literalOf({ type }: DatasetColumn, text: string): Expression | null {
  const position = 0
  switch (type) {
    case 'boolean':
      return text === 'true' || text === 'false'
        ? { kind: 'boolean', value: text === 'true', position }
        : null
    case 'integer':
    case 'bigint':
      if (!WHOLE.test(text)) return null
      return {
        kind: 'number',
        value: Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text),
        position,
      }
    case 'double':
      return DECIMAL.test(text) && Number.isFinite(Number(text))
        ? { kind: 'number', value: Number(text), position }
        : null
    case 'date':
    case 'timestamp':
      return INSTANT[type].test(text) && !Number.isNaN(Date.parse(text))
        ? { kind: type, value: text.toUpperCase(), position }
        : null
    default:
      return { kind: 'text', value: text, position }
  }
}
