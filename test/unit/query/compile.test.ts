import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Expression } from '../../../src/query/ast.ts'
import { parseCql2Text, QUERY_FUNCTIONS, QueryError, queryErrorOf } from '../../../src/query/index.ts'
import { filters } from '../../support/filter-arbitrary.ts'
import { COLUMNS, faultOf, queryOf, TARGET } from './trial.ts'

const compiled = (text: string, target = TARGET) => queryOf(parseCql2Text(text), target)

describe('a compiled filter', () => {
  it.each([
    ['count=1', '("count" = $1::bigint)', ['1']],
    ['size>1.5', '("size" > $1::double precision)', ['1.5']],
    ['big=9007199254740993', '("big" = $1::bigint)', ['9007199254740993']],
    ['big<99999999999999999999', '("big" < $1::double precision)', ['99999999999999999999']],
    ["name<>'x'", '("name" <> $1::text)', ['x']],
    ["name>='x'", '("name" collate "C" >= $1::text)', ['x']],
    ['"Straße ""groß""" IS NULL', '("Straße ""groß""" is null)', []],
    ['count>2+3*4', '("count" > $1::bigint)', ['14']],
    ["seen=DATE('2020-01-01')", `(("seen" at time zone 'UTC')::date = $1::date)`, ['2020-01-01']],
    ["hour>'12:30'", '("hour" > $1::time)', ['12:30']],
    ['open', '"open"', []],
    ['not open', '(not "open")', []],
    [
      'S_WITHIN(geom,POINT(1 2))',
      'ST_Within("geom", ST_GeomFromText($1::text, $2::integer))',
      ['POINT (1 2)', 4326],
    ],
  ])('%s', (text, sql, params) => {
    expect(compiled(text)).toMatchObject({ sql, params })
  })

  it.each([
    ['nothing=1', 0, /no property “nothing”/],
    ['f(1)', 0, /no function “f”/],
    ['count=1 and lower(count)=1', 18, /lower takes a text, not a number/],
    ['floor(1,2)=1', 0, /takes 1 arguments, not 2/],
    ["count='1'", 6, /a number cannot be compared with a text/],
    ['name IN (1)', 9, /a text cannot be compared with a number/],
    ["day='2020-01-01'", 4, /a date cannot be compared with a text/],
    ["hour='noon'", 5, /a time of day cannot be compared with a text/],
    ['geom=geom', 0, /a geometry cannot be compared/],
    ['picture=picture', 0, /binary data cannot be compared/],
    ['count', 0, /a truth value is expected, this is a number/],
    ['open and name', 9, /a truth value is expected/],
    ['name+1=2', 0, /a number is expected, this is a text/],
    ["count LIKE '1%'", 0, /a text is expected/],
    ["name LIKE 'x\\\\'", 10, /ends with a backslash/],
    [`name LIKE '${'%x'.repeat(101)}'`, 10, /more than 100 wildcards/],
    ['S_INTERSECTS(name,POINT(0 0))', 13, /a geometry is expected, this is a text/],
    ['S_INTERSECTS(geom,POINT(10 100))', 18, /out of range/],
    ['S_INTERSECTS(geom,BBOX(0,10,1,5))', 18, /ends south/],
    ['S_INTERSECTS(geom,BBOX(200,0,190,5))', 18, /ends west/],
    ['T_AFTER(name,day)', 8, /a date or a timestamp is expected/],
    ['T_MEETS(day,day)', 8, /an interval is expected/],
    ["T_DURING(INTERVAL(day,'..'),day)", 28, /an interval is expected/],
    ["T_AFTER(day,INTERVAL('2020-01-02','2020-01-01'))", 12, /ends before it begins/],
    ["A_EQUALS(name,('x'))", 9, /an array is expected/],
    ['A_EQUALS(tags,(geom))', 15, /this is a geometry/],
    ['count=1/0', 7, /1 \/ 0 has no value/],
    ['count=10^400', 8, /has no value/],
    ['count=(0-8)^(1/3)', 11, /has no value/],
  ])('refuses %s at %i', (text, position, message) => {
    const fault = faultOf(() => compiled(text))
    expect(fault.message).toMatch(message)
    expect(fault.position).toBe(position)
  })

  it.each([
    ["'100％'", '100\\%'],
    ["'a\\％_'", 'a\\%_'],
    ["'\\\\\\\\＿'", '\\\\\\_'],
    ["'＼'", '\\\\'],
  ])('takes wide characters of the pattern %s for characters', (literal, pattern) => {
    expect(compiled(`name LIKE ACCENTI(${literal})`).params).toEqual([pattern])
  })

  it('knows no geometry of features that have none', () => {
    expect(faultOf(() => compiled('geom IS NULL', { ...TARGET, geometry: null })).message).toMatch(
      /no property/,
    )
  })

  it('lets a property have the name of the geometry', () => {
    const columns = [{ ...COLUMNS[0]!, name: 'geom', columnName: 'geom_2' }]
    expect(compiled("geom='x'", { ...TARGET, columns }).sql).toBe('("geom_2" = $1::text)')
  })

  it('transforms a small literal, and the features for a great one', () => {
    const target = { ...TARGET, geometry: { srid: 2056 } }
    const small = compiled('S_INTERSECTS(geom,BBOX(7,46,8,47))', target)
    expect(small.sql).toMatch(/^ST_Intersects\("geom", ST_MakeValid\(ST_Transform\(ST_Segmentize\(/)
    expect(small.params).toEqual(['POLYGON ((7 46, 8 46, 8 47, 7 47, 7 46))', 4326, 1 / 64, 2056])
    const great = compiled('S_INTERSECTS(geom,BBOX(-180,-90,180,90))', target)
    expect(great.sql).toMatch(
      /^ST_Intersects\(ST_Transform\("geom", \$1::integer\), ST_MakeValid\(ST_GeomFromText\(/,
    )
  })

  it('takes coordinates in the order of the axes it is told', () => {
    const text = 'S_INTERSECTS(geom,LINESTRING Z(46 7 1,47 8 2)) and S_WITHIN(geom,BBOX(-1,170,1,-170))'
    expect(compiled(text, { ...TARGET, axisOrder: 'yx' }).params).toEqual([
      'LINESTRING Z (7 46 1, 8 47 2)',
      4326,
      'MULTIPOLYGON (((170 -1, 170 1, 180 1, 180 -1, 170 -1)), ((-180 -1, -180 1, -170 1, -170 -1, -180 -1)))',
      4326,
    ])
  })

  it('refuses lines that cross themselves at hundreds of places', () => {
    const corners = Array.from({ length: 61 }, (_, i) => {
      const angle = (i % 60) * Math.PI * (1 + 1 / 60)
      return `${(10 * Math.cos(angle)).toFixed(6)} ${(10 * Math.sin(angle)).toFixed(6)}`
    })
    const fault = faultOf(() => compiled(`S_WITHIN(geom,POLYGON((${corners.join(',')})))`))
    expect(fault).toEqual({ message: 'the lines of the geometry cross too often', position: 14 })
  })

  it('does not grow faster than the filter', () => {
    const sets = (depth: number): string => (depth === 0 ? 'open' : `a_equals(tags, (${sets(depth - 1)}, 1))`)
    expect(compiled(sets(40)).sql.length).toBeLessThan(40 * 400)
    const powers = `${'('.repeat(40)}count${'^2)'.repeat(40)} > 1`
    expect(compiled(powers).sql.length).toBeLessThan(40 * 500)
  })

  it('holds nothing of the input but names of columns and what is bound', () => {
    const allowed = new Set(COLUMNS.map(({ columnName }) => `"${columnName.replaceAll('"', '""')}"`))
    allowed.add('"geom"').add('"C"').add('"und-x-icu"')
    fc.assert(
      fc.property(filters(COLUMNS), (filter) => {
        const { sql, params } = queryOf(filter)
        const names = sql.match(/"(?:[^"]|"")*"/g) ?? []
        for (const name of names) expect(allowed).toContain(name)
        const bare = sql.replace(/"(?:[^"]|"")*"/g, ' ')
        expect(bare).toMatch(/^[\x20-\x7e\n]*$/)
        expect(bare.replace(/'(UTC|method=structure keepcollapsed=true|array)'/g, '')).not.toMatch(
          /['\\;]|--|\/\*/,
        )
        for (const [at] of bare.matchAll(/\$\d+(?!\d)(?!::)/g)) expect(at).toBe('bound with a type')
        for (const text of textsOf(filter)) if (text.length > 8) expect(bare).not.toContain(text)
        expect(params.every((value) => ['string', 'number', 'boolean'].includes(typeof value))).toBe(true)
      }),
      { numRuns: 200, endOnFailure: true },
    )
  })

  it('describes the functions', () => {
    expect(QUERY_FUNCTIONS.map(({ name }) => name)).toContain('distance')
    expect(QUERY_FUNCTIONS.find(({ name }) => name === 'length')).toMatchObject({
      parameters: [{ name: 'value', types: ['text', 'geometry'] }],
      returns: 'number',
    })
  })
})

function textsOf(expression: Expression): string[] {
  const texts: string[] = []
  JSON.stringify(expression, (key, value) => {
    if (key === 'value' && typeof value === 'string') texts.push(value)
    return typeof value === 'bigint' ? String(value) : value
  })
  return texts
}

describe('errors that show in the data', () => {
  const databaseError = (code: string, message: string) => Object.assign(new Error(message), { code })

  it('are the filter’s, if its values are the cause', () => {
    expect(queryErrorOf(databaseError('22003', 'value out of range: overflow'))).toBeInstanceOf(QueryError)
    const outside = databaseError('XX000', 'transform: Point outside of projection domain (2050)')
    expect(queryErrorOf(outside)?.message).toMatch(/no coordinates/)
  })

  it('are left alone otherwise', () => {
    expect(queryErrorOf(databaseError('42P01', 'relation does not exist'))).toBeNull()
    expect(queryErrorOf(new TypeError('fetch failed'))).toBeNull()
  })
})
