import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { aroundWorld } from '../../../../src/domain/map-rendering/around-world.ts'
import { drawnGeometry } from '../../../../src/domain/map-rendering/drawn-geometry.ts'
import { frameAround, gridOf } from '../../../../src/domain/map-rendering/frame.ts'
import type { IconShelf } from '../../../../src/domain/map-rendering/icons.ts'
import type { LayerFeatures } from '../../../../src/domain/map-rendering/layer-features.ts'
import { Shortfalls } from '../../../../src/domain/map-rendering/partial.ts'
import { drawScene, type Plane, type Scene } from '../../../../src/domain/map-rendering/scene.ts'
import { tileAddress, tileServiceOf, zoomFor } from '../../../../src/domain/map-rendering/tile-service.ts'
import { vectorPlane } from '../../../../src/domain/map-rendering/vector-plane.ts'
import { warpedImage } from '../../../../src/domain/map-rendering/warped-image.ts'
import { wmsAddress, wmsServiceOf } from '../../../../src/domain/map-rendering/wms-service.ts'
import type { SvgRasterizer } from '../../../../src/formats/svg/rasterizer.ts'
import { crsTransform } from '../../../../src/geo/crs/reference-system.ts'
import { type FlatGeometry, GEOMETRY_CODES } from '../../../../src/geo/flat-geometry.ts'
import { geographicGrid, gridPart } from '../../../../src/geo/warp/target-grid.ts'
import { initKernel } from '../../../../src/geo/warp/wasm-kernel.ts'
import { PIXEL_PARTS } from '../../../../src/store/feature-pictures.ts'
import type { LayerRule } from '../../../../src/store/map-types.ts'
import { testRasterizer } from './tools.ts'

const SIDE = 64
let rasterizer: SvgRasterizer
beforeAll(async () => {
  rasterizer = await testRasterizer()
  initKernel(
    await WebAssembly.compile(readFileSync(new URL('../../../../build/kernel.wasm', import.meta.url))),
  )
})

const frame = frameAround(crsTransform(3857), [0, 0, SIDE, SIDE], { width: SIDE, height: SIDE }, null)
const rule = (members: Partial<LayerRule>): LayerRule => ({
  ...{ expression: '', isVisible: true, original: {} },
  ...members,
})
const noIcons = { icon: async () => null } as unknown as IconShelf

/** A layer of geometries in pixels, each drawn by the rule of its number. */
async function plane(
  rules: LayerRule[],
  geometries: [rule: number, geometry: FlatGeometry][],
  alpha = 100,
): Promise<Plane> {
  const features: LayerFeatures = {
    rules: new Map(rules.entries()),
    features: geometries.map(([index, geometry], fid) => ({
      ...{ fid, rule: index, label: null },
      geometry: drawnGeometry(inParts(geometry)),
    })),
  }
  return vectorPlane({ id: 1, ownerId: null, alpha }, features, noIcons, frame, new Shortfalls())
}

const inParts = ({ xy, ...geometry }: FlatGeometry): FlatGeometry => ({
  ...geometry,
  xy: Array.from(xy, (value) => Math.round(value * PIXEL_PARTS)),
})

const draw = (scene: Scene) => drawScene(scene, rasterizer, gridOf(frame), 0)
const pixel = (rgba: Uint8Array, x: number, y: number) => [
  ...rgba.subarray((y * SIDE + x) * 4, (y * SIDE + x + 1) * 4),
]
const { Polygon, LineString, Point } = GEOMETRY_CODES
const square = (from: number, to: number): FlatGeometry => ({
  type: Polygon,
  xy: [from, from, to, from, to, to, from, to],
})

describe('polygons', () => {
  it('cover exactly the pixels that they lie on', async () => {
    // A star with a hole, which no edge of pixels follows.
    const outer = [
      32.3, 3.1, 40.2, 24.7, 61.4, 25.9, 44.6, 38.8, 50.3, 60.2, 32.1, 47.5, 14.2, 60.9, 19.8, 38.4,
    ]
    const inner = [27.4, 28.2, 37.1, 27.8, 36.3, 37.6]
    const geometry: FlatGeometry = { type: Polygon, xy: [...outer, ...inner], ends: [8, 11] }
    const rgba = await draw([await plane([rule({ fill: [10, 20, 30] })], [[0, geometry]])])
    let worst = 0
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++) {
        const share = coverage([outer, inner], x, y)
        worst = Math.max(worst, Math.abs(share - rgba[(y * SIDE + x) * 4 + 3]! / 255))
      }
    expect(worst).toBeLessThan(0.15)
    expect(pixel(rgba, 32, 45)).toEqual([10, 20, 30, 255])
    expect(pixel(rgba, 33, 31)[3]).toBe(0)
  })

  /** Share of a pixel inside rings by the even-odd rule, by 32 x 32 samples. */
  function coverage(rings: number[][], x: number, y: number): number {
    let inside = 0
    for (let i = 0; i < 32; i++)
      for (let j = 0; j < 32; j++) if (isInside(rings, x + (i + 0.5) / 32, y + (j + 0.5) / 32)) inside++
    return inside / 1024
  }

  function isInside(rings: number[][], x: number, y: number): boolean {
    let crossings = 0
    for (const ring of rings)
      for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
        const [x0, y0, x1, y1] = [ring[j]!, ring[j + 1]!, ring[i]!, ring[i + 1]!]
        if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) crossings++
      }
    return crossings % 2 === 1
  }

  it('have borders of their width, and colours of their rules, the first rule on top', async () => {
    const rules = [
      rule({ fill: [255, 0, 0] }),
      rule({ fill: [0, 0, 255], border: [0, 255, 0], borderWidth: 4 }),
    ]
    const rgba = await draw([
      await plane(rules, [
        [0, square(30, 40)],
        [1, square(10, 50)],
      ]),
    ])
    expect(pixel(rgba, 35, 35)).toEqual([255, 0, 0, 255])
    expect(pixel(rgba, 20, 20)).toEqual([0, 0, 255, 255])
    expect(pixel(rgba, 9, 30)).toEqual([0, 255, 0, 255])
    expect(pixel(rgba, 11, 30)).toEqual([0, 255, 0, 255])
    expect(pixel(rgba, 7, 30)[3]).toBe(0)
  })

  it('of a layer are all of them at its opacity, where they overlap, too', async () => {
    const overlapping: [number, FlatGeometry][] = [
      [0, square(5, 30)],
      [0, square(20, 50)],
    ]
    const rgba = await draw([await plane([rule({ fill: [0, 0, 0] })], overlapping, 40)])
    expect(pixel(rgba, 25, 25)).toEqual([0, 0, 0, 102])
    expect(pixel(rgba, 10, 10)).toEqual([0, 0, 0, 102])
  })
})

describe('lines and points', () => {
  const line: FlatGeometry = { type: LineString, xy: [-10, 20, 80, 20] }

  it('have widths, casings and dashes in pixels', async () => {
    const cased = rule({ fill: [255, 0, 0], width: 4, border: [0, 0, 0], borderWidth: 2 })
    const rgba = await draw([await plane([cased], [[0, line]])])
    expect([15, 17, 19, 21, 23, 24].map((y) => pixel(rgba, 30, y).join())).toEqual([
      '0,0,0,0',
      '0,0,0,255',
      '255,0,0,255',
      '255,0,0,255',
      '0,0,0,255',
      '0,0,0,0',
    ])
    const dashed = await draw([
      await plane([rule({ fill: [1, 2, 3], width: 2, dashes: [10, 10] })], [[0, line]]),
    ])
    expect([5, 15, 25, 35].map((x) => pixel(dashed, x, 20)[3])).toEqual([0, 255, 0, 255])
  })

  it('are circles of their diameter, or the platform’s own way', async () => {
    const point: FlatGeometry = { type: Point, xy: [30, 30] }
    const rgba = await draw([await plane([rule({ fill: [9, 9, 9], width: 20 })], [[0, point]])])
    expect(pixel(rgba, 38, 30)[3]).toBe(255)
    expect(pixel(rgba, 41, 30)[3]).toBe(0)
    const plain = await draw([await plane([rule({})], [[0, point]])])
    expect(pixel(plain, 30, 30)[3]).toBe(255)
    const bare = await draw([await plane([rule({ fill: null })], [[0, point]])])
    expect(pixel(bare, 30, 30)[3]).toBe(0)
  })
})

describe('a scene', () => {
  const flat = (rgba: readonly [number, number, number, number], opacity = 1): Plane => ({
    ...{ kind: 'raster', opacity },
    draw: async ({ width, height }) =>
      Uint8Array.from({ length: width * height * 4 }, (_, i) => rgba[i % 4]!),
  })

  it('lies from the lowest plane up, rasters between vectors', async () => {
    const polygon = await plane([rule({ fill: [0, 0, 255] })], [[0, square(0, 40)]])
    const rgba = await draw([
      polygon,
      flat([255, 0, 0, 255], 0.5),
      await plane([rule({ fill: [0, 255, 0] })], [[0, square(30, 60)]]),
    ])
    expect(pixel(rgba, 10, 10)).toEqual([128, 0, 127, 255])
    expect(pixel(rgba, 50, 50)).toEqual([0, 255, 0, 255])
    expect(pixel(rgba, 63, 5)).toEqual([255, 0, 0, 128])
  })

  it('does not draw what nothing can be seen of', async () => {
    const hidden: Plane = { kind: 'raster', opacity: 1, draw: () => Promise.reject(new Error('drawn')) }
    expect(pixel(await draw([hidden, flat([7, 8, 9, 255])]), 1, 1)).toEqual([7, 8, 9, 255])
  })

  it('is the same in strips', async () => {
    const scene = [
      await plane(
        [rule({ fill: [200, 10, 10], border: [0, 0, 0], borderWidth: 3 })],
        [[0, { type: Polygon, xy: [3.2, 5.7, 60.1, 20.9, 30.5, 61.3] }]],
        70,
      ),
    ]
    const whole = await draw(scene)
    for (const row of [0, 16, 32, 48]) {
      const strip = await drawScene(scene, rasterizer, gridPart(gridOf(frame), 0, row, SIDE, 16), row)
      const same = whole.subarray(row * SIDE * 4, (row + 16) * SIDE * 4)
      for (let i = 0; i < strip.length; i++) {
        // Of what is hardly there, the colour says nothing.
        const shown = i % 4 === 3 ? 1 : same[i | 3]! / 255
        expect(Math.abs(strip[i]! - same[i]!) * shown).toBeLessThan(20)
      }
    }
  })

  it('goes on around the world', async () => {
    const seen: number[] = []
    const part = geographicGrid(170, 10, 2, 2, 10, 10)
    const around = aroundWorld({ turns: [0, 1] }, async (target) => {
      seen.push(target.geoX(0))
      return new Uint8Array(400).fill(seen.length === 1 ? 0 : 255)
    })
    expect((await around(part, 0))![0]).toBe(255)
    expect(seen).toEqual([170, -190])
  })
})

describe('services elsewhere', () => {
  it('of tiles are known by their address or name', () => {
    const service = tileServiceOf({ type: 'tile', src: `https://{s}.example.org/$\{z}/$\{x}/{-y}.png` })!
    expect(tileAddress(service, 3, 1, 2)).toBe('https://a.example.org/3/1/5.png')
    expect(tileServiceOf({ src: 'osm' })!.attribution).toContain('OpenStreetMap')
    expect(tileServiceOf({ src: 'nowhere' })).toBeNull()
    expect(tileServiceOf({ src: 'file:///{z}/{x}/{y}' })).toBeNull()
  })

  it('are asked for as many tiles as there may be', () => {
    const world: [number, number, number, number] = [-180, -85, 180, 85]
    expect(zoomFor({ maxZoom: 19 }, world, 360 / 1024, 64)).toMatchObject({ zoom: 2, count: 16 })
    expect(zoomFor({ maxZoom: 19 }, world, 360 / 4096, 64)).toMatchObject({ zoom: 3, count: 64 })
    expect(zoomFor({ maxZoom: 1 }, world, 360 / 4096, 64)).toMatchObject({ zoom: 1, count: 4 })
  })

  it('of maps are asked in their version’s order of axes, and keep their own parameters', () => {
    const source = {
      type: 'wms',
      url: 'https://example.org/wms?map=a&layers=old',
      layer: 'roads',
      version: '1.3.0',
    }
    const address = new URL(wmsAddress(wmsServiceOf(source)!, crsTransform(4326), [5, 45, 10, 50], 100, 90))
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      ...{ map: 'a', LAYERS: 'roads', BBOX: '45,5,50,10', CRS: 'EPSG:4326', WIDTH: '100', HEIGHT: '90' },
    })
    expect(address.searchParams.has('layers')).toBe(false)
    const older = new URL(
      wmsAddress(wmsServiceOf({ ...source, version: '1.1.1' })!, crsTransform(4326), [5, 45, 10, 50], 1, 1),
    )
    expect(older.searchParams.get('BBOX')).toBe('5,45,10,50')
    expect(older.searchParams.get('SRS')).toBe('EPSG:4326')
    expect(wmsServiceOf({ url: 'not an address', layer: 'a' })).toBeNull()
  })

  it('lie where they belong', () => {
    const image = {
      ...{ width: 4, height: 4 },
      backward(lon: number, lat: number, out: Float64Array) {
        out[0] = lon
        out[1] = 4 - lat
      },
      window: (x0: number, y0: number, width: number, height: number) =>
        Uint8Array.from({ length: width * height * 4 }, (_, i) => {
          const [x, y] = [x0 + ((i >> 2) % width), y0 + Math.floor((i >> 2) / width)]
          return [x * 50, y * 50, 0, 255][i & 3]!
        }),
    }
    const drawn = warpedImage(image, geographicGrid(1, 3, 1, 1, 2, 2))!
    expect([...drawn]).toEqual([50, 50, 0, 255, 100, 50, 0, 255, 50, 100, 0, 255, 100, 100, 0, 255])
    expect(warpedImage(image, geographicGrid(50, 3, 1, 1, 2, 2))).toBeNull()
  })
})
