import { ValidationError } from '../../domain/errors.ts'

/** Whether a parameter says `true`; without a text it does not. @throws ValidationError where it says neither */
export function flagOf(name: string, text = ''): boolean {
  const word = text.toLowerCase()
  if (word !== '' && word !== 'true' && word !== 'false')
    throw new ValidationError([{ attribute: name, message: 'must be true or false' }])
  return word === 'true'
}
