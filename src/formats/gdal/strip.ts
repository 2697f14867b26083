/** What the decoded samples of a pixel mean. */
export type SampleMeaning =
  | { kind: 'grey'; alpha: boolean; levels?: Uint8Array }
  | { kind: 'rgb'; alpha: boolean }
  | { kind: 'cmyk'; alpha: boolean }
  /** Four bytes (red, green, blue, alpha) an index, 256 of them. */
  | { kind: 'palette'; palette: Uint8Array }

/** Samples of a pixel with this meaning. */
export function samplesPerPixel(meaning: SampleMeaning): number {
  if (meaning.kind === 'palette') return 1
  const colours = { grey: 1, rgb: 3, cmyk: 4 }[meaning.kind]
  return colours + (meaning.alpha ? 1 : 0)
}

/** Decoded rows of an image over its whole width, pixel-interleaved, 8 bits a sample. */
export class Strip {
  /** Row of the image that is the first of this strip. */
  readonly y: number
  readonly width: number
  readonly height: number
  readonly samples: Uint8Array
  readonly #meaning: SampleMeaning
  readonly #premultiplied: boolean
  readonly #noData: number | null

  /** @param noData where every colour sample has this value, there is nothing; null for no such value */
  constructor(
    y: number,
    width: number,
    height: number,
    samples: Uint8Array,
    meaning: SampleMeaning,
    premultiplied: boolean,
    noData: number | null = null,
  ) {
    this.y = y
    this.width = width
    this.height = height
    this.samples = samples
    this.#meaning = meaning
    this.#premultiplied = premultiplied
    this.#noData = noData
  }

  /** All rows of the columns `x` to `x + width`, as red, green, blue and (not premultiplied) alpha. */
  rgba(x: number, width: number): Uint8ClampedArray<ArrayBuffer> {
    const pixels = new Uint32Array(width * this.height)
    const bands = samplesPerPixel(this.#meaning)
    const convert = CONVERTERS[this.#meaning.kind] as Converter<SampleMeaning>
    for (let row = 0; row < this.height; row++) {
      const from = (row * this.width + x) * bands
      const line = pixels.subarray(row * width, (row + 1) * width)
      convert(this.samples, from, line, this.#meaning)
      if (this.#noData !== null) clearNoData(this.samples, from, line, this.#meaning, this.#noData)
    }
    const out = new Uint8ClampedArray(pixels.buffer)
    if (this.#premultiplied) unpremultiply(out)
    return out
  }
}

function clearNoData(
  samples: Uint8Array,
  from: number,
  out: Uint32Array,
  meaning: SampleMeaning,
  noData: number,
): void {
  const bands = samplesPerPixel(meaning)
  const colours = bands - (meaning.kind !== 'palette' && meaning.alpha ? 1 : 0)
  for (let i = 0, s = from; i < out.length; i++, s += bands) {
    let band = 0
    while (band < colours && samples[s + band] === noData) band++
    if (band === colours) out[i] = 0
  }
}

/** Converts the samples from `from` on to as many pixels as `out` holds: red in the lowest byte, alpha in the highest. */
type Converter<M extends SampleMeaning> = (
  samples: Uint8Array,
  from: number,
  out: Uint32Array,
  meaning: M,
) => void

const OPAQUE = 0xff000000

const CONVERTERS: { [K in SampleMeaning['kind']]: Converter<Extract<SampleMeaning, { kind: K }>> } = {
  palette(samples, from, out, { palette }) {
    for (let i = 0; i < out.length; i++) {
      const entry = samples[from + i]! * 4
      out[i] =
        palette[entry]! |
        (palette[entry + 1]! << 8) |
        (palette[entry + 2]! << 16) |
        (palette[entry + 3]! << 24)
    }
  },
  grey(samples, from, out, { levels, alpha }) {
    for (let i = 0, s = from; i < out.length; i++) {
      const sample = samples[s++]!
      const value = levels ? levels[sample]! : sample
      out[i] = (value * 0x010101) | (alpha ? samples[s++]! << 24 : OPAQUE)
    }
  },
  rgb(samples, from, out, { alpha }) {
    if (alpha) {
      for (let i = 0, s = from; i < out.length; i++, s += 4) {
        out[i] = samples[s]! | (samples[s + 1]! << 8) | (samples[s + 2]! << 16) | (samples[s + 3]! << 24)
      }
      return
    }
    for (let i = 0, s = from; i < out.length; i++, s += 3) {
      out[i] = samples[s]! | (samples[s + 1]! << 8) | (samples[s + 2]! << 16) | OPAQUE
    }
  },
  cmyk(samples, from, out, { alpha }) {
    for (let i = 0, s = from; i < out.length; i++, s += alpha ? 5 : 4) {
      const light = 255 - samples[s + 3]!
      const level = (ink: number) => Math.round(((255 - ink) * light) / 255)
      const colour = level(samples[s]!) | (level(samples[s + 1]!) << 8) | (level(samples[s + 2]!) << 16)
      out[i] = colour | (alpha ? samples[s + 4]! << 24 : OPAQUE)
    }
  },
}

function unpremultiply(rgba: Uint8ClampedArray): void {
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3]!
    if (alpha === 0 || alpha === 255) continue
    for (let c = 0; c < 3; c++) rgba[i + c] = (rgba[i + c]! * 255) / alpha
  }
}
