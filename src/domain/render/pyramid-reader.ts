import type { R2Bucket } from '@cloudflare/workers-types'
import { Compression, PMTiles, ResolvedValueCache } from 'pmtiles'
import { PYRAMID_TILE_PX, type PyramidInfo } from '../../formats/pyramid-info.ts'
import { BucketArchive } from '../../store/bucket-archive.ts'
import type { ByteLru } from './byte-lru.ts'

/** Decodes one stored pyramid tile to RGBA. */
export type DecodeTile = (
  format: PyramidInfo['tileFormat'],
  bytes: Uint8Array,
) => Promise<{ width: number; height: number; data: Uint8Array | Uint8ClampedArray }>

/** Headers and directories of the archives read last in this isolate. */
const directories = new ResolvedValueCache(64, undefined, inflate)

async function inflate(bytes: ArrayBuffer, compression: Compression): Promise<ArrayBuffer> {
  if (compression === Compression.None || compression === Compression.Unknown) return bytes
  if (compression !== Compression.Gzip) throw new Error(`archive compression ${compression} is not known`)
  return new Response(new Response(bytes).body!.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer()
}

/** An archive of the bucket; its directories are shared by everybody in this isolate. */
export const openArchive = (bucket: R2Bucket, key: string): PMTiles =>
  new PMTiles(new BucketArchive(bucket, key), directories, inflate)

/** Reads windows of an image pyramid's levels, through a cache of decoded tiles. */
export class PyramidReader {
  readonly info: PyramidInfo
  readonly #key: string
  readonly #archive: PMTiles
  readonly #decode: DecodeTile
  readonly #cache: ByteLru<Uint8Array>

  constructor(
    bucket: R2Bucket,
    pyramid: { key: string; info: PyramidInfo },
    decode: DecodeTile,
    cache: ByteLru<Uint8Array>,
  ) {
    this.info = pyramid.info
    this.#key = pyramid.key
    this.#archive = openArchive(bucket, pyramid.key)
    this.#decode = decode
    this.#cache = cache
  }

  /** Size of a level in pixels. */
  levelSize(level: number): { width: number; height: number } {
    const divisor = 2 ** (this.info.levels - 1 - level)
    return { width: Math.ceil(this.info.width / divisor), height: Math.ceil(this.info.height / divisor) }
  }

  /** RGBA of a window of one level, which must lie inside the level. Pixels of that level. */
  async window(level: number, x0: number, y0: number, width: number, height: number): Promise<Uint8Array> {
    const data = new Uint8Array(width * height * 4)
    const size = this.levelSize(level)
    const jobs: Promise<void>[] = []
    for (let ty = Math.floor(y0 / PYRAMID_TILE_PX); ty * PYRAMID_TILE_PX < y0 + height; ty++)
      for (let tx = Math.floor(x0 / PYRAMID_TILE_PX); tx * PYRAMID_TILE_PX < x0 + width; tx++)
        jobs.push(
          this.#tile(level, tx, ty, size).then((tile) => {
            const left = tx * PYRAMID_TILE_PX
            const top = ty * PYRAMID_TILE_PX
            const tileWidth = Math.min(PYRAMID_TILE_PX, size.width - left)
            const tileHeight = Math.min(PYRAMID_TILE_PX, size.height - top)
            const fromX = Math.max(x0, left)
            const toX = Math.min(x0 + width, left + tileWidth)
            const toY = Math.min(y0 + height, top + tileHeight)
            for (let y = Math.max(y0, top); y < toY; y++) {
              const from = ((y - top) * tileWidth + fromX - left) * 4
              data.set(tile.subarray(from, from + (toX - fromX) * 4), ((y - y0) * width + fromX - x0) * 4)
            }
          }),
        )
    await Promise.all(jobs)
    return data
  }

  /** The bytes of one tile as they are stored, in the pyramid's own format. */
  async storedTile(level: number, x: number, y: number): Promise<Uint8Array<ArrayBuffer>> {
    const stored = await this.#archive.getZxy(level, x, y)
    if (!stored) throw new Error(`the pyramid ${this.#key} has no tile ${level}/${x}/${y}`)
    return new Uint8Array(stored.data)
  }

  async #tile(
    level: number,
    x: number,
    y: number,
    size: { width: number; height: number },
  ): Promise<Uint8Array> {
    const name = `${this.#key}/${level}/${x}/${y}`
    const cached = this.#cache.get(name)
    if (cached) return cached
    const { width, height, data } = await this.#decode(
      this.info.tileFormat,
      await this.storedTile(level, x, y),
    )
    const expectedWidth = Math.min(PYRAMID_TILE_PX, size.width - x * PYRAMID_TILE_PX)
    const expectedHeight = Math.min(PYRAMID_TILE_PX, size.height - y * PYRAMID_TILE_PX)
    if (width !== expectedWidth || height !== expectedHeight)
      throw new Error(
        `pyramid tile ${name} is ${width} x ${height}, not ${expectedWidth} x ${expectedHeight}`,
      )
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    this.#cache.set(name, pixels, pixels.byteLength)
    return pixels
  }
}
