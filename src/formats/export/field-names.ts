import { type ExportFormat, rulesOf } from './export-format.ts'

const PLACEHOLDER = 'field'

/**
 * Names for the fields of a file, as near to those of the columns as the format allows: cut where they are too long,
 * without the characters it lacks, and each once.
 * @returns one for each column, in their order
 */
export function fieldNames(format: ExportFormat, columns: readonly string[]): string[] {
  const { nameMaxBytes, hasPlainNames, hasXmlNames, ignoresCase, reservedNames } = rulesOf(format)
  const clean = hasPlainNames ? plainName : hasXmlNames ? xmlName : (name: string) => name
  const key = (name: string) => (ignoresCase ? name.toLowerCase() : name)
  const used = new Set<string>(reservedNames)
  const fitting = columns.map((column) => cutText(clean(column), nameMaxBytes))
  // Those that can stay as they are have the first choice.
  const names = columns.map((column, i) => {
    if (fitting[i] !== column || column === '' || used.has(key(column))) return null
    used.add(key(column))
    return column
  })
  return names.map((kept, i) => {
    if (kept !== null) return kept
    const wanted = fitting[i] || PLACEHOLDER
    let name = wanted
    for (let n = 2; used.has(key(name)); n++) {
      const suffix = `_${n}`
      name = cutText(wanted, nameMaxBytes === undefined ? undefined : nameMaxBytes - suffix.length) + suffix
    }
    used.add(key(name))
    return name
  })
}

/** A name for an element of XML, without a colon. */
export const xmlName = (name: string): string =>
  name.replaceAll(/[^\p{L}\p{Nd}_.-]/gu, '_').replace(/^(?![\p{L}_])/u, '_')

const plainName = (name: string): string =>
  name
    .normalize('NFD')
    .replaceAll(/\p{Mn}/gu, '')
    .replaceAll('ß', 'ss')
    .replaceAll(/[^A-Za-z0-9_]/g, '_')

/** Bytes of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    // Either half of a surrogate pair stands for two of its four bytes.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2
  }
  return bytes
}

/** The beginning of a text that has at most so many UTF-8 bytes, whole characters only. */
export function cutText(text: string, maxBytes: number | undefined): string {
  if (maxBytes === undefined || utf8Bytes(text) <= maxBytes) return text
  let bytes = 0
  let end = 0
  for (const character of text) {
    bytes += utf8Bytes(character)
    if (bytes > maxBytes) break
    end += character.length
  }
  return text.slice(0, end)
}
