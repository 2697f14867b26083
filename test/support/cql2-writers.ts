import type { Expression, LiteralGeometry, Position } from '../../src/query/ast.ts'

type Json = string | number | boolean | Json[] | { [member: string]: Json }

const PREFIXES = { spatial: 's', temporal: 't', sets: 'a' } as const

/** An expression in CQL2 text, with every parenthesis that it could need. */
export function toCql2Text(expression: Expression): string {
  const list = (items: readonly Expression[]) => items.map(toCql2Text).join(', ')
  switch (expression.kind) {
    case 'text':
      return quoted(expression.value)
    case 'number':
    case 'boolean':
      return String(expression.value)
    case 'date':
    case 'timestamp':
      return `${expression.kind.toUpperCase()}(${quoted(expression.value)})`
    case 'interval':
      return `INTERVAL(${intervalEndText(expression.start)}, ${intervalEndText(expression.end)})`
    case 'geometry':
      return geometryText(expression.geometry)
    case 'box':
      return `BBOX(${expression.bounds.join(', ')})`
    case 'array':
      // One in parentheses would be no array.
      return expression.items.length === 1 ? `[${list(expression.items)}]` : `(${list(expression.items)})`
    case 'property':
      return `"${expression.name.replaceAll('"', '""')}"`
    case 'fold':
      return `${expression.fold === 'case' ? 'CASEI' : 'ACCENTI'}(${toCql2Text(expression.operand)})`
    case 'call':
      return `${expression.name}(${list(expression.operands)})`
    case 'and':
    case 'or':
      return `(${expression.operands.map(toCql2Text).join(` ${expression.kind} `)})`
    case 'not':
      return `(NOT ${toCql2Text(expression.operand)})`
    case 'isNull':
      return `(${toCql2Text(expression.operand)} IS NULL)`
    case 'comparison':
    case 'arithmetic':
      return `(${toCql2Text(expression.left)} ${expression.operator} ${toCql2Text(expression.right)})`
    case 'like':
      return `(${toCql2Text(expression.operand)} LIKE ${toCql2Text(expression.pattern)})`
    case 'between':
      return `(${toCql2Text(expression.operand)} BETWEEN ${toCql2Text(expression.lower)} AND ${toCql2Text(expression.upper)})`
    case 'in':
      return `(${toCql2Text(expression.operand)} IN (${list(expression.items)}))`
    case 'null':
    case 'choice':
    case 'case':
      throw new Error(`CQL2 has no ${expression.kind}`)
    default:
      return `${PREFIXES[expression.kind]}_${expression.relation}(${toCql2Text(expression.left)}, ${toCql2Text(expression.right)})`
  }
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`

function intervalEndText(end: Expression | null): string {
  if (end === null) return "'..'"
  return end.kind === 'date' || end.kind === 'timestamp' ? quoted(end.value) : toCql2Text(end)
}

function geometryText(geometry: LiteralGeometry): string {
  const content = (value: Position | Position[] | Position[][] | Position[][][] | number): string =>
    (value as unknown[]).length === 0
      ? 'EMPTY'
      : typeof (value as unknown[])[0] === 'number'
        ? (value as Position).join(' ')
        : `(${(value as Position[]).map((item) => content(item)).join(', ')})`
  const type = geometry.type.toUpperCase()
  if (geometry.type === 'GeometryCollection')
    return geometry.geometries.length === 0
      ? `${type} EMPTY`
      : `${type}(${geometry.geometries.map(geometryText).join(', ')})`
  const text = content(geometry.coordinates)
  return geometry.type === 'Point' && text !== 'EMPTY' ? `${type}(${text})` : `${type} ${text}`
}

/** An expression in CQL2 JSON. Integers that JSON's numbers do not hold lose digits. */
export function toCql2Json(expression: Expression): Json {
  const operation = (op: string, ...args: Expression[]): Json => ({ op, args: args.map(toCql2Json) })
  switch (expression.kind) {
    case 'text':
    case 'boolean':
      return expression.value
    case 'number':
      return Number(expression.value)
    case 'date':
      return { date: expression.value }
    case 'timestamp':
      return { timestamp: expression.value }
    case 'interval':
      return { interval: [intervalEndJson(expression.start), intervalEndJson(expression.end)] }
    case 'geometry':
      return expression.geometry as unknown as Json
    case 'box':
      return { bbox: expression.bounds }
    case 'array':
      return expression.items.map(toCql2Json)
    case 'property':
      return { property: expression.name }
    case 'fold':
      return operation(expression.fold === 'case' ? 'casei' : 'accenti', expression.operand)
    case 'call':
      return operation(expression.name, ...expression.operands)
    case 'and':
    case 'or':
      return operation(expression.kind, ...expression.operands)
    case 'not':
    case 'isNull':
      return operation(expression.kind, expression.operand)
    case 'comparison':
    case 'arithmetic':
      return operation(expression.operator, expression.left, expression.right)
    case 'like':
      return operation('like', expression.operand, expression.pattern)
    case 'between':
      return operation('between', expression.operand, expression.lower, expression.upper)
    case 'in':
      return { op: 'in', args: [toCql2Json(expression.operand), expression.items.map(toCql2Json)] }
    case 'null':
    case 'choice':
    case 'case':
      throw new Error(`CQL2 has no ${expression.kind}`)
    default:
      return operation(
        `${PREFIXES[expression.kind]}_${expression.relation}`,
        expression.left,
        expression.right,
      )
  }
}

function intervalEndJson(end: Expression | null): Json {
  if (end === null) return '..'
  return end.kind === 'date' || end.kind === 'timestamp' ? end.value : toCql2Json(end)
}
