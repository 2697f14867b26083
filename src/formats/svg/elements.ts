import { xmlText } from '../xml-text.ts'

/** Values of attributes; those that are undefined are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>

/** A number as short as it can be told to a hundredth. */
export const shortNumber = (value: number): string => String(Math.round(value * 100) / 100 + 0)

/** An element. @param content elements, as they are */
export function element(name: string, attributes: Attributes, content = ''): string {
  let text = `<${name}`
  for (const [attribute, value] of Object.entries(attributes))
    if (value !== undefined)
      text += ` ${attribute}="${typeof value === 'number' ? shortNumber(value) : xmlText(value)}"`
  return content === '' ? `${text}/>` : `${text}>${content}</${name}>`
}

/** `#rrggbb` of a colour of 0 to 255. */
export const colourOf = (rgb: readonly [number, number, number]): string =>
  `#${rgb
    .map((value) =>
      Math.min(255, Math.max(0, Math.round(value)))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`

/** An image as the address of itself. */
export function dataUrl(contentType: string, bytes: Uint8Array): string {
  let binary = ''
  for (let i = 0; i < bytes.length; i += CHUNK) binary += String.fromCharCode(...bytes.subarray(i, i + CHUNK))
  return `data:${contentType};base64,${btoa(binary)}`
}

/** Arguments that a function is called with at once. */
const CHUNK = 8192

export interface SvgView {
  /** Pixels. */
  width: number
  height: number
  /** What of the drawing stands at the top, pixels. */
  top: number
}

/** A document that shows a strip of a drawing, pixel by pixel. */
export const svgDocument = ({ width, height, top }: SvgView, content: string): string =>
  element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 ${shortNumber(top)} ${width} ${height}`,
    },
    content,
  )
