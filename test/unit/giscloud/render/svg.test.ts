import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { FormatError } from '../../../../src/formats/format-error.ts'
import { colourOf, element, svgDocument } from '../../../../src/formats/svg/elements.ts'
import { pathData } from '../../../../src/formats/svg/path-data.ts'
import { checkedDrawing, DRAWING_MAX_BYTES } from '../../../../src/formats/svg/plain-drawing.ts'
import type { SvgRasterizer } from '../../../../src/formats/svg/rasterizer.ts'
import { readFontMetrics } from '../../../../src/formats/truetype/font-metrics.ts'
import { fontFile, testRasterizer } from './tools.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const svg = (content: string, attributes = '') =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10" ${attributes}>${content}</svg>`

let rasterizer: SvgRasterizer
beforeAll(async () => {
  rasterizer = await testRasterizer()
})

describe('path data', () => {
  const coordinate = fc.integer({ min: -100_000, max: 100_000 })
  const part = fc
    .array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 12 })
    .map((points) => points.flat())

  it('gives every part back, but for points that are where the one before is', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), fc.boolean(), (parts, isClosed) => {
        expect(readPath(pathData(parts, isClosed))).toEqual(parts.map(withoutRepeats))
      }),
    )
  })

  const withoutRepeats = (points: number[]): number[] => {
    const kept = points.slice(0, 2)
    for (let i = 2; i < points.length; i += 2)
      if (points[i] !== kept.at(-2) || points[i + 1] !== kept.at(-1)) kept.push(points[i]!, points[i + 1]!)
    return kept.length === 2 ? [...kept, ...kept] : kept
  }

  /** A reader of `M`, `l` and `z`, as SVG has them. */
  function readPath(data: string): number[][] {
    return [...data.matchAll(/M([^Mz]*)z?/g)].map(([, text]) => {
      const [x, y, ...steps] = [...text!.matchAll(/-?\d+/g)].map(Number)
      const points = [x!, y!]
      for (let i = 0; i < steps.length; i += 2)
        points.push(points.at(-2)! + steps[i]!, points.at(-1)! + steps[i + 1]!)
      return points
    })
  }
})

describe('elements', () => {
  it('cannot be left by what stands in their attributes', () => {
    const hostile = '"/><image href="http://example.org/x"/><a b="'
    const text = svgDocument({ width: 5, height: 5, top: 0 }, element('g', { id: hostile }))
    expect(text).not.toContain('<image')
    expect(() => rasterizer.draw(text)).not.toThrow()
  })

  it('have colours of six digits, whatever they are made of', () => {
    expect(colourOf([0, 128, 255])).toBe('#0080ff')
    expect(colourOf([-4, 300, 1.6])).toBe('#00ff02')
  })
})

describe('the rasterizer', () => {
  it('gives colours that are not multiplied by their alpha', () => {
    const { width, height, data } = rasterizer.draw(
      svg('<rect width="20" height="10" fill="#f80" opacity=".5"/>'),
    )
    expect([width, height]).toEqual([20, 10])
    const [red, green, blue, alpha] = data
    expect(alpha).toBe(128)
    expect(Math.abs(red! - 255) + Math.abs(green! - 136) + blue!).toBeLessThan(4)
  })

  it('fits a drawing to its longer side', () => {
    const drawn = rasterizer.drawFitted(svg('<rect width="20" height="10" fill="#123456"/>'), () => 64)
    expect([drawn.width, drawn.height]).toEqual([64, 32])
    expect([...drawn.data.subarray(0, 4)]).toEqual([0x12, 0x34, 0x56, 255])
  })

  it('refuses what is no drawing, or one of an extreme shape', () => {
    expect(() => rasterizer.drawFitted('<svg', () => 10)).toThrow()
    const thin = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="9999"/>'
    expect(() => rasterizer.drawFitted(thin, () => 10)).toThrow()
  })

  it('draws texts as wide as their metrics say', () => {
    const [text, size] = ['Handwerk 1798', 40]
    const { width, data } = rasterizer.draw(
      `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="60"><text x="0" y="45" font-family="DejaVu Sans" font-size="${size}">${text}</text></svg>`,
      true,
    )
    const columns = Array.from({ length: width }, (_, x) =>
      Array.from({ length: 60 }, (_, y) => data[(y * width + x) * 4 + 3]!).some((alpha) => alpha > 0),
    )
    const last = columns.lastIndexOf(true) + 1
    expect(Math.abs(last - rasterizer.metrics.widthOf(text) * size)).toBeLessThan(0.1 * size)
  })
})

describe('metrics of a font', () => {
  it('are those that its tables have', async () => {
    const { ascent, descent, widthOf } = readFontMetrics(await fontFile())
    expect([ascent * 2048, descent * 2048]).toEqual([1901, 483])
    expect(widthOf(' ') * 2048).toBe(651)
    expect(widthOf('W') * 2048).toBe(2025)
    // U+1D7D8, beyond the characters of 16 bits; one that the font has not has the width of its box.
    expect(widthOf('𝟘') * 2048).toBe(1303)
    expect(widthOf('你') * 2048).toBe(1229)
  })

  it('say so where there is no font', () => {
    expect(() => readFontMetrics(new Uint8Array(100))).toThrow(FormatError)
    expect(() => readFontMetrics(new Uint8Array(3))).toThrow(FormatError)
  })
})

describe('a drawing that came from a user', () => {
  it('is taken where it only draws', () => {
    const plain = svg(
      '<defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient></defs><path fill="url(#g)" d="M0 0h9v9z"/>',
    )
    expect(checkedDrawing(utf8(plain))).toBe(plain)
    const edited = svg('<inkscape:view xmlns:inkscape="http://x" inkscape:zoom="1"/><circle r="3"/>')
    expect(checkedDrawing(utf8(edited))).toBe(edited)
  })

  it.each([
    ['repetition', svg('<g id="a"><path d="M0 0h1v1z"/></g><use href="#a"/>')],
    ['what lies elsewhere', svg('<image href="file:///etc/passwd" width="9" height="9"/>')],
    ['scripts', svg('<script>1</script>')],
    ['pages', svg('<foreignObject/>')],
    ['work on pixels', svg('<filter id="f"/>')],
    ['entities', `<!DOCTYPE svg [<!ENTITY a "b">]>${svg('')}`],
    ['another vocabulary', '<html/>'],
    ['a fault in its XML', svg('<path>')],
    ['nothing', ''],
    ['too many parts', svg('<path/>'.repeat(2001))],
    ['depth', svg('<g>'.repeat(40) + '</g>'.repeat(40))],
    ['too much', svg(`<path d="${'M0 0'.repeat(DRAWING_MAX_BYTES / 4)}"/>`)],
  ])('is refused for %s', (_what, text) => {
    expect(() => checkedDrawing(utf8(text))).toThrow(FormatError)
  })
})
