const PIXEL_BYTES = 4
/** Every fifth byte is weighed: all four channels come in turn. */
const SAMPLE_STEP = PIXEL_BYTES + 1
const SUB = 1
const UP = 2
const PAETH = 4

/**
 * Writes one RGBA row as a PNG scanline: the filter type, then the filtered bytes. Of Sub, Up and Paeth it takes the
 * one whose bytes, read as signed, have the smallest sum of magnitudes (W3C PNG, third edition, section 12.7),
 * estimated from a sample.
 *
 * @param above the row before, zeros for the first
 * @param out row.length + 1 bytes
 */
export function filterRow(row: Uint8Array, above: Uint8Array, out: Uint8Array) {
  const type = chooseFilter(row, above)
  out[0] = type
  for (let i = 0; i < PIXEL_BYTES; i++) out[i + 1] = row[i]! - (type === SUB ? 0 : above[i]!)
  if (type === SUB) {
    for (let i = PIXEL_BYTES; i < row.length; i++) out[i + 1] = row[i]! - row[i - PIXEL_BYTES]!
  } else if (type === UP) {
    for (let i = PIXEL_BYTES; i < row.length; i++) out[i + 1] = row[i]! - above[i]!
  } else {
    for (let i = PIXEL_BYTES; i < row.length; i++) {
      out[i + 1] = row[i]! - paeth(row[i - PIXEL_BYTES]!, above[i]!, above[i - PIXEL_BYTES]!)
    }
  }
}

function chooseFilter(row: Uint8Array, above: Uint8Array): number {
  let subCost = 0
  let upCost = 0
  let paethCost = 0
  for (let i = PIXEL_BYTES; i < row.length; i += SAMPLE_STEP) {
    const left = row[i - PIXEL_BYTES]!
    subCost += magnitude(row[i]! - left)
    upCost += magnitude(row[i]! - above[i]!)
    paethCost += magnitude(row[i]! - paeth(left, above[i]!, above[i - PIXEL_BYTES]!))
  }
  if (upCost <= subCost && upCost <= paethCost) return UP
  return paethCost <= subCost ? PAETH : SUB
}

function magnitude(difference: number): number {
  const byte = difference & 0xff
  return byte < 128 ? byte : 256 - byte
}

/** Of left, above and above left the one nearest to left + above - above left. */
function paeth(left: number, above: number, aboveLeft: number): number {
  const toLeft = Math.abs(above - aboveLeft)
  const toAbove = Math.abs(left - aboveLeft)
  const toAboveLeft = Math.abs(left + above - 2 * aboveLeft)
  if (toLeft <= toAbove && toLeft <= toAboveLeft) return left
  return toAbove <= toAboveLeft ? above : aboveLeft
}
