import { zxyToTileId } from 'pmtiles'
import wasmModule from '../build/gdal.wasm'
import glue from '../build/gdal-glue.mjs'
import { runIngestStep, type TileCodec, type TileStore } from '../src/domain/pyramid/build-pyramid.ts'
import { pyramidOf } from '../src/domain/pyramid/geometry.ts'
import { type IngestStep, ingestSteps } from '../src/domain/pyramid/steps.ts'
import type { RasterCodecs } from '../src/formats/codecs.ts'
import { JpegEncoder } from '../src/formats/gdal/jpeg-encoder.ts'
import { type Gdal, openGdal } from '../src/formats/gdal/module.ts'
import { StripReader } from '../src/formats/gdal/strip-reader.ts'
import {
  assertWithinBudget,
  type ByteSource,
  type ImageInfo,
  probeImage,
} from '../src/formats/probe/index.ts'
import type { PyramidInfo } from '../src/formats/pyramid-info.ts'
import { rasterCodecs } from '../workers/codecs.ts'
import type { Staging } from './staging.ts'

/** Quality of the pyramid's lossy tiles: what is lost is far below a grey level of a scan's own noise. */
const TILE_QUALITY = 92

/** One original, open for as long as this instance works on it: GDAL with its memory, the decoder and its place. */
export class IngestSession {
  readonly pyramid: PyramidInfo
  readonly steps: readonly IngestStep[]
  readonly #rows: StripReader
  readonly #codec: TileCodec

  private constructor(pyramid: PyramidInfo, rows: StripReader, codec: TileCodec) {
    this.pyramid = pyramid
    this.steps = ingestSteps(pyramid)
    this.#rows = rows
    this.#codec = codec
  }

  /** @throws FormatError when the original is not what it was when it was uploaded */
  static async open(source: ByteSource): Promise<IngestSession> {
    const info = await probeImage(source)
    return IngestSession.openProbed(source, info, pyramidOf(info))
  }

  /** Opens an original whose structure is known. @throws FormatError `too-large` when it is over the budget */
  static async openProbed(source: ByteSource, info: ImageInfo, pyramid: PyramidInfo): Promise<IngestSession> {
    assertWithinBudget(info, source.size)
    const gdal = await openGdal({ glue, wasmModule })
    const rows = await StripReader.open(gdal, source, info)
    return new IngestSession(pyramid, rows, tileCodec(pyramid, gdal, await rasterCodecs()))
  }

  /** See `StripReader.readMeasured`. */
  readMeasured(y: number, height: number): Promise<Float32Array> {
    return this.#rows.readMeasured(y, height)
  }

  /** Runs one step; its tiles go to the staging, the thumbnail to `putThumbnail`. @throws FormatError */
  run(step: IngestStep, staging: Staging, putThumbnail: (png: Uint8Array) => Promise<void>): Promise<void> {
    const store: TileStore = {
      put: (z, x, y, bytes) => staging.put(zxyToTileId(z, x, y), bytes),
      get: (z, x, y) => staging.get(zxyToTileId(z, x, y)) ?? undefined,
      putThumbnail,
    }
    return runIngestStep(this.pyramid, step, this.#rows, store, this.#codec)
  }
}

function tileCodec(pyramid: PyramidInfo, gdal: Gdal, codecs: RasterCodecs): TileCodec {
  const jpeg = new JpegEncoder(gdal, TILE_QUALITY)
  return {
    encode(tile) {
      if (pyramid.isLossless) return codecs.encodeLosslessWebp(tile)
      return pyramid.tileFormat === 'jpeg' ? jpeg.encode(tile) : codecs.encodeWebp(tile, TILE_QUALITY)
    },
    decode: (bytes) => codecs.decode(pyramid.tileFormat, bytes),
    encodePng: (image) => codecs.encodePng(image),
  }
}
