import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseWhere, QueryError } from '../../../src/query/index.ts'
import { conditions, toSql } from '../../support/where-arbitrary.ts'
import { COLUMNS, faultOf, queryOf, TARGET, withoutPositions } from './trial.ts'

const compiled = (text: string, target = TARGET) => queryOf(parseWhere(text), target)

describe('a condition of SQL', () => {
  it.each([
    ["NAME = 'it''s'", '("name" = $1::text)', ["it's"]],
    ["name != 'x\\'", '("name" <> $1::text)', ['x\\']],
    ['count > 5', '("count" > $1::bigint)', ['5']],
    ["count > '5'", '("count" > $1::bigint)', ['5']],
    ["day >= '2020-01-31'", '("day" >= $1::date)', ['2020-01-31']],
    ["seen < '2020-01-31'", '("seen" < $1::timestamptz)', ['2020-01-31T00:00:00Z']],
    ["seen < timestamp '2020-01-31 10:30+02'", '("seen" < $1::timestamptz)', ['2020-01-31T10:30:00+02:00']],
    ["hour = '10:30'", '("hour" = $1::time)', ['10:30']],
    ["open = 't'", '("open" = $1::boolean)', [true]],
    ['open is not null', '(not ("open" is null))', []],
    ['name = null', '("name" = null::text)', []],
    ["name LIKE 'a!%' ESCAPE '!'", '("name" like $1::text)', ['a\\%']],
    ['count IN (1, 2) OR NOT open', '(("count" in ($1::bigint, $2::bigint)) or (not "open"))', ['1', '2']],
    ['count NOT BETWEEN 1 AND 2', '(not ("count" between $1::bigint and $2::bigint))', ['1', '2']],
    [
      'count / 2 = 1',
      '(trunc("count"::double precision / nullif($1::bigint::double precision, 0)) = $2::bigint)',
      ['2', '1'],
    ],
    [
      'count / 2.0 = 1',
      '(("count"::double precision / nullif($1::bigint::double precision, 0)) = $2::bigint)',
      ['2', '1'],
    ],
    ['7 / 2 = count', '($1::bigint = "count")', ['3']],
    ['"STRASSE" is null or __id = 4 or "Geom" is null', null, null],
    ["coalesce(name, 'x') = 'x'", '(coalesce("name", $1::text) = $2::text)', ['x', 'x']],
    ["nullif(count, 0) > '1.5'", '(nullif("count", $1::bigint) > $2::double precision)', ['0', '1.5']],
    [
      'case when open then 1 else 2 end = 1',
      '((case when "open" then $1::bigint else $2::bigint end) = $3::bigint)',
      ['1', '2', '1'],
    ],
    ['__id = 4', '("fid" = $1::bigint)', ['4']],
    [
      'ST_Intersects(the_geom, ST_Point(7, 46))',
      'ST_Intersects("geom", ST_GeomFromText($1::text, $2::integer))',
      ['POINT (7 46)', 4326],
    ],
    [
      "st_dwithin(geom, st_geomfromewkt('SRID=4326;POINT(7 46)'), 1)",
      'ST_DWithin("geom", ST_GeomFromText($1::text, $2::integer), greatest($3::bigint::double precision, 0))',
      ['POINT (7 46)', 4326, '1'],
    ],
  ])('%s', (text, sql, params) => {
    if (sql === null) expect(faultOf(() => compiled(text)).message).toMatch(/no property “STRASSE”/)
    else expect(compiled(text)).toMatchObject({ sql, params })
  })

  it.each([
    ['ILIKE', "name ILIKE 'a%'"],
    ['||', "name || count || 'x' = 'a1x'"],
    ['substring', 'substring(name from 2 for 3) = substr(name, 2, 3)'],
    ['trim', "trim(leading 'x' from name) = trim(name) and trim(both from name) <> btrim(name)"],
    ['extract', "extract(year from seen) = 2020 and date_part('hour', seen) < 5"],
    ['position', "position('a' in name) = strpos(name, 'a')"],
    ['casts', "count::text = '5' and cast(name as double precision) > 1 and '2020-01-01'::date < day"],
    ['IS TRUE', 'open is true and open is not false and (count > 1) is unknown'],
    ['the current time', 'seen < now() and day <= current_date and seen < current_timestamp'],
    ['a simple CASE', "case count when 1 then 'one' when 2 then 'two' end = 'one'"],
    ['powers from the left', '2 ^ 3 ^ 2 = 64'],
    ['envelopes', 'st_within(geom, st_makeenvelope(5, 45, 11, 48, 4326))'],
    ['concat of anything', "concat(name, count, open, day) <> ''"],
    ['rounding', 'round(size, 1) = 1.5 and round(size) = 2 and size::int = 2'],
  ])('knows %s', (_what, text) => {
    expect(() => compiled(text)).not.toThrow()
  })

  it.each([
    ['', 0, /the filter ends where a column, a literal or a function is expected/],
    ['count = ', 8, /the filter ends/],
    ['count = 1; drop table x', 9, /";" has no meaning/],
    ['count = 1 -- all', 10, /"-" has no meaning/],
    ['count /* 1 */ = 1', 6, /"\/" has no meaning/],
    ["name = 'x", 7, /is not closed/],
    ['pg_sleep(10) is null', 0, /no function “pg_sleep”/],
    ['count = (select 1)', 9, /select cannot stand here/],
    ['count = 1 union select 1', 10, /“union” where AND, OR or the end/],
    ['users.name = 1', 5, /"." has no meaning/],
    ['count in ()', 10, /“\)”/],
    ['name like count', 10, /a text in single quotes/],
    ["name like 'x' escape 'ab'", 21, /one character/],
    ['count not 5', 10, /LIKE, ILIKE, BETWEEN or IN/],
    ['count is 5', 9, /NULL, TRUE, FALSE or UNKNOWN/],
    ["count = 'five'", 8, /a number is expected, “five” is none/],
    ["day = '2020-02-30'", 6, /a date is expected/],
    ["day = date '30.1.2020'", 11, /is not a date such as/],
    ['name = 5', 7, /a text cannot be compared with a number/],
    ['lower(name, name) = 1', 0, /lower takes 1 arguments, not 2/],
    ['extract(century from seen) = 1', 8, /one of year, month/],
    ['count::regclass = 1', 7, /the type is one of text/],
    ["st_within(geom, st_geomfromtext('POINT(1'))", 40, /is expected/],
    ["st_within(geom, st_geomfromtext('CIRCLE(1)'))", 33, /no well-known text/],
    ['st_within(geom, st_point(1, name))', 28, /a number is expected/],
    ['case end', 5, /end cannot stand here/],
    ['count = 1/0', 9, /has no value/],
    [`${'('.repeat(101)}1`, 100, /nested more than 100/],
    [`${'not '.repeat(101)}open`, 400, /nested more than 100/],
  ])('refuses %s at %i', (text, position, message) => {
    const fault = faultOf(() => compiled(text))
    expect(fault.message).toMatch(message)
    expect(fault.position).toBe(position)
  })

  it('refuses what no text of a database can hold', () => {
    for (const text of ["name = 'a\0b'", "name = 'a\ud800'"])
      expect(faultOf(() => compiled(text)).position).toBe(7)
  })

  it('is what it was when it is written out and read again', () => {
    fc.assert(
      fc.property(conditions(COLUMNS), (condition) => {
        expect(withoutPositions(parseWhere(toSql(condition)))).toEqual(withoutPositions(condition))
      }),
      { numRuns: 150, endOnFailure: true },
    )
  })

  it('puts nothing of itself into a statement but what is bound', () => {
    const marker = 'zqj'
    fc.assert(
      fc.property(conditions(COLUMNS), (condition) => {
        const marked = JSON.parse(JSON.stringify(condition), (key, value) =>
          key === 'value' && typeof value === 'string' && !/^\d{4}-\d\d-\d\d$/.test(value)
            ? value + marker
            : value,
        )
        const { sql } = queryOf(parseWhere(toSql(marked)))
        expect(sql).not.toContain(marker)
        expect(sql).toBe(queryOf(condition).sql)
      }),
      { numRuns: 100, endOnFailure: true },
    )
  })

  it('throws nothing but its error, with a place in the text', () => {
    const words = [
      'and',
      'not',
      'in',
      'is',
      'null',
      'like',
      'between',
      '(',
      ')',
      ',',
      "'x'",
      '1',
      '+',
      '-',
      '::',
      '||',
      'a',
      'case',
      'when',
      'then',
      'end',
      'trim(',
      'extract(',
      'from',
      'st_geomfromtext(',
      "'POINT(1 2)'",
      'cast(',
      'as',
      'int',
      '"q"',
      'escape',
      'date',
      '%',
    ]
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((parts) => parts.join(' ')),
    )
    fc.assert(
      fc.property(texts, (text) => {
        try {
          compiled(text)
        } catch (error) {
          expect(error).toBeInstanceOf(QueryError)
          const { position } = error as QueryError
          expect(position).toBeGreaterThanOrEqual(0)
          expect(position).toBeLessThanOrEqual(text.length)
        }
      }),
      { numRuns: 200, endOnFailure: true },
    )
  })

  it('does not grow faster than it is long', () => {
    const nested = `${'coalesce('.repeat(50)}name${", 'x')".repeat(50)} = 'x'`
    expect(compiled(nested).sql.length).toBeLessThan(50 * 60)
    const replaced = `${'replace('.repeat(50)}name${", 'a', 'aa')".repeat(50)} = 'x'`
    expect(compiled(replaced).sql.length).toBeLessThan(50 * 120)
  })
})
