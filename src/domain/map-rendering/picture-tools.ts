import type { SvgRasterizer } from '../../formats/svg/rasterizer.ts'
import type { Context } from '../context.ts'
import type { DrawingTools } from '../render/draw.ts'

/** What drawing a map takes beside the map. */
export interface PictureTools extends DrawingTools {
  context: Pick<Context, 'db' | 'bucket' | 'fetchAllow'>
  rasterizer: SvgRasterizer
}
