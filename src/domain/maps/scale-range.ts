import type { LayerRecord } from '../../store/layers.ts'

/** Denominators of scales, both included. */
export interface ScaleRange {
  min: number
  max: number
}

/**
 * The scales at which a layer is shown, in whichever order its bounds are: between both of them; from the one on that it is
 * switched on at, coming nearer; or, with the other alone, until that.
 */
export function scaleRange({ fromScale, toScale }: Pick<LayerRecord, 'fromScale' | 'toScale'>): ScaleRange {
  if (fromScale && toScale) return { min: Math.min(fromScale, toScale), max: Math.max(fromScale, toScale) }
  return { min: toScale || 0, max: fromScale || Number.POSITIVE_INFINITY }
}
