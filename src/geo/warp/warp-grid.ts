import type { PlanarFunction } from '../transform.ts'
import { GridCellStore, type WarpGrid } from './grid-cells.ts'
import {
  BIQUARTIC_STEPS,
  biquadraticSquaredError,
  biquartic,
  isNowhere,
  LATTICE_NUMBERS,
  latticeAt,
} from './lattice.ts'
import type { TargetGrid } from './target-grid.ts'

/** Side of the largest cell in target pixels; the cells of one row of roots follow each other in the grid. */
export const ROOT_CELL_PX = 64

/** What a grid promises: source coordinates within this many pixels (of the sampled level) of the exact map. */
export const GRID_ERROR_MAX_PX = 0.125

/**
 * What is asked of a cell's check points. Far below the promise: an edge of 255 grey levels turns 0.01 px into 2.5
 * levels, and nearest neighbour picks another pixel for about twice the mean error of all samples.
 */
const GRID_TOLERANCE_PX = 1 / 512

/** Part of the tolerance that a biquartic may use up. */
const SURROGATE_SHARE = 1 / 4

/** Beyond this nothing is interpolated: the horizon of a projective map, a pole of the target grid. */
const COORDINATE_MAX_PX = 1e7
/** In a projection a cell of at most this side none of whose 13 points is anywhere is not looked at more closely. */
const NOWHERE_CELL_MAX_PX = 16
/** Smallest cell for which a biquartic is tried; its check points lie at eighths of a side. */
const BIQUARTIC_CELL_MIN_PX = 16
/** Check points of the biquartic in eighths: near the maxima of its leading error, and in the middle. */
const BIQUARTIC_CHECKS = [1, 1, 7, 1, 1, 7, 7, 7, 3, 3, 5, 3, 3, 5, 5, 5]

/** The sampled level: its extent may be fractional, since a halved odd dimension is rounded up. */
interface LevelGeometry {
  /** Level pixels per full resolution pixel, a power of two not above 1. */
  scale: number
  /** Width of the image in level pixels (full width times scale, possibly fractional). */
  extentX: number
  /** Height of the image in level pixels. */
  extentY: number
}

/**
 * Source coordinates of every target pixel's centre, as a quadtree of cells of 64, 32, ... 4 px.
 *
 * A cell holds the biquadratic that runs through its 3 x 3 nodes, where the map is exact, once it reproduces the map
 * at four check points; else it is split. Nodes and check points of a splitting cell form a 5 x 5 lattice: when the
 * biquartic through it reproduces the map at further check points, its descendants take their nodes from the
 * biquartic, which spares evaluations of a costly map (a thin plate spline). Cells of 2 px and 1 px hold the
 * coordinates of their pixels. Cells that cannot touch the image are left out, and so are pixels whose source
 * coordinates are not finite: they are outside.
 *
 * @param backward (lon, lat) to full resolution pixel coordinates, corner convention
 * @param tolerancePx accepted error at check points, in pixels of the sampled level
 */
export function buildWarpGrid(
  target: TargetGrid,
  backward: PlanarFunction,
  level: LevelGeometry,
  tolerancePx: number = GRID_TOLERANCE_PX,
): WarpGrid {
  const builder = new GridBuilder(target, backward, level, tolerancePx)
  for (let row = 0; row < target.height; row += ROOT_CELL_PX) {
    for (let col = 0; col < target.width; col += ROOT_CELL_PX) builder.addRoot(col, row)
  }
  return builder.finish()
}

/** An ancestor whose biquartic stands in for the map. */
interface Surrogate {
  lattice: Float64Array
  col: number
  row: number
  /** Steps of the biquartic per target pixel. */
  steps: number
}

class GridBuilder {
  readonly #target: TargetGrid
  readonly #backward: PlanarFunction
  readonly #scale: number
  readonly #toleranceSquared: number
  readonly #surrogateToleranceSquared: number
  readonly #lons: Float64Array
  readonly #lats: Float64Array
  readonly #store: GridCellStore
  /** One lattice for each size of cell. */
  readonly #lattices: Float64Array[]
  readonly #point = new Float64Array(2)
  readonly #approximate = new Float64Array(2)
  #surrogate: Surrogate | null = null

  constructor(target: TargetGrid, backward: PlanarFunction, level: LevelGeometry, tolerancePx: number) {
    this.#target = target
    this.#backward = backward
    this.#scale = level.scale
    this.#toleranceSquared = tolerancePx ** 2
    this.#surrogateToleranceSquared = (tolerancePx * SURROGATE_SHARE) ** 2
    this.#lons = centres(target.width, (col) => target.geoX(col))
    this.#lats = centres(target.height, (row) => target.geoY(row))
    this.#store = new GridCellStore(level.extentX, level.extentY)
    const sizes = Math.log2(ROOT_CELL_PX) - 1
    this.#lattices = Array.from({ length: sizes }, () => new Float64Array(LATTICE_NUMBERS))
  }

  finish(): WarpGrid {
    return this.#store.finish()
  }

  addRoot(col: number, row: number): void {
    for (let v = 0; v < 5; v += 2) {
      for (let u = 0; u < 5; u += 2) this.#evaluate(0, u, v, col, row, ROOT_CELL_PX / 4)
    }
    this.#refine(0, col, row, ROOT_CELL_PX)
  }

  /** Settles a cell whose nodes are in the lattice of its depth. */
  #refine(depth: number, col: number, row: number, size: number): void {
    if (col >= this.#target.width || row >= this.#target.height) return
    const lattice = this.#lattices[depth]!
    const step = size / 4
    for (let v = 1; v < 5; v += 2) {
      for (let u = 1; u < 5; u += 2) this.#evaluate(depth, u, v, col, row, step)
    }
    if (this.#target.projection && size <= NOWHERE_CELL_MAX_PX && isNowhere(lattice)) return
    const error = biquadraticSquaredError(lattice)
    if (error < COORDINATE_MAX_PX ** 2) {
      const accepted = error <= this.#toleranceSquared
      if (this.#store.addQuadratic(lattice, col, row, size, Math.sqrt(error), accepted)) return
    }
    if (step === 1) {
      this.#addExactCells(depth, col, row)
      return
    }
    for (let v = 0; v < 5; v++) {
      for (let u = 1 - (v % 2); u < 5; u += 2) this.#evaluate(depth, u, v, col, row, step)
    }
    const found = this.#surrogate === null && this.#biquarticFits(depth, col, row, size)
    if (found) this.#surrogate = { lattice, col, row, steps: BIQUARTIC_STEPS / size }
    for (let v = 0; v < 4; v += 2) {
      for (let u = 0; u < 4; u += 2) {
        this.#copyNodes(depth, u, v)
        this.#refine(depth + 1, col + u * step, row + v * step, size / 2)
      }
    }
    if (found) this.#surrogate = null
  }

  /** Splits a cell of 4 px, whose lattice points are pixel centres, into cells of 2 px. */
  #addExactCells(depth: number, col: number, row: number): void {
    for (let v = 0; v < 4; v++) {
      for (let u = 1 - (v % 2); u < 4; u += 2) this.#evaluate(depth, u, v, col, row, 1)
    }
    for (let v = 0; v < 4; v += 2) {
      for (let u = 0; u < 4; u += 2) {
        this.#store.addExact(this.#lattices[depth]!, u, v, col + u, row + v, COORDINATE_MAX_PX)
      }
    }
  }

  /** Makes the lattice point of a cell and those two steps on the nodes of a child. */
  #copyNodes(depth: number, u: number, v: number): void {
    const lattice = this.#lattices[depth]!
    const child = this.#lattices[depth + 1]!
    for (let b = 0; b < 3; b++) {
      for (let a = 0; a < 3; a++) {
        const from = latticeAt(u + a, v + b)
        const to = latticeAt(2 * a, 2 * b)
        child[to] = lattice[from]!
        child[to + 1] = lattice[from + 1]!
      }
    }
  }

  #biquarticFits(depth: number, col: number, row: number, size: number): boolean {
    if (size < BIQUARTIC_CELL_MIN_PX) return false
    const steps = BIQUARTIC_STEPS / 8
    for (let i = 0; i < BIQUARTIC_CHECKS.length; i += 2) {
      const s = BIQUARTIC_CHECKS[i]!
      const t = BIQUARTIC_CHECKS[i + 1]!
      this.#exact(col + (s * size) / 8, row + (t * size) / 8)
      biquartic(this.#lattices[depth]!, s * steps, t * steps, this.#approximate)
      const error =
        (this.#approximate[0]! - this.#point[0]!) ** 2 + (this.#approximate[1]! - this.#point[1]!) ** 2
      if (!(error <= this.#surrogateToleranceSquared)) return false
    }
    return true
  }

  /** Fills one point of a lattice, by the map or by what stands in for it. */
  #evaluate(depth: number, u: number, v: number, col: number, row: number, step: number): void {
    const pointCol = col + u * step
    const pointRow = row + v * step
    const surrogate = this.#surrogate
    if (surrogate) {
      const s = (pointCol - surrogate.col) * surrogate.steps
      const t = (pointRow - surrogate.row) * surrogate.steps
      biquartic(surrogate.lattice, s, t, this.#point)
    } else {
      this.#exact(pointCol, pointRow)
    }
    const at = latticeAt(u, v)
    const lattice = this.#lattices[depth]!
    lattice[at] = this.#point[0]!
    lattice[at + 1] = this.#point[1]!
  }

  /** The map at the centre of a target pixel, in level pixels. */
  #exact(col: number, row: number): void {
    this.#backward(this.#lons[col]!, this.#lats[row]!, this.#point)
    this.#point[0]! *= this.#scale
    this.#point[1]! *= this.#scale
  }
}

/** Geographic coordinates of the pixel centres, up to the far nodes of the last root cell. */
function centres(count: number, geo: (position: number) => number): Float64Array {
  const roots = Math.ceil(count / ROOT_CELL_PX)
  return Float64Array.from({ length: roots * ROOT_CELL_PX + 1 }, (_, i) => geo(i + 0.5))
}
