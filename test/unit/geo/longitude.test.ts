import { describe, expect, it } from 'vitest'
import { clipToWorld } from '../../../src/geo/bbox.ts'
import { turnedIntoWorld } from '../../../src/geo/longitude.ts'

describe('longitudes', () => {
  it.each([
    [
      [200, 204],
      [-160, -156],
    ],
    [
      [-190, -182],
      [170, 178],
    ],
    [
      [178, 181],
      [178, 181],
    ],
    [
      [-180, 180],
      [-180, 180],
    ],
    [[], []],
  ])('%j are turned into the world together', (given, expected) => {
    const points = given.map((lon, x) => ({ x, lon }))
    expect(turnedIntoWorld(points)).toEqual(expected.map((lon, x) => ({ x, lon })))
  })
})

describe('a bbox', () => {
  it('is clipped to the world', () => {
    expect(clipToWorld([-180.04, -90.1, 180.04, 90])).toEqual([-180, -90, 180, 90])
    expect(clipToWorld([178, 7, 182, 10])).toEqual([178, 7, 180, 10])
    expect(clipToWorld([200, 7, 204, 10])).toEqual([180, 7, 180, 10])
  })
})
