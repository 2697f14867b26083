import { beforeAll, describe, expect, it } from 'vitest'
import type { RasterCodecs } from '../../src/formats/codecs.ts'
import type { Gdal } from '../../src/formats/gdal/module.ts'
import { encodeWithGdal, joined, makeGif, makePng, type Raster } from '../unit/ingest/images.ts'
import { roomyGdal, testCodecs } from '../unit/ingest/tools.ts'
import { call, newUser, statusAfter, type TestUser } from './mapwarper-client.ts'
import { pinCorners, placeInTile, rectified, tileBytes, uploadFile } from './rectified-map.ts'

const WIDTH = 96
const HEIGHT = 64
const TILE = [8, 133, 89] as const
const GDAL_MEMORY_MIB = 256

type Pixel = readonly number[]

/** Colours of the quarters: north-west, north-east, south-west, south-east. */
const COLOURS: readonly Pixel[] = [
  [200, 40, 40],
  [40, 160, 60],
  [50, 60, 180],
  [230, 220, 190],
]
const GREYS: readonly Pixel[] = [[20], [90], [160], [240]]

let user: TestUser
let codecs: RasterCodecs
let gdal: Gdal
beforeAll(async () => {
  ;[user, codecs, gdal] = await Promise.all([newUser(), testCodecs(), roomyGdal(GDAL_MEMORY_MIB)])
})

function quarters(colours: readonly Pixel[], bits: 8 | 16 = 8): Raster {
  const bands = colours[0]!.length
  const samples = new Uint16Array(WIDTH * HEIGHT * bands)
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++)
      for (let band = 0; band < bands; band++) {
        const value = colours[quarterAt(x / WIDTH, y / HEIGHT)]![band]!
        samples[(y * WIDTH + x) * bands + band] = bits === 16 ? value * 257 : value
      }
  return { width: WIDTH, height: HEIGHT, bands, samples, bits }
}

const quarterAt = (shareX: number, shareY: number) => (shareY < 0.5 ? 0 : 2) + (shareX < 0.5 ? 0 : 1)

const tiff = (bands: readonly Pixel[], args: readonly string[], bits: 8 | 16 = 8) =>
  encodeWithGdal(gdal, quarters(bands, bits), 'GTiff', args)

/** A camera's note that the picture is to be turned by a quarter, put before everything else in a JPEG. */
function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  const entry = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
  const exif = [...Buffer.from('Exif\0\0MM\0*'), 0, 0, 0, 8, 0, 1, ...entry, 0, 0, 0, 0]
  return joined([
    jpeg.subarray(0, 2),
    Uint8Array.of(0xff, 0xe1, 0, exif.length + 2, ...exif),
    jpeg.subarray(2),
  ])
}

const withAlpha = (colours: readonly Pixel[], alpha: number) => colours.map((colour) => [...colour, alpha])
const indices = COLOURS.map((_, index) => [index])
const jpeg = (args: readonly string[] = []) =>
  encodeWithGdal(gdal, quarters(COLOURS), 'JPEG', ['-co', 'QUALITY=95', ...args])

/** Name, bytes, and what is to be seen: colours and opacity. */
const FORMATS: readonly (readonly [
  string,
  () => Uint8Array | Promise<Uint8Array>,
  readonly Pixel[],
  number,
])[] = [
  ['a baseline JPEG', () => jpeg(), COLOURS, 255],
  ['a progressive JPEG', () => jpeg(['-co', 'PROGRESSIVE=YES']), COLOURS, 255],
  ['a grey JPEG', () => encodeWithGdal(gdal, quarters(GREYS), 'JPEG'), GREYS, 255],
  ['a JPEG that a viewer would turn, as it is stored', () => withOrientation(jpeg(), 6), COLOURS, 255],
  ['a PNG of 16 bits', () => makePng(quarters(COLOURS, 16), { colourType: 2, bitDepth: 16 }), COLOURS, 255],
  ['a grey PNG', () => makePng(quarters(GREYS), { colourType: 0, bitDepth: 8 }), GREYS, 255],
  [
    'a PNG with a palette',
    () => makePng(quarters(indices), { colourType: 3, bitDepth: 2, palette: COLOURS.flat() }),
    COLOURS,
    255,
  ],
  [
    'an interlaced PNG with alpha',
    () => makePng(quarters(withAlpha(COLOURS, 128)), { colourType: 6, bitDepth: 8, interlaced: true }),
    COLOURS,
    128,
  ],
  [
    'an interlaced GIF',
    () => makeGif(quarters(indices), { palette: COLOURS.flat(), interlaced: true }),
    COLOURS,
    255,
  ],
  ['a plain TIFF', () => tiff(COLOURS, []), COLOURS, 255],
  [
    'a TIFF, LZW, separate planes',
    () => tiff(COLOURS, ['-co', 'COMPRESS=LZW', '-co', 'INTERLEAVE=BAND']),
    COLOURS,
    255,
  ],
  [
    'a TIFF, Deflate, tiled',
    () => tiff(COLOURS, ['-co', 'COMPRESS=DEFLATE', '-co', 'TILED=YES']),
    COLOURS,
    255,
  ],
  [
    'a BigTIFF of 16 bits',
    () => tiff(COLOURS, ['-co', 'BIGTIFF=YES', '-co', 'PHOTOMETRIC=RGB'], 16),
    COLOURS,
    255,
  ],
  ['a grey TIFF', () => tiff(GREYS, []), GREYS, 255],
  [
    'a WebP',
    () => {
      const { samples, width, height } = quarters(withAlpha(COLOURS, 255))
      return codecs.encodeWebp({ width, height, data: Uint8Array.from(samples) }, 90)
    },
    COLOURS,
    255,
  ],
]

describe('an image, uploaded as a file and rectified', () => {
  it.each(FORMATS)('%s', async (name, bytes, colours, opacity) => {
    const { status, text, id } = await uploadFile(user, `${name}.bin`, await bytes())
    expect(status, text).toBe(201)
    expect(await statusAfter(id, 'loading')).toBe('available')
    const { json } = await call(`/api/v1/maps/${id}`)
    expect([json.data.attributes.width, json.data.attributes.height]).toEqual([WIDTH, HEIGHT])
    await pinCorners(user, id, [WIDTH, HEIGHT], placeInTile(...TILE))
    await rectified(user, id)
    const tile = await codecs.decode('webp', await tileBytes(id, `${TILE.join('/')}.webp`))
    for (const shareX of [0.25, 0.75])
      for (const shareY of [0.25, 0.75]) {
        const colour = colours[quarterAt(shareX, shareY)]!
        const at = 4 * (shareY * tile.height * tile.width + shareX * tile.width)
        const [red, green, blue, alpha] = tile.data.subarray(at, at + 4)
        expect(alpha).toBe(opacity)
        for (const [band, seen] of [red, green, blue].entries())
          expect(Math.abs(seen! - (colour[band] ?? colour[0]!)), `${name} ${band}`).toBeLessThan(12)
      }
  })

  it.each([
    [1, 1],
    [1, 300],
    [513, 1],
  ])('%i x %i pixels', async (width, height) => {
    const samples = new Uint8Array(width * height).fill(120)
    const bytes = makePng({ width, height, bands: 1, samples, bits: 8 }, { colourType: 0, bitDepth: 8 })
    const { id } = await uploadFile(user, 'tiny.png', bytes)
    expect(await statusAfter(id, 'loading')).toBe('available')
    await pinCorners(user, id, [width, height], placeInTile(5, 16, 11))
    await rectified(user, id)
    const tile = await codecs.decode('webp', await tileBytes(id, '5/16/11.webp'))
    const middle = 4 * (tile.height / 2) * tile.width + 2 * tile.width
    expect(tile.data[middle + 3]).toBe(255)
    expect(Math.abs(tile.data[middle]! - 120)).toBeLessThan(4)
  })
})
