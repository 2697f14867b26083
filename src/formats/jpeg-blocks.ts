import { AC_TABLE, DC_TABLE, type HuffmanTable, ZIGZAG } from './jpeg-tables.ts'

/** Side of a block, samples. */
const SIDE = 8
const SIZE = SIDE * SIDE

/** Basis of the discrete cosine transform (ITU T.81, A.3.3): frequency u at sample x in `u * 8 + x`. */
const BASIS = Float64Array.from({ length: SIZE }, (_, i) => {
  const [u, x] = [Math.floor(i / SIDE), i % SIDE]
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16)
})

/**
 * One line of the transform: 8 samples from `at` on, `step` apart, to as many frequencies at the same places. Even
 * frequencies see the sums of opposite samples, odd ones their differences.
 */
function transformLine(samples: Float64Array, at: number, step: number, out: Float64Array): void {
  for (let parity = 0; parity < 2; parity++) {
    const sign = parity === 0 ? 1 : -1
    const a = samples[at]! + sign * samples[at + 7 * step]!
    const b = samples[at + step]! + sign * samples[at + 6 * step]!
    const c = samples[at + 2 * step]! + sign * samples[at + 5 * step]!
    const d = samples[at + 3 * step]! + sign * samples[at + 4 * step]!
    for (let u = parity; u < SIDE; u += 2) {
      const row = u * SIDE
      out[at + u * step] = BASIS[row]! * a + BASIS[row + 1]! * b + BASIS[row + 2]! * c + BASIS[row + 3]! * d
    }
  }
}

/** Code and length of each symbol of a table (T.81, C.2), as `code * 32 + length`. */
function codesOf({ counts, symbols }: HuffmanTable): Uint32Array {
  const codes = new Uint32Array(256)
  let code = 0
  let next = 0
  counts.forEach((count, i) => {
    for (let k = 0; k < count; k++) codes[symbols[next++]!] = code++ * 32 + i + 1
    code *= 2
  })
  return codes
}

const DC_CODES = codesOf(DC_TABLE)
const AC_CODES = codesOf(AC_TABLE)
const END_OF_BLOCK = 0x00
const SIXTEEN_ZEROS = 0xf0

/** Transforms, quantises and codes blocks of samples into a growing run of bytes. */
export class BlockCoder {
  readonly #frequencies = new Float64Array(SIZE)
  readonly #rows = new Float64Array(SIZE)
  #bytes = new Uint8Array(65536)
  #length = 0
  #bits = 0
  #bitCount = 0

  /**
   * Codes one block; returns its quantised DC coefficient.
   * @param samples 64 numbers about -128 to 127, row by row
   * @param table quantisation, row by row
   * @param before the quantised DC coefficient of the component's block before
   */
  code(samples: Float64Array, table: Uint8Array, before: number): number {
    this.#transform(samples)
    const frequencies = this.#frequencies
    const dc = Math.round(frequencies[0]! / table[0]!)
    this.#number(DC_CODES, 0, dc - before)
    let zeros = 0
    for (let i = 1; i < SIZE; i++) {
      const at = ZIGZAG[i]!
      const value = Math.round(frequencies[at]! / table[at]!)
      if (value === 0) {
        zeros++
        continue
      }
      for (; zeros > 15; zeros -= 16) this.#symbol(AC_CODES, SIXTEEN_ZEROS)
      this.#number(AC_CODES, zeros, value)
      zeros = 0
    }
    if (zeros > 0) this.#symbol(AC_CODES, END_OF_BLOCK)
    return dc
  }

  /** The bytes coded so far, which are forgotten; bits that do not fill a byte wait. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length)
    this.#length = 0
    return taken
  }

  /** Fills the last byte with ones, as the end of a scan wants it. */
  flush(): void {
    if (this.#bitCount > 0) this.#put((1 << (8 - this.#bitCount)) - 1, 8 - this.#bitCount)
  }

  #transform(samples: Float64Array): void {
    for (let y = 0; y < SIDE; y++) transformLine(samples, y * SIDE, 1, this.#rows)
    for (let x = 0; x < SIDE; x++) transformLine(this.#rows, x, SIDE, this.#frequencies)
  }

  /** A number after a run of zeros: the symbol of the run and its size, then its bits (T.81, F.1.2). */
  #number(codes: Uint32Array, zeros: number, value: number): void {
    const size = 32 - Math.clz32(Math.abs(value))
    this.#symbol(codes, zeros * 16 + size)
    if (size > 0) this.#put(value > 0 ? value : value + (1 << size) - 1, size)
  }

  #symbol(codes: Uint32Array, symbol: number): void {
    const code = codes[symbol]!
    this.#put(code >> 5, code & 31)
  }

  /** Appends the `count` low bits of a number, 16 at most; a byte of ones is followed by one of zeros. */
  #put(value: number, count: number): void {
    this.#bits = (this.#bits << count) | value
    this.#bitCount += count
    while (this.#bitCount >= 8) {
      this.#bitCount -= 8
      const byte = (this.#bits >> this.#bitCount) & 0xff
      this.#push(byte)
      if (byte === 0xff) this.#push(0)
    }
    this.#bits &= (1 << this.#bitCount) - 1
  }

  #push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#bytes[this.#length++] = byte
  }
}
