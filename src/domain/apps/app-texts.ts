import { type Issue, ValidationError } from '../errors.ts'
import { isStorableText } from '../storable-text.ts'

export const TITLE_MAX_CHARACTERS = 500
export const DESCRIPTION_MAX_CHARACTERS = 5_000

/** What an app is called and said to be. */
export interface AppTexts {
  title: string
  description: string
}

/** @throws ValidationError for a text that is too long or cannot be stored */
export function checkAppTexts({ title, description }: AppTexts): void {
  const issues = [
    ...issuesOf('title', title, TITLE_MAX_CHARACTERS),
    ...issuesOf('description', description, DESCRIPTION_MAX_CHARACTERS),
  ]
  if (issues.length > 0) throw new ValidationError(issues)
}

function issuesOf(attribute: string, text: string, maxCharacters: number): Issue[] {
  if (text.length > maxCharacters)
    return [{ attribute, message: `is too long (maximum is ${maxCharacters} characters)` }]
  return isStorableText(text) ? [] : [{ attribute, message: 'has a character that cannot be stored' }]
}
