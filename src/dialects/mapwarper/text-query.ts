import { InvalidParamError } from './envelope.ts'

export const QUERY_MAX_CHARACTERS = 500

/** The text to be searched for, null without any. @throws InvalidParamError */
export function searchedText(query: URLSearchParams): string | null {
  const text = query.get('query')?.trim()
  if (!text) return null
  if (text.length > QUERY_MAX_CHARACTERS)
    throw new InvalidParamError(`query should have at most ${QUERY_MAX_CHARACTERS} characters`)
  return text
}
