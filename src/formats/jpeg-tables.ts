/** The example tables of ITU T.81, annex K, which nearly every encoder uses. */

/** Quantisation of luminance and of chrominance at quality 50, row by row (K.1, K.2). */
const LUMINANCE = [
  ...[16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55],
  ...[14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62],
  ...[18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92],
  ...[49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99],
]
const CHROMINANCE = [
  ...[17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99],
  ...[24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99],
  ...new Array<number>(32).fill(99),
]

/** Place in the block of each coefficient in the order they are sent (figure A.6). */
export const ZIGZAG = [
  ...[0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5],
  ...[12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28],
  ...[35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51],
  ...[58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63],
]

/** Quantisation tables of a quality from 1 to 100, scaled as the Independent JPEG Group's encoder does. */
export function quantisationTables(quality: number): { luminance: Uint8Array; chrominance: Uint8Array } {
  const scale = quality < 50 ? 5000 / quality : 200 - quality * 2
  const scaled = (table: number[]) =>
    Uint8Array.from(table, (value) => Math.min(255, Math.max(1, Math.floor((value * scale + 50) / 100))))
  return { luminance: scaled(LUMINANCE), chrominance: scaled(CHROMINANCE) }
}

/** A Huffman table as it is sent: how many codes there are of each length from 1 to 16 bits, and their symbols. */
export interface HuffmanTable {
  counts: readonly number[]
  symbols: Uint8Array
}

/** Differences of DC coefficients, of luminance (K.3). */
export const DC_TABLE: HuffmanTable = {
  counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
  symbols: Uint8Array.from({ length: 12 }, (_, symbol) => symbol),
}

/** Runs and sizes of AC coefficients, of luminance (K.5). */
export const AC_TABLE: HuffmanTable = {
  counts: [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d],
  symbols: bytesOf(
    '01020300041105122131410613516107' +
      '227114328191a1082342b1c11552d1f0' +
      '2433627282090a161718191a25262728' +
      '292a3435363738393a43444546474849' +
      '4a535455565758595a63646566676869' +
      '6a737475767778797a83848586878889' +
      '8a92939495969798999aa2a3a4a5a6a7' +
      'a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5' +
      'c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2' +
      'e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8' +
      'f9fa',
  ),
}

function bytesOf(digits: string): Uint8Array {
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  )
}
