import type { RgbaImage } from '../codecs.ts'
import { FormatError } from '../format-error.ts'
import type { Gdal } from './module.ts'

const OUTPUT_PATH = '/encoded.jpg'

/**
 * Encodes baseline JPEG with GDAL's libjpeg: some six times as fast as mozjpeg with its trellis quantization.
 * Alpha is left out. The same pixels give the same bytes.
 */
export class JpegEncoder {
  readonly #gdal: Gdal
  readonly #quality: number
  #at = 0
  #capacity = 0

  /** @param quality 1..100 on libjpeg's scale; chroma is subsampled 2x2 */
  constructor(gdal: Gdal, quality: number) {
    this.#gdal = gdal
    this.#quality = quality
  }

  /** @throws FormatError `undecodable` when GDAL fails, `too-large` when its memory is used up */
  encode({ width, height, data }: RgbaImage): Uint8Array<ArrayBuffer> {
    const { module } = this.#gdal
    this.#reserve(data.length)
    module.HEAPU8.set(data, this.#at)
    const layout = `PIXELOFFSET=4,LINEOFFSET=${width * 4},BANDOFFSET=1`
    const dataset = this.#gdal.open(
      `MEM:::DATAPOINTER=${this.#at},PIXELS=${width},LINES=${height},BANDS=3,DATATYPE=Byte,${layout}`,
      'MEM',
    )
    try {
      this.#gdal.translate(dataset, OUTPUT_PATH, ['-of', 'JPEG', '-co', `QUALITY=${this.#quality}`])
      return module.FS.readFile(OUTPUT_PATH)
    } finally {
      this.#gdal.close(dataset)
    }
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#capacity) return
    const { module } = this.#gdal
    if (this.#capacity > 0) module._free(this.#at)
    this.#at = module._malloc(bytes)
    this.#capacity = this.#at === 0 ? 0 : bytes
    if (this.#at === 0) throw new FormatError('too-large', 'no memory is left to encode an image in')
  }
}
