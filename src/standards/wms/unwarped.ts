import { type DrawingTools, openPyramid } from '../../domain/render/draw.ts'
import { ScanRenderer } from '../../domain/render/scan-renderer.ts'
import type { FittedTransform } from '../../geo/transform.ts'
import type { PlaneBox } from '../../geo/warp/system-grid.ts'
import { geographicGrid, type TargetGrid } from '../../geo/warp/target-grid.ts'
import type { ScanImageSource } from '../../store/scan-images.ts'

/** Draws a scan's image as it was before it was rectified, on a plane of its own pixels with y up. */
export function unwarpedRenderer(tools: DrawingTools, source: ScanImageSource): ScanRenderer {
  const { width, height } = source.pyramid
  const flip = {
    ...{ kind: 'polynomial', order: 1, centre: [0, 0], scale: [1, 1] },
    ...{ u: [0, 1, 0], v: [height, 0, -1] },
  } satisfies FittedTransform['forward']
  const fit: FittedTransform = { method: 'p1', forward: flip, backward: flip }
  return new ScanRenderer(openPyramid(tools, source), fit, [0, 0, width, height], 'bilinear', null)
}

export const pixelGrid = ([minX, minY, maxX, maxY]: PlaneBox, width: number, height: number): TargetGrid =>
  geographicGrid(minX, maxY, (maxX - minX) / width, (maxY - minY) / height, width, height)
