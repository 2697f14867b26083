/** Smallest x, y, greatest x, y; pixels. */
export type PixelBox = readonly [minX: number, minY: number, maxX: number, maxY: number]

/** Side of the cells by which boxes are found, pixels. */
const CELL_PX = 64

const overlaps = (a: PixelBox, b: PixelBox): boolean =>
  a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]

/** Places of a picture that are taken. */
export class OccupiedGrid {
  readonly #cells = new Map<string, PixelBox[]>()

  /** Takes a place where nothing of it is taken. */
  take(box: PixelBox): boolean {
    const isFree = this.isFree(box)
    if (isFree) this.keep(box)
    return isFree
  }

  isFree(box: PixelBox): boolean {
    for (const cell of cellsOf(box))
      if (this.#cells.get(cell)?.some((taken) => overlaps(taken, box))) return false
    return true
  }

  /** Takes a place, whatever else is there. */
  keep(box: PixelBox): void {
    for (const cell of cellsOf(box)) {
      const boxes = this.#cells.get(cell)
      if (boxes) boxes.push(box)
      else this.#cells.set(cell, [box])
    }
  }
}

function* cellsOf([minX, minY, maxX, maxY]: PixelBox): Iterable<string> {
  for (let row = Math.floor(minY / CELL_PX); row <= Math.floor(maxY / CELL_PX); row++)
    for (let column = Math.floor(minX / CELL_PX); column <= Math.floor(maxX / CELL_PX); column++)
      yield `${column},${row}`
}
