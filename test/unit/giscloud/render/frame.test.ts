import { describe, expect, it } from 'vitest'
import { boxWith, degreesOf, frameAround } from '../../../../src/domain/map-rendering/frame.ts'
import { layersWithin, shownLayers } from '../../../../src/domain/map-rendering/shown-layers.ts'
import { crsTransform } from '../../../../src/geo/crs/reference-system.ts'
import type { LayerRecord } from '../../../../src/store/layers.ts'

const mercator = crsTransform(3857)
const WORLD = 20037508.342789244
const size = (width: number, height = width) => ({ width, height })

describe('the frame of a picture', () => {
  it('shows all of the bounds, in square pixels around their middle', () => {
    const { box, unitsPerPixel } = frameAround(mercator, [0, 0, 1000, 100], size(200, 100), null)
    expect(unitsPerPixel).toBe(5)
    expect(box).toEqual([0, -200, 1000, 300])
  })

  it('has the scale that is asked for, at 0.28 mm a pixel', () => {
    const { box, scaleDenominator } = frameAround(mercator, [100, 100, 200, 200], size(100), 20_000)
    expect(scaleDenominator).toBeCloseTo(20_000, 6)
    expect(box.map((value) => Math.round(value * 1000) / 1000)).toEqual([-130, -130, 430, 430])
    const feet = crsTransform(2263)
    const inFeet = frameAround(feet, [0, 0, 1, 1], size(100), 1000)
    expect(inFeet.unitsPerPixel).toBeCloseTo(0.28 / 0.3048006096, 6)
    const degrees = frameAround(crsTransform(4326), [0, 0, 1, 1], size(100), 1_000_000)
    expect(degrees.unitsPerPixel).toBeCloseTo(280 / 111_319.49079, 9)
  })

  it('counts zooms as the web mercator grid does', () => {
    for (const zoom of [0, 3, 12, 20]) {
      const side = (2 * WORLD) / 2 ** zoom
      expect(frameAround(mercator, [0, 0, side, side], size(256), null).zoom).toBe(zoom)
      expect(frameAround(mercator, [0, 0, side * 1.5, side], size(256), null).zoom).toBe(
        Math.max(0, zoom - 1),
      )
    }
  })

  it('of a place is as large as it can be', () => {
    const { box, scaleDenominator } = frameAround(mercator, [5, 5, 5, 5], size(10), null)
    expect(scaleDenominator).toBeCloseTo(1, 9)
    expect(box[2] - box[0]).toBeCloseTo(0.0028, 9)
  })

  it('shows the world as often as it goes around', () => {
    const turnsOf = (from: number, to: number) =>
      frameAround(mercator, [from * WORLD, 0, to * WORLD, 1], size(100, 1), null).turns
    expect(turnsOf(-1, 1)).toEqual([0])
    expect(turnsOf(0.9, 1.1)).toEqual([0, 1])
    expect(turnsOf(1.2, 1.4)).toEqual([1])
    expect(turnsOf(-3.5, 0)).toEqual([-2, -1, 0])
    expect(turnsOf(-100, 100)).toEqual([-2, -1, 0, 1, 2])
    expect(frameAround(crsTransform(2056), [0, 0, 9e7, 9e7], size(10), null).turns).toEqual([0])
  })

  it('reads what it shows from the one world there is', () => {
    const east = frameAround(mercator, [1.2 * WORLD, 0, 1.4 * WORLD, 0.2 * WORLD], size(100), null)
    const [west, , end] = boxWith(east, 0)
    expect(west / WORLD).toBeCloseTo(-0.8, 9)
    expect(end / WORLD).toBeCloseTo(-0.6, 9)
    expect(degreesOf(east, 0)[0]).toBeLessThan(-144)
    expect(degreesOf(east, 0)[2]).toBeGreaterThan(-108)
    const across = frameAround(mercator, [0.9 * WORLD, 0, 1.1 * WORLD, 0.2 * WORLD], size(100), null)
    expect(degreesOf(across, 0).slice(0, 1)).toEqual([-180])
    expect(degreesOf(across, 0)[2]).toBe(180)
  })

  it('never leads out of where its system can be projected to', () => {
    const swiss = frameAround(crsTransform(2056), [-9e6, -9e6, 9e6, 9e6], size(100), null)
    const [west, south, east, north] = degreesOf(swiss, 64)
    expect(west).toBeGreaterThanOrEqual(-10)
    expect(east).toBeLessThanOrEqual(26)
    expect(south).toBeGreaterThanOrEqual(30)
    expect(north).toBeLessThanOrEqual(63)
  })
})

describe('the layers that are shown', () => {
  const layer = (id: number, members: Partial<LayerRecord> = {}) =>
    ({
      ...{ id, parentId: null, type: 'point', isVisible: true, fromScale: null, toScale: null, position: id },
      ...members,
    }) as LayerRecord
  const ids = (layers: readonly LayerRecord[]) => layers.map(({ id }) => id)

  it('are switched on, and so are their folders', () => {
    const layers = [
      layer(1),
      layer(2, { isVisible: false }),
      layer(3, { type: 'folder' }),
      layer(4, { parentId: 3 }),
      layer(5, { type: 'folder', isVisible: false }),
      layer(6, { parentId: 5 }),
      layer(7, { type: 'folder', parentId: 5 }),
      layer(8, { parentId: 7 }),
    ]
    expect(ids(shownLayers(layers, 1000))).toEqual([1, 4])
    // A folder alone shows what is switched on in it, whatever it is switched to.
    expect(ids(layersWithin(layers[4]!, layers, 1000))).toEqual([6, 8])
    expect(ids(layersWithin(layers[1]!, layers, 1000))).toEqual([2])
  })

  it('are for the scale, and so are their folders', () => {
    const layers = [
      layer(1, { fromScale: 500, toScale: 2000 }),
      layer(2, { fromScale: 2000, toScale: 500 }),
      layer(3, { fromScale: 100 }),
      layer(4, { toScale: 5000 }),
      layer(5, { type: 'folder', fromScale: 10, toScale: 20 }),
      layer(6, { parentId: 5 }),
    ]
    expect(ids(shownLayers(layers, 1000))).toEqual([1, 2])
    expect(ids(shownLayers(layers, 50))).toEqual([3])
    expect(ids(shownLayers(layers, 15))).toEqual([3, 6])
    expect(ids(shownLayers(layers, 9000))).toEqual([4])
  })

  it('come to an end where folders lie in one another', () => {
    const layers = [
      layer(1, { type: 'folder', parentId: 2 }),
      layer(2, { type: 'folder', parentId: 1 }),
      layer(3, { parentId: 1 }),
    ]
    expect(ids(shownLayers(layers, 1000))).toEqual([3])
  })
})
