import { ValidationError } from '../errors.ts'
import { isStorableText } from '../storable-text.ts'

export { LAYER_TYPES, MAP_UNITS } from '../../store/map-types.ts'

/** Names of maps, layers, datasources. */
export const NAME_MAX_CHARACTERS = 500
/** What only the clients of one API know of a map or layer, as JSON. */
export const ATTRIBUTES_MAX_CHARACTERS = 16_384
const TEXT_MAX_CHARACTERS = 20_000

const refusal = (attribute: string, message: string) => new ValidationError([{ attribute, message }])

/** @throws ValidationError for a name that is blank, too long or cannot be stored */
export function checkName(name: string): void {
  if (name.trim() === '') throw refusal('name', "can't be blank")
  if (name.length > NAME_MAX_CHARACTERS)
    throw refusal('name', `is too long (maximum is ${NAME_MAX_CHARACTERS} characters)`)
  if (!isStorableText(name)) throw refusal('name', 'has a character that cannot be stored')
}

/** Looks at the texts among some members. @throws ValidationError for one that is too long or cannot be stored */
export function checkTexts(members: object): void {
  for (const [attribute, value] of Object.entries(members)) {
    if (typeof value !== 'string') continue
    if (value.length > TEXT_MAX_CHARACTERS)
      throw refusal(attribute, `is too long (maximum is ${TEXT_MAX_CHARACTERS} characters)`)
    if (!isStorableText(value)) throw refusal(attribute, 'has a character that cannot be stored')
  }
}
