import { type Attributes, element, svgDocument } from '../../formats/svg/elements.ts'
import type { SvgRasterizer } from '../../formats/svg/rasterizer.ts'
import type { TargetGrid } from '../../geo/warp/target-grid.ts'
import { compositeUnder } from '../render/composite.ts'
import type { DrawPart } from '../render/encoded-picture.ts'

/** An SVG element and the rows of the picture that it may touch. */
export interface DrawnElement {
  svg: string
  /** Pixels from the picture's top; greater than `top` by something. */
  top: number
  bottom: number
}

/** Elements that are drawn alike, the lowest first. */
export interface DrawnGroup {
  attributes: Attributes
  elements: readonly DrawnElement[]
}

export interface VectorPlane {
  kind: 'vector'
  /** 0 to 1. */
  opacity: number
  /** Elements that others refer to. */
  definitions: readonly string[]
  groups: readonly DrawnGroup[]
  hasText: boolean
}

export interface RasterPlane {
  kind: 'raster'
  opacity: number
  draw: DrawPart
}

/** What one layer of a map is in a picture. */
export type Plane = VectorPlane | RasterPlane

/** All of a picture, the lowest plane first. */
export type Scene = readonly Plane[]

/** RGBA of a part of a scene, from a row on. Vector planes that follow one another are drawn at once. */
export async function drawScene(
  scene: Scene,
  rasterizer: SvgRasterizer,
  part: TargetGrid,
  row: number,
): Promise<Uint8Array> {
  const { width, height } = part
  const canvas = new Uint8Array(width * height * 4)
  for (const stack of stacksOf(scene).toReversed()) {
    const drawn =
      stack.kind === 'raster' ? await stack.draw(part, row) : drawVectors(stack.planes, rasterizer, part, row)
    if (!drawn) continue
    const isOpaque = compositeUnder(canvas, stack.kind === 'raster' ? faded(drawn, stack.opacity) : drawn)
    if (isOpaque) break
  }
  return canvas
}

type Stack = RasterPlane | { kind: 'vectors'; planes: VectorPlane[] }

function stacksOf(scene: Scene): Stack[] {
  const stacks: Stack[] = []
  for (const plane of scene) {
    const top = stacks.at(-1)
    if (plane.kind === 'raster') stacks.push(plane)
    else if (top?.kind === 'vectors') top.planes.push(plane)
    else stacks.push({ kind: 'vectors', planes: [plane] })
  }
  return stacks
}

/** Pixels at a share of their opacity, in a copy where that is not all of it. */
function faded(rgba: Uint8Array, opacity: number): Uint8Array {
  if (opacity >= 1) return rgba
  const out = rgba.slice()
  for (let i = 3; i < out.length; i += 4) out[i] = Math.round(out[i]! * opacity)
  return out
}

function drawVectors(
  planes: readonly VectorPlane[],
  rasterizer: SvgRasterizer,
  { width, height }: TargetGrid,
  row: number,
): Uint8Array | null {
  const drawn = planes.flatMap((plane) => {
    const content = contentOf(plane, row, row + height)
    return content === '' ? [] : [{ ...plane, content }]
  })
  if (drawn.length === 0) return null
  const definitions = drawn.flatMap((plane) => plane.definitions).join('')
  const body = drawn
    .map(({ opacity, content }) => (opacity >= 1 ? content : element('g', { opacity }, content)))
    .join('')
  const svg = svgDocument(
    { width, height, top: row },
    definitions === '' ? body : element('defs', {}, definitions) + body,
  )
  return rasterizer.draw(
    svg,
    drawn.some(({ hasText }) => hasText),
  ).data
}

/** The elements of a plane that touch some rows. */
function contentOf({ groups }: VectorPlane, from: number, to: number): string {
  let content = ''
  for (const { attributes, elements } of groups) {
    let inside = ''
    for (const { svg, top, bottom } of elements) if (top < to && bottom > from) inside += svg
    if (inside !== '') content += element('g', attributes, inside)
  }
  return content
}
