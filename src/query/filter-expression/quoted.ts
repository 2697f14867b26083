/** What stands between quotes, piece by piece: two quotes, something behind a backslash, or a character. */
const PIECES = /""|\\[\s\S]|[\s\S]/gu

/** The text between quotes; a backslash takes its meaning from a quote or a backslash and is else one like any other. */
export const textOf = (quoted: string): string =>
  quoted.replace(PIECES, (piece) => (/^\\["\\]$|^""$/.test(piece) ? piece[1]! : piece))

/**
 * A pattern between quotes, as LIKE has it: `*` is any characters, `?` is one, and a backslash takes their meaning from
 * them, too.
 */
export const patternOf = (quoted: string): string =>
  quoted.replace(PIECES, (piece) => {
    if (piece === '*') return '%'
    if (piece === '?') return '_'
    return /^\\["\\*?]$|^""$/.test(piece) ? literal(piece[1]!) : literal(piece)
  })

const literal = (text: string): string => text.replace(/[\\%_]/g, '\\$&')
