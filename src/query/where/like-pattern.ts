import { QueryError } from '../query-error.ts'

/** A pattern of LIKE whose ESCAPE is another character, or none, as one whose escape is the backslash. */
export function withEscape(pattern: string, escaping: string, position: number): string {
  if ([...escaping].length > 1) throw new QueryError('what escapes is one character', position)
  let result = ''
  let isEscaped = false
  for (const character of pattern) {
    if (!isEscaped && escaping !== '' && character === escaping) {
      isEscaped = true
      continue
    }
    const isPlain = !isEscaped && character !== '\\'
    result += isPlain ? character : `\\${character}`
    isEscaped = false
  }
  if (isEscaped) throw new QueryError('the pattern ends with what escapes', position)
  return result
}
