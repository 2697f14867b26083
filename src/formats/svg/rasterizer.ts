import { initWasm, Resvg } from '@resvg/resvg-wasm'
import { type FontMetrics, readFontMetrics } from '../truetype/font-metrics.ts'

/** The family that texts name, and that is there. */
export const FONT_FAMILY = 'DejaVu Sans'

/** Draws SVG documents by resvg: static SVG 1.1, nothing from outside a document. */
export interface SvgRasterizer {
  /** How texts in `FONT_FAMILY` come out. */
  metrics: FontMetrics
  /**
   * RGBA, not premultiplied, of a document's own size.
   * @param withText whether it has any: the font takes its time
   * @throws Error where the document is not understood
   */
  draw(svg: string, withText?: boolean): DrawnSvg
  /** A document fitted to a side of so many pixels, the longer one. @throws Error */
  drawFitted(svg: string, sideOf: (natural: Size) => number): DrawnSvg
}

interface Size {
  width: number
  height: number
}

export interface DrawnSvg extends Size {
  data: Uint8Array
}

/** How many times as long as high a drawing may be. */
const RATIO_MAX = 16

let started: Promise<void> | null = null

/**
 * Starts resvg, once an isolate.
 * @param module `@resvg/resvg-wasm/index_bg.wasm`, compiled
 * @param font TrueType file of `FONT_FAMILY`
 */
export async function loadSvgRasterizer(
  module: WebAssembly.Module,
  font: Uint8Array,
): Promise<SvgRasterizer> {
  started ??= initWasm(module)
  await started
  const fonts = {
    fontBuffers: [font],
    defaultFontFamily: FONT_FAMILY,
    sansSerifFamily: FONT_FAMILY,
  }
  return {
    metrics: readFontMetrics(font),
    draw: (svg, withText = false) =>
      drawn(new Resvg(svg, { font: withText ? fonts : { loadSystemFonts: false } })),
    drawFitted(svg, sideOf) {
      const natural = sizeOf(svg)
      const { width, height } = natural
      if (!(width > 0 && height > 0) || Math.max(width / height, height / width) > RATIO_MAX)
        throw new Error(`a drawing of ${width} x ${height}`)
      const value = Math.max(1, Math.round(sideOf(natural)))
      const mode = width >= height ? ('width' as const) : ('height' as const)
      return drawn(new Resvg(svg, { font: { loadSystemFonts: false }, fitTo: { mode, value } }))
    },
  }
}

function sizeOf(svg: string): Size {
  const document = new Resvg(svg, { font: { loadSystemFonts: false } })
  try {
    return { width: document.width, height: document.height }
  } finally {
    document.free()
  }
}

function drawn(document: InstanceType<typeof Resvg>): DrawnSvg {
  try {
    const image = document.render()
    try {
      const { width, height, pixels } = image
      unmultiply(pixels)
      return { width, height, data: pixels }
    } finally {
      image.free()
    }
  } finally {
    document.free()
  }
}

/** Takes the alpha out of colours that have been multiplied by it. */
function unmultiply(rgba: Uint8Array): void {
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3]!
    if (alpha === 0 || alpha === 255) continue
    const share = 255 / alpha
    rgba[i] = Math.min(255, Math.round(rgba[i]! * share))
    rgba[i + 1] = Math.min(255, Math.round(rgba[i + 1]! * share))
    rgba[i + 2] = Math.min(255, Math.round(rgba[i + 2]! * share))
  }
}
