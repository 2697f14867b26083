import type { MaskPolygons } from '../mask-polygons.ts'

/** Cells along a side of the index. */
const CELLS_MIN = 4
const CELLS_MAX = 256
/** Where in a cell its reference position is: at no share of it that a drawn line would likely have. */
const REFERENCE_SHARE_X = 0.381966011
const REFERENCE_SHARE_Y = 0.414213562
/** A turn of a path this near to an edge is not trusted, px. */
const NEAR_PX = 1e-6

/**
 * The edges of polygons on a grid of cells, for looking up which of them are near a place, and which places lie inside
 * (an odd number of edges away from the outside). Edges are numbered from 0, ring after ring.
 */
export class EdgeIndex {
  /** Ends of the edges: x0, y0, x1, y1. */
  readonly edges: Float64Array
  readonly edgeCount: number
  /** The box of all edges. */
  readonly bounds: readonly [minX: number, minY: number, maxX: number, maxY: number]
  readonly #left: number
  readonly #top: number
  readonly #right: number
  readonly #bottom: number
  readonly #cells: number
  readonly #cellWidth: number
  readonly #cellHeight: number
  /** Edges of cell `c`: `#members[#starts[c]]` up to `#starts[c + 1]`. */
  readonly #starts: Int32Array
  readonly #members: Int32Array
  /** Whether the reference position of a cell is inside, by column and row. */
  readonly #insideReference: Uint8Array
  readonly #seen: Int32Array
  #search = 0

  constructor(polygons: MaskPolygons) {
    this.edges = edgesOf(polygons)
    this.edgeCount = this.edges.length / 4
    this.bounds = boundsOf(this.edges)
    const [left, top, right, bottom] = this.bounds
    this.#left = left
    this.#top = top
    this.#right = right
    this.#bottom = bottom
    this.#cells = Math.min(CELLS_MAX, Math.max(CELLS_MIN, Math.ceil(2 * Math.sqrt(this.edgeCount))))
    this.#cellWidth = Math.max(right - left, Number.EPSILON) / this.#cells
    this.#cellHeight = Math.max(bottom - top, Number.EPSILON) / this.#cells
    const { starts, members } = this.#fill()
    this.#starts = starts
    this.#members = members
    this.#insideReference = this.#references()
    this.#seen = new Int32Array(this.edgeCount)
  }

  /** Calls `visit` with the edges of every cell that has any; an edge may be in several cells. */
  forEachCell(visit: (edges: Int32Array) => void): void {
    for (let cell = 0; cell < this.#cells ** 2; cell++) {
      const from = this.#starts[cell]!
      const to = this.#starts[cell + 1]!
      if (to > from) visit(this.#members.subarray(from, to))
    }
  }

  /** Whether an edge touches the box. */
  touches(minX: number, minY: number, maxX: number, maxY: number): boolean {
    return this.#visit(minX, minY, maxX, maxY, null)
  }

  /** Adds the numbers of all edges that touch the box to `found`, each once. */
  gather(minX: number, minY: number, maxX: number, maxY: number, found: number[]): void {
    this.#visit(minX, minY, maxX, maxY, found)
  }

  /** Whether a position is inside. */
  contains(x: number, y: number): boolean {
    if (!(x >= this.#left && x <= this.#right && y >= this.#top && y <= this.#bottom)) return false
    const col = this.#column(x)
    const row = this.#row(y)
    const cell = row * this.#cells + col
    const referenceX = this.#left + (col + REFERENCE_SHARE_X) * this.#cellWidth
    const referenceY = this.#top + (row + REFERENCE_SHARE_Y) * this.#cellHeight
    let inside = this.#insideReference[cell]! === 1
    for (let i = this.#starts[cell]!; i < this.#starts[cell + 1]!; i++) {
      const edge = this.#members[i]!
      if (this.#nearTurn(edge, referenceX, y)) return this.#containsByAll(x, y)
      if (this.crossesPath(edge, referenceX, referenceY, x, y)) inside = !inside
    }
    return inside
  }

  /**
   * Whether an edge is crossed an odd number of times on the way from (fromX, fromY) along its column to the height
   * of `toY`, and from there along the row to (toX, toY). Of an edge's ends the one of lesser coordinate is its own.
   */
  crossesPath(edge: number, fromX: number, fromY: number, toX: number, toY: number): boolean {
    const x0 = this.edges[edge * 4]!
    const y0 = this.edges[edge * 4 + 1]!
    const x1 = this.edges[edge * 4 + 2]!
    const y1 = this.edges[edge * 4 + 3]!
    let odd = false
    if (x0 <= fromX !== x1 <= fromX) {
      const y = y0 + ((fromX - x0) / (x1 - x0)) * (y1 - y0)
      odd = y > fromY !== y > toY
    }
    if (y0 <= toY !== y1 <= toY) {
      const x = x0 + ((toY - y0) / (y1 - y0)) * (x1 - x0)
      if (x > fromX !== x > toX) odd = !odd
    }
    return odd
  }

  /** Whether a slanted edge runs so near the turn of a path that rounding may put it on either side. */
  #nearTurn(edge: number, x: number, y: number): boolean {
    const x0 = this.edges[edge * 4]!
    const y0 = this.edges[edge * 4 + 1]!
    const x1 = this.edges[edge * 4 + 2]!
    const y1 = this.edges[edge * 4 + 3]!
    if (x0 === x1 || y0 === y1 || x0 <= x === x1 <= x) return false
    return Math.abs(y0 + ((x - x0) / (x1 - x0)) * (y1 - y0) - y) < NEAR_PX
  }

  #containsByAll(x: number, y: number): boolean {
    let inside = false
    for (let edge = 0; edge < this.edgeCount; edge++)
      if (this.crossesPath(edge, this.#left - 1, y, x, y)) inside = !inside
    return inside
  }

  #visit(minX: number, minY: number, maxX: number, maxY: number, found: number[] | null): boolean {
    if (maxX < this.#left || minX > this.#right || maxY < this.#top || minY > this.#bottom) return false
    const lastCol = this.#column(maxX)
    const lastRow = this.#row(maxY)
    const search = ++this.#search
    for (let row = this.#row(minY); row <= lastRow; row++) {
      for (let col = this.#column(minX); col <= lastCol; col++) {
        const cell = row * this.#cells + col
        for (let i = this.#starts[cell]!; i < this.#starts[cell + 1]!; i++) {
          const edge = this.#members[i]!
          if (this.#seen[edge] === search) continue
          this.#seen[edge] = search
          if (!this.#meets(edge, minX, minY, maxX, maxY)) continue
          if (!found) return true
          found.push(edge)
        }
      }
    }
    return false
  }

  /** Whether an edge and a box have a point in common: no axis and not the edge's normal keeps them apart. */
  #meets(edge: number, minX: number, minY: number, maxX: number, maxY: number): boolean {
    const x0 = this.edges[edge * 4]!
    const y0 = this.edges[edge * 4 + 1]!
    const x1 = this.edges[edge * 4 + 2]!
    const y1 = this.edges[edge * 4 + 3]!
    if ((x0 < minX && x1 < minX) || (x0 > maxX && x1 > maxX)) return false
    if ((y0 < minY && y1 < minY) || (y0 > maxY && y1 > maxY)) return false
    const dx = x1 - x0
    const dy = y1 - y0
    const centre = dx * ((minY + maxY) / 2 - y0) - dy * ((minX + maxX) / 2 - x0)
    const reach = (Math.abs(dx) * (maxY - minY) + Math.abs(dy) * (maxX - minX)) / 2
    return Math.abs(centre) <= reach
  }

  #column(x: number): number {
    return Math.min(this.#cells - 1, Math.max(0, Math.floor((x - this.#left) / this.#cellWidth)))
  }

  #row(y: number): number {
    return Math.min(this.#cells - 1, Math.max(0, Math.floor((y - this.#top) / this.#cellHeight)))
  }

  /** Puts every edge into the cells it touches: first counts, then places. */
  #fill(): { starts: Int32Array; members: Int32Array } {
    const starts = new Int32Array(this.#cells ** 2 + 1)
    this.#forEachTouched((cell) => starts[cell + 1]!++)
    for (let cell = 0; cell < this.#cells ** 2; cell++) starts[cell + 1]! += starts[cell]!
    const members = new Int32Array(starts.at(-1)!)
    const next = starts.slice()
    this.#forEachTouched((cell, edge) => {
      members[next[cell]!++] = edge
    })
    return { starts, members }
  }

  #forEachTouched(visit: (cell: number, edge: number) => void): void {
    for (let edge = 0; edge < this.edgeCount; edge++) {
      const x0 = this.edges[edge * 4]!
      const y0 = this.edges[edge * 4 + 1]!
      const x1 = this.edges[edge * 4 + 2]!
      const y1 = this.edges[edge * 4 + 3]!
      const slope = y0 === y1 ? 0 : (x1 - x0) / (y1 - y0)
      const lastRow = this.#row(Math.max(y0, y1) + NEAR_PX)
      for (let row = this.#row(Math.min(y0, y1) - NEAR_PX); row <= lastRow; row++) {
        // Where the edge is at the row's upper and lower side, or at its ends.
        const upper = between(this.#top + row * this.#cellHeight, y0, y1)
        const lower = between(this.#top + (row + 1) * this.#cellHeight, y0, y1)
        const a = y0 === y1 ? x0 : x0 + (upper - y0) * slope
        const b = y0 === y1 ? x1 : x0 + (lower - y0) * slope
        const lastCol = this.#column(Math.max(a, b) + NEAR_PX)
        for (let col = this.#column(Math.min(a, b) - NEAR_PX); col <= lastCol; col++)
          visit(row * this.#cells + col, edge)
      }
    }
  }

  /** Along each row of cells at the height of the reference positions, where the inside begins and ends. */
  #references(): Uint8Array {
    const inside = new Uint8Array(this.#cells ** 2)
    const crossings: number[][] = Array.from({ length: this.#cells }, () => [])
    for (let edge = 0; edge < this.edgeCount; edge++) {
      const x0 = this.edges[edge * 4]!
      const y0 = this.edges[edge * 4 + 1]!
      const x1 = this.edges[edge * 4 + 2]!
      const y1 = this.edges[edge * 4 + 3]!
      const lastRow = this.#row(Math.max(y0, y1))
      for (let row = this.#row(Math.min(y0, y1)); row <= lastRow; row++) {
        const y = this.#top + (row + REFERENCE_SHARE_Y) * this.#cellHeight
        if (y0 <= y !== y1 <= y) crossings[row]!.push(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0))
      }
    }
    for (const [row, places] of crossings.entries()) {
      places.sort((a, b) => a - b)
      let passed = 0
      for (let col = 0; col < this.#cells; col++) {
        const x = this.#left + (col + REFERENCE_SHARE_X) * this.#cellWidth
        while (passed < places.length && places[passed]! <= x) passed++
        inside[row * this.#cells + col] = passed & 1
      }
    }
    return inside
  }
}

function edgesOf(polygons: MaskPolygons): Float64Array {
  const rings = polygons.flat()
  const edges = new Float64Array(rings.reduce((sum, ring) => sum + ring.length - 1, 0) * 4)
  let at = 0
  for (const ring of rings) {
    for (let i = 1; i < ring.length; i++, at += 4) {
      edges.set(ring[i - 1]!, at)
      edges.set(ring[i]!, at + 2)
    }
  }
  return edges
}

function boundsOf(edges: Float64Array): [minX: number, minY: number, maxX: number, maxY: number] {
  let minX = Number.POSITIVE_INFINITY
  let minY = Number.POSITIVE_INFINITY
  let maxX = Number.NEGATIVE_INFINITY
  let maxY = Number.NEGATIVE_INFINITY
  for (let i = 0; i < edges.length; i += 2) {
    minX = Math.min(minX, edges[i]!)
    maxX = Math.max(maxX, edges[i]!)
    minY = Math.min(minY, edges[i + 1]!)
    maxY = Math.max(maxY, edges[i + 1]!)
  }
  return [minX, minY, maxX, maxY]
}

const between = (value: number, a: number, b: number): number =>
  Math.min(Math.max(a, b), Math.max(Math.min(a, b), value))
