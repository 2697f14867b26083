import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnValue } from '../../../src/domain/datasets/column-values.ts'
import { COLUMN_TYPES, type ColumnType } from '../../../src/store/dataset-types.ts'

const TYPES = Object.keys(COLUMN_TYPES) as ColumnType[]

describe('columnValue', () => {
  it('takes null of every type', () => {
    for (const type of TYPES) expect(columnValue(type, null)).toEqual({ value: null })
  })

  it('never throws, and gives a value or says what it wants', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TYPES), fc.anything(), (type, value) => {
        const read = columnValue(type, value)
        expect('fault' in read ? read.fault : 'must').toMatch(/^must/)
      }),
    )
  })

  it.each<[ColumnType, unknown, unknown]>([
    ['bigint', '-9223372036854775808', -(2n ** 63n)],
    ['timestamp', '2020-02-29t12:00:00z', '2020-02-29T12:00:00Z'],
    ['timestamp', '2020-01-01 00:00', '2020-01-01 00:00'],
    ['timestamp', '2020-01-01T00:00:00-0530', '2020-01-01T00:00:00-0530'],
    ['time', '00:00', '00:00'],
    ['json', [1, { a: null }], '[1,{"a":null}]'],
    ['binary', 'AQI', Uint8Array.of(1, 2)],
    ['binary', '', new Uint8Array()],
    ['text', '', ''],
  ])('reads %s %j', (type, input, value) => {
    expect(columnValue(type, input)).toEqual({ value })
  })

  it('refuses JSON that is nested too deeply', () => {
    let deep: unknown = 1
    for (let i = 0; i < 101; i++) deep = [deep]
    expect(columnValue('json', deep)).toHaveProperty('fault')
    expect(columnValue('json', (deep as unknown[])[0])).toHaveProperty('value')
  })
})
