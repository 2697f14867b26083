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

  constructor(
    y: number,
    width: number,
    height: number,
    samples: Uint8Array,
    meaning: SampleMeaning,
    premultiplied: boolean,
  ) {
    this.y = y
    this.width = width
    this.height = height
    this.samples = samples
    this.#meaning = meaning
    this.#premultiplied = premultiplied
  }

  /** All rows of the columns `x` to `x + width`, as red, green, blue and (not premultiplied) alpha. */
  rgba(x: number, width: number): Uint8ClampedArray<ArrayBuffer> {
    const out = new Uint8ClampedArray(width * this.height * 4)
    const bands = samplesPerPixel(this.#meaning)
    for (let row = 0; row < this.height; row++) {
      const from = (row * this.width + x) * bands
      this.#convert(from, from + width * bands, out, row * width * 4)
    }
    if (this.#premultiplied) unpremultiply(out)
    return out
  }

  #convert(from: number, to: number, out: Uint8ClampedArray, at: number): void {
    const { samples } = this
    const meaning = this.#meaning
    switch (meaning.kind) {
      case 'palette':
        for (let i = from, o = at; i < to; i++, o += 4) {
          const entry = samples[i]! * 4
          for (let c = 0; c < 4; c++) out[o + c] = meaning.palette[entry + c]!
        }
        break
      case 'grey': {
        const { levels, alpha } = meaning
        for (let i = from, o = at; i < to; i += alpha ? 2 : 1, o += 4) {
          const value = levels ? levels[samples[i]!]! : samples[i]!
          out[o] = out[o + 1] = out[o + 2] = value
          out[o + 3] = alpha ? samples[i + 1]! : 255
        }
        break
      }
      case 'rgb':
        for (let i = from, o = at, step = meaning.alpha ? 4 : 3; i < to; i += step, o += 4) {
          out[o] = samples[i]!
          out[o + 1] = samples[i + 1]!
          out[o + 2] = samples[i + 2]!
          out[o + 3] = meaning.alpha ? samples[i + 3]! : 255
        }
        break
      case 'cmyk':
        for (let i = from, o = at, step = meaning.alpha ? 5 : 4; i < to; i += step, o += 4) {
          const light = 255 - samples[i + 3]!
          for (let c = 0; c < 3; c++) out[o + c] = ((255 - samples[i + c]!) * light) / 255
          out[o + 3] = meaning.alpha ? samples[i + 4]! : 255
        }
    }
  }
}

function unpremultiply(rgba: Uint8ClampedArray): void {
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3]!
    if (alpha === 0 || alpha === 255) continue
    for (let c = 0; c < 3; c++) rgba[i + c] = (rgba[i + c]! * 255) / alpha
  }
}
