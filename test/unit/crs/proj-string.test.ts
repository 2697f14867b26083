import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boxAround, boxBetween } from '../../../src/geo/crs/box-between.ts'
import { epsgDefinition, epsgDefinitions } from '../../../src/geo/crs/epsg-definition.ts'
import { codeOfProjString } from '../../../src/geo/crs/proj-string.ts'

describe('PROJ strings', () => {
  it.each([
    [
      '+proj=merc +a=6378137 +b=6378137 +lat_ts=0.0 +lon_0=0.0 +x_0=0.0 +y_0=0 +k=1.0 +units=m +nadgrids=@null +no_defs',
      3857,
    ],
    ['+proj=longlat +datum=WGS84 +no_defs', 4326],
    ['+proj=longlat +ellps=WGS84 +towgs84=0,0,0 +no_defs +type=crs', 4326],
    ['+proj=utm +zone=33 +datum=WGS84 +units=m +no_defs', 32633],
    ['+no_defs +units=m +zone=33 +ellps=WGS84 +proj=utm', 32633],
    [
      '+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +datum=OSGB36 +units=m +no_defs',
      27700,
    ],
    ['+proj=tmerc +lat_0=0.0 +lon_0=16.50 +k_0=0.9999 +x_0=5e5 +y_0=0 +ellps=GRS80 +units=m +no_defs', 3765],
    ['+init=epsg:3765', 3765],
    ['+init=epsg:999999', null],
    ['+proj=tmerc +lat_0=1 +lon_0=2', null],
    ['+proj=longlat +lon_wrap=180 +datum=WGS84', null],
    ['', null],
    ['proj', null],
    ['+proj=longlat; drop table', null],
    [`+proj=longlat ${'+a=1 '.repeat(300)}`, null],
  ])('%s', (text, code) => {
    expect(codeOfProjString(text)).toBe(code)
  })

  it('of every known system lead to one with the same parameters, in whatever order they are', () => {
    const definitions = [...epsgDefinitions()]
    const sorted = (text: string) =>
      text
        .replace(/ \+(towgs84|nadgrids)=\S+/, '')
        .split(' ')
        .sort()
        .join(' ')
    fc.assert(
      fc.property(fc.constantFrom(...definitions), fc.infiniteStream(fc.nat()), ({ definition }, numbers) => {
        const words = definition.proj4
          .split(' ')
          .map((word) => ({ word, at: numbers.next().value as number }))
        const shuffled = words.toSorted((a, b) => a.at - b.at).map(({ word }) => word)
        const code = codeOfProjString(shuffled.join(' '))
        expect(code).not.toBeNull()
        if (/datum|ellps=WGS84|merc|wktext|pm=0|lon_0=0|x_0=0/.test(definition.proj4)) return
        expect(sorted(epsgDefinition(code!)!.proj4)).toBe(sorted(definition.proj4))
      }),
      { numRuns: 300 },
    )
  })

  it('are never a fault', () => {
    fc.assert(fc.property(fc.string(), (text) => codeOfProjString(`+proj=${text}`) !== undefined))
  })
})

describe('boxes', () => {
  it('go from system to system, as far as these reach', () => {
    const world = boxBetween([-180, -90, 180, 90], 4326, 3857)!
    expect(world.map(Math.round)).toEqual([-20037508, -20048966, 20037508, 20048966])
    const croatia = boxBetween([13, 42, 19, 47], 4326, 3765)!
    const back = boxBetween(croatia, 3765, 4326)!
    for (const [i, edge] of [13.43, 42.34, 19, 46.54].entries())
      expect(Math.abs(back[i]! - edge)).toBeLessThan(0.6)
    expect(boxBetween([100, 10, 110, 20], 4326, 3765)).toBeNull()
    expect(boxBetween([1, 2, 3, 4], 3765, 3765)).toEqual([1, 2, 3, 4])
    expect(boxBetween([1, 2, 3, 4], 999_999, 3857)).toBeNull()
  })

  it('are put together', () => {
    expect(boxAround([])).toBeNull()
    expect(
      boxAround([
        [0, 1, 2, 3],
        [-1, 2, 1, 9],
      ]),
    ).toEqual([-1, 1, 2, 9])
  })
})
