/** Nodes below one, as all writers have it. */
export const INDEX_NODE_SIZE = 16
/** Smallest x, y, greatest x, y as doubles, and a place. */
const ITEM_BYTES = 40
/** The curve's cells on either side of the extent. */
const HILBERT_MAX = 2 ** 16 - 1

/** A feature to be found: its box (smallest x, y, greatest x, y) and its bytes. */
export interface IndexedFeature {
  box: readonly number[]
  size: number
}

/**
 * Order in which features lie so that neighbours are near each other: along a Hilbert curve over their boxes' centres.
 * @returns numbers of features
 */
export function hilbertOrder(features: readonly IndexedFeature[]): number[] {
  const extent = boxAround(features.map(({ box }) => box))
  const [minX, minY, maxX, maxY] = extent as [number, number, number, number]
  const scale = (value: number, min: number, max: number) =>
    max > min ? Math.floor((HILBERT_MAX * (value - min)) / (max - min)) : 0
  const places = Float64Array.from(features, ({ box: [west, south, east, north] }) =>
    hilbertPlace(scale((west! + east!) / 2, minX, maxX), scale((south! + north!) / 2, minY, maxY)),
  )
  return features.map((_, i) => i).sort((a, b) => places[a]! - places[b]! || a - b)
}

/** Place of a cell on a Hilbert curve through 2^16 by 2^16 cells. */
function hilbertPlace(column: number, row: number): number {
  let [x, y] = [column, row]
  let place = 0
  for (let side = 2 ** 15; side >= 1; side /= 2) {
    const [right, up] = [(x & side) > 0 ? 1 : 0, (y & side) > 0 ? 1 : 0]
    place += side * side * ((3 * right) ^ up)
    if (up === 0) {
      if (right === 1) [x, y] = [HILBERT_MAX - x, HILBERT_MAX - y]
      ;[x, y] = [y, x]
    }
  }
  return place
}

/**
 * The packed R-tree that stands between the header and the features of a FlatGeobuf file: the root first, the leaves last.
 * @param features in the order in which they lie in the file; at least one
 */
export function packedIndex(features: readonly IndexedFeature[]): Uint8Array {
  let offset = 0
  const leaves = features.map(({ box, size }) => {
    const item = { box, place: offset }
    offset += size
    return item
  })
  const levels = [leaves]
  const counts = [leaves.length]
  do counts.push(Math.ceil(counts.at(-1)! / INDEX_NODE_SIZE))
  while (counts.at(-1)! > 1)
  const total = counts.reduce((sum, count) => sum + count, 0)
  let first = total - leaves.length
  for (let i = 1; i < counts.length; i++) {
    const below = levels[i - 1]!
    const start = first
    levels.push(
      Array.from({ length: counts[i]! }, (_, n) => {
        const children = below.slice(n * INDEX_NODE_SIZE, (n + 1) * INDEX_NODE_SIZE)
        return { box: boxAround(children.map(({ box }) => box)), place: start + n * INDEX_NODE_SIZE }
      }),
    )
    first -= counts[i]!
  }
  return encodeItems(levels.reverse().flat())
}

function encodeItems(items: readonly { box: readonly number[]; place: number }[]): Uint8Array {
  const bytes = new Uint8Array(items.length * ITEM_BYTES)
  const view = new DataView(bytes.buffer)
  items.forEach(({ box, place }, i) => {
    for (let n = 0; n < 4; n++) view.setFloat64(i * ITEM_BYTES + 8 * n, box[n]!, true)
    view.setBigUint64(i * ITEM_BYTES + 32, BigInt(place), true)
  })
  return bytes
}

function boxAround(boxes: readonly (readonly number[])[]): number[] {
  const box = [...boxes[0]!]
  for (const [west, south, east, north] of boxes) {
    if (west! < box[0]!) box[0] = west!
    if (south! < box[1]!) box[1] = south!
    if (east! > box[2]!) box[2] = east!
    if (north! > box[3]!) box[3] = north!
  }
  return box
}
