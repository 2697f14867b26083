import fc from 'fast-check'
import {
  ARRAY_RELATIONS,
  type ArithmeticOperator,
  type ComparisonOperator,
  type Expression,
  type Filter,
  type LiteralGeometry,
  type Position,
  SPATIAL_RELATIONS,
  TEMPORAL_RELATIONS,
  type TemporalRelation,
} from '../../src/query/ast.ts'
import type { ColumnType, DatasetColumn } from '../../src/store/dataset-types.ts'

const at = { position: 0 }
const COMPARISONS: ComparisonOperator[] = ['=', '<>', '<', '>', '<=', '>=']
const ARITHMETIC: ArithmeticOperator[] = ['+', '-', '*', '/', '%', 'div', '^']
/** What a text may hold that SQL, patterns or the notations could take amiss. */
const HOSTILE = [
  "'",
  '"',
  '\\',
  '%',
  '_',
  '$1',
  '--',
  ';',
  '％',
  '＼',
  '{}',
  'é',
  'ß',
  '😀',
  '\n',
  ' or 1=1',
  '/*',
]

/** Filters whose types go together, on properties of a dataset with geometry. Nothing of them overflows. */
export function filters(columns: readonly DatasetColumn[]): fc.Arbitrary<Filter> {
  const property = (...types: ColumnType[]): fc.Arbitrary<Expression>[] => {
    const names = columns.filter(({ type }) => types.includes(type)).map(({ name }) => name)
    if (names.length === 0) return []
    return [fc.constantFrom(...names).map((name): Expression => ({ kind: 'property', name, ...at }))]
  }
  const textLiteral = fc
    .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 4 })), { maxLength: 5 })
    .map((parts) => parts.join('').replaceAll('\0', ''))
    .filter((value) => value.isWellFormed())
    .map((value): Expression => ({ kind: 'text', value, ...at }))
  const number = fc
    .oneof(
      fc.integer({ min: -1000, max: 1000 }),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => (value === 0 ? 0 : value)),
    )
    .map((value): Expression => ({ kind: 'number', value, ...at }))
  const date = fc
    .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((value) => value.toISOString())
  const dateLiteral = date.map((value): Expression => ({ kind: 'date', value: value.slice(0, 10), ...at }))
  const timestampLiteral = date.map((value): Expression => ({ kind: 'timestamp', value, ...at }))

  return fc.letrec<Record<string, Expression>>((tie) => ({
    filter: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.boolean().map((value): Expression => ({ kind: 'boolean', value, ...at })),
      ...property('boolean'),
      fc
        .tuple(fc.constantFrom('and', 'or'), fc.array(tie('filter'), { minLength: 2, maxLength: 3 }))
        .map(([kind, operands]) => ({ kind, operands, ...at }) as Expression),
      tie('filter').map((operand): Expression => ({ kind: 'not', operand, ...at })),
      tie('filter').map((operand): Expression => ({ kind: 'isNull', operand, ...at })),
      ...(['number', 'text', 'instant'] as const).flatMap((type) => [
        fc
          .tuple(fc.constantFrom(...COMPARISONS), tie(type), tie(type))
          .map(
            ([operator, left, right]): Expression => ({ kind: 'comparison', operator, left, right, ...at }),
          ),
        fc
          .tuple(tie(type), tie(type), tie(type))
          .map(([operand, lower, upper]): Expression => ({ kind: 'between', operand, lower, upper, ...at })),
        fc
          .tuple(tie(type), fc.array(tie(type), { minLength: 1, maxLength: 4 }))
          .map(([operand, items]): Expression => ({ kind: 'in', operand, items, ...at })),
      ]),
      fc
        .tuple(tie('text'), tie('pattern'))
        .map(([operand, pattern]): Expression => ({ kind: 'like', operand, pattern, ...at })),
      fc
        .tuple(fc.constantFrom(...SPATIAL_RELATIONS), tie('geometry'), tie('geometry'))
        .map(([relation, left, right]): Expression => ({ kind: 'spatial', relation, left, right, ...at })),
      fc
        .tuple(fc.constantFrom(...TEMPORAL_RELATIONS), tie('interval'), tie('interval'))
        .map(([relation, left, right]): Expression => ({ kind: 'temporal', relation, left, right, ...at })),
      fc
        .tuple(
          fc.constantFrom<TemporalRelation>('after', 'before', 'disjoint', 'equals', 'intersects'),
          tie('instant'),
          tie('instant'),
        )
        .map(([relation, left, right]): Expression => ({ kind: 'temporal', relation, left, right, ...at })),
      fc
        .tuple(fc.constantFrom(...ARRAY_RELATIONS), tie('array'), tie('array'))
        .map(([relation, left, right]): Expression => ({ kind: 'sets', relation, left, right, ...at })),
    ),
    text: fc.oneof(
      { depthSize: 'small' },
      textLiteral,
      ...property('text'),
      fc
        .tuple(fc.constantFrom('case', 'accent'), tie('text'))
        .map(([fold, operand]) => ({ kind: 'fold', fold, operand, ...at }) as Expression),
      tie('text').map((operand): Expression => ({ kind: 'call', name: 'trim', operands: [operand], ...at })),
    ),
    pattern: fc.oneof(
      { depthSize: 'small' },
      textLiteral.filter(
        ({ kind, ...rest }) => !/(^|[^\\])(\\\\)*\\$/.test((rest as { value: string }).value),
      ),
      fc
        .tuple(fc.constantFrom('case', 'accent'), tie('pattern'))
        .map(([fold, operand]) => ({ kind: 'fold', fold, operand, ...at }) as Expression),
    ),
    number: fc.oneof(
      { depthSize: 'small' },
      number,
      ...property('integer', 'bigint', 'double'),
      fc
        .tuple(fc.constantFrom(...ARITHMETIC), tie('smallNumber'), tie('smallNumber'))
        .map(([operator, left, right]): Expression => ({ kind: 'arithmetic', operator, left, right, ...at })),
      tie('text').map(
        (operand): Expression => ({ kind: 'call', name: 'length', operands: [operand], ...at }),
      ),
      tie('geometry').map(
        (operand): Expression => ({ kind: 'call', name: 'area', operands: [operand], ...at }),
      ),
    ),
    smallNumber: fc.oneof(
      fc.integer({ min: 1, max: 9 }).map((value): Expression => ({ kind: 'number', value, ...at })),
      ...property('integer', 'bigint', 'double'),
    ),
    instant: fc.oneof(
      dateLiteral,
      timestampLiteral,
      ...property('date', 'timestamp'),
      fc.constant<Expression>({ kind: 'call', name: 'now', operands: [], ...at }),
    ),
    interval: fc
      .oneof(
        fc.tuple(fc.constant(null), tie('instant')),
        fc.tuple(tie('instant'), fc.constant(null)),
        fc.tuple(fc.oneof(...property('date', 'timestamp'), fc.constant(null)), fc.constant(null)),
        fc
          .tuple(dateLiteral, dateLiteral)
          .map((ends) =>
            ends.sort((a, b) => ((a as { value: string }).value < (b as { value: string }).value ? -1 : 1)),
          ),
      )
      .map(([start, end]) => ({ kind: 'interval', start, end, ...at }) as Expression),
    geometry: fc.oneof(
      fc.constant<Expression>({ kind: 'property', name: 'geom', ...at }),
      geometries().map((geometry): Expression => ({ kind: 'geometry', geometry, ...at })),
      fc.tuple(longitude, latitude, longitude, latitude).map(([x, y, width, height]): Expression => {
        const bounds = [x, Math.min(y, height), width, Math.max(y, height)]
        return { kind: 'box', bounds, ...at }
      }),
    ),
    array: fc
      .array(
        fc.oneof({ depthSize: 'small' }, textLiteral, number, ...property('text', 'boolean'), tie('array')),
        {
          maxLength: 3,
        },
      )
      .map((items): Expression => ({ kind: 'array', items, ...at })),
  })).filter as fc.Arbitrary<Filter>
}

const longitude = fc.integer({ min: -180, max: 180 })
const latitude = fc.integer({ min: -90, max: 90 })
const position = fc.tuple(longitude, latitude) as fc.Arbitrary<Position>
const line = fc.array(position, { minLength: 2, maxLength: 5 })
const ring = fc
  .array(position, { minLength: 3, maxLength: 6 })
  .map((positions): Position[] => [...positions, positions[0]!])

function geometries(): fc.Arbitrary<LiteralGeometry> {
  const simple: fc.Arbitrary<LiteralGeometry>[] = [
    position.map((coordinates) => ({ type: 'Point', coordinates })),
    line.map((coordinates) => ({ type: 'LineString', coordinates })),
    line.map((coordinates) => ({ type: 'MultiPoint', coordinates })),
    fc.array(ring, { minLength: 1, maxLength: 2 }).map((coordinates) => ({ type: 'Polygon', coordinates })),
    fc.array(line, { maxLength: 2 }).map((coordinates) => ({ type: 'MultiLineString', coordinates })),
    fc.array(fc.array(ring, { minLength: 1, maxLength: 2 }), { maxLength: 2 }).map((coordinates) => ({
      type: 'MultiPolygon',
      coordinates,
    })),
  ]
  return fc.oneof(
    ...simple,
    fc.array(fc.oneof(...simple), { maxLength: 3 }).map(
      (geometriesOf): LiteralGeometry => ({
        type: 'GeometryCollection',
        geometries: geometriesOf,
      }),
    ),
  )
}
