import type { PyramidInfo } from '../../formats/pyramid-info.ts'
import { levelSize, levelTiles } from './geometry.ts'

/** One step of an ingest. Each needs only the source and what steps before it stored. */
export type IngestStep =
  /** A row of full-resolution tiles, cut out of the decoded image. */
  | { kind: 'strip'; z: number; row: number; y: number; height: number }
  /** One tile of a lower level, made of the stored tiles above it. */
  | { kind: 'tile'; z: number; x: number; y: number }
  /** The thumbnail, made of the stored tile at the pyramid's top. */
  | { kind: 'thumbnail' }

/** All steps of an ingest, in the order they must be run. The same pyramid always gives the same list. */
export function ingestSteps(pyramid: PyramidInfo): IngestStep[] {
  const steps: IngestStep[] = []
  const full = pyramid.levels - 1
  const { height } = levelSize(pyramid, full)
  for (let y = 0; y < height; y += pyramid.tileSize) {
    steps.push({
      kind: 'strip',
      z: full,
      row: y / pyramid.tileSize,
      y,
      height: Math.min(pyramid.tileSize, height - y),
    })
  }
  for (let z = full - 1; z >= 0; z--) {
    const { columns, rows } = levelTiles(pyramid, z)
    for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) steps.push({ kind: 'tile', z, x, y })
  }
  steps.push({ kind: 'thumbnail' })
  return steps
}
