import { FormatError } from '../format-error.ts'

/** How wide texts are in a font, and how high; in shares of the font's size. */
export interface FontMetrics {
  /** From the baseline up, and from it down. */
  ascent: number
  descent: number
  /** The width of a text, without what kerning and ligatures would make of it. */
  widthOf(text: string): number
}

/**
 * The metrics of a TrueType or OpenType font (ISO/IEC 14496-22): tables `head`, `hhea`, `hmtx` and `cmap` with a subtable of
 * format 4 or 12.
 * @throws FormatError `bad-font`
 */
export function readFontMetrics(bytes: Uint8Array): FontMetrics {
  try {
    return metricsOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  } catch (error) {
    if (error instanceof RangeError) throw new FormatError('bad-font', 'the font is cut off')
    throw error
  }
}

function metricsOf(font: DataView): FontMetrics {
  const tables = tablesOf(font)
  const table = (tag: string): number => {
    const offset = tables.get(tag)
    if (offset === undefined) throw new FormatError('bad-font', `the font has no table ${tag}`)
    return offset
  }
  const unitsPerEm = font.getUint16(table('head') + 18)
  const hhea = table('hhea')
  const advances = font.getUint16(hhea + 34)
  const hmtx = table('hmtx')
  const glyphOf = glyphLookUp(font, table('cmap'))
  /** Glyphs after the last that has a width have its width. */
  const advanceOf = (glyph: number) => font.getUint16(hmtx + 4 * Math.min(glyph, advances - 1)) / unitsPerEm
  return {
    ascent: font.getInt16(hhea + 4) / unitsPerEm,
    descent: -font.getInt16(hhea + 6) / unitsPerEm,
    widthOf(text) {
      let width = 0
      for (const character of text) width += advanceOf(glyphOf(character.codePointAt(0)!))
      return width
    },
  }
}

function tablesOf(font: DataView): Map<string, number> {
  const tables = new Map<string, number>()
  const count = font.getUint16(4)
  for (let i = 0, at = 12; i < count; i++, at += 16) {
    const tag = String.fromCharCode(...[0, 1, 2, 3].map((byte) => font.getUint8(at + byte)))
    tables.set(tag, font.getUint32(at + 8))
  }
  return tables
}

type GlyphLookUp = (codePoint: number) => number

/** The number of the glyph that a font has where it has none. */
const MISSING = 0

function glyphLookUp(font: DataView, cmap: number): GlyphLookUp {
  const count = font.getUint16(cmap + 2)
  const subtables = Array.from({ length: count }, (_, i) => cmap + font.getUint32(cmap + 4 + 8 * i + 4))
  const ofFormat = (format: number) => subtables.find((at) => font.getUint16(at) === format)
  const full = ofFormat(12)
  if (full !== undefined) return (codePoint) => glyphOfGroups(font, full, codePoint)
  const basic = ofFormat(4)
  if (basic === undefined) throw new FormatError('bad-font', 'the font has no table of characters')
  return (codePoint) => (codePoint > 0xffff ? MISSING : glyphOfSegments(font, basic, codePoint))
}

/** The first of `count` sorted items that ends at a code point or after it. */
function firstEnding(count: number, endOf: (i: number) => number, codePoint: number): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >> 1
    if (endOf(middle) < codePoint) low = middle + 1
    else high = middle
  }
  return low
}

function glyphOfGroups(font: DataView, at: number, codePoint: number): number {
  const count = font.getUint32(at + 12)
  const group = (i: number) => at + 16 + 12 * i
  const i = firstEnding(count, (index) => font.getUint32(group(index) + 4), codePoint)
  if (i === count) return MISSING
  const start = font.getUint32(group(i))
  return codePoint < start ? MISSING : font.getUint32(group(i) + 8) + codePoint - start
}

function glyphOfSegments(font: DataView, at: number, codePoint: number): number {
  const doubled = font.getUint16(at + 6)
  const ends = at + 14
  const starts = ends + doubled + 2
  const deltas = starts + doubled
  const ranges = deltas + doubled
  const i = firstEnding(doubled / 2, (index) => font.getUint16(ends + 2 * index), codePoint)
  if (i === doubled / 2) return MISSING
  const start = font.getUint16(starts + 2 * i)
  if (codePoint < start) return MISSING
  const delta = font.getUint16(deltas + 2 * i)
  const range = font.getUint16(ranges + 2 * i)
  if (range === 0) return (codePoint + delta) & 0xffff
  const glyph = font.getUint16(ranges + 2 * i + range + 2 * (codePoint - start))
  return glyph === MISSING ? MISSING : (glyph + delta) & 0xffff
}
