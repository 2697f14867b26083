const SPACE = /[ \t\n\r]*/y
const TOKEN =
  /[{}[\],:]|"[ !#-[\]-\u{10ffff}]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\u{10ffff}]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/uy

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or closing'

/**
 * What is wrong with a text that is not JSON (RFC 8259) and where, for the person who sent it. Engines differ in what
 * their errors say and often leave the place out.
 */
export function describeJsonFault(text: string): string {
  const position = jsonFaultPosition(text)
  const before = text.slice(0, position)
  const line = before.split('\n').length
  const column = position - (before.lastIndexOf('\n') + 1) + 1
  const what =
    position < text.length ? JSON.stringify(String.fromCodePoint(text.codePointAt(position)!)) : 'end'
  return `unexpected ${what} at position ${position} (line ${line}, column ${column})`
}

/** Offset of the first token that does not belong where it stands; the text's length when it ends too early. */
export function jsonFaultPosition(text: string): number {
  const closers: ('}' | ']')[] = []
  let expected: Expected = 'value'
  let at = skip(SPACE, text, 0)
  for (;;) {
    const end = skip(TOKEN, text, at)
    if (end === at) return at
    const token = text.slice(at, end)
    const next = follow(expected, token, closers)
    if (next === null) return at
    expected = next
    at = skip(SPACE, text, end)
  }
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

/** What may come after `token`, or null when it may not stand here itself. */
function follow(expected: Expected, token: string, closers: ('}' | ']')[]): Expected | null {
  const closer = closers.at(-1)
  const mayClose =
    expected === ', or closing' || expected === `value or ${closer}` || expected === `key or ${closer}`
  if (mayClose && token === closer) {
    closers.pop()
    return ', or closing'
  }
  switch (expected) {
    case ':':
      return token === ':' ? 'value' : null
    case ', or closing':
      if (token !== ',' || closer === undefined) return null
      return closer === '}' ? 'key' : 'value'
    case 'key':
    case 'key or }':
      return token.startsWith('"') ? ':' : null
    default:
      if (token === '{') closers.push('}')
      else if (token === '[') closers.push(']')
      else return /^[}\],:]/.test(token) ? null : ', or closing'
      return token === '{' ? 'key or }' : 'value or ]'
  }
}
