import { ValidationError } from '../../domain/errors.ts'
import type { Described } from '../../domain/iiif/fetch-image.ts'
import { NAME_MAX_CHARACTERS, newMapAttributes, TEXT_MAX_CHARACTERS } from '../../domain/map-attributes.ts'
import { plainText } from '../../http/plain-text.ts'
import { attributesOf } from './envelope.ts'

/** Stands for a title that is not known yet while everything else is checked. */
const TITLE_TO_COME = '?'

export interface NewMap {
  /** Where the image is to be fetched, and the canvas of a manifest that it is on; null where it is not. */
  fetched: { url: string; canvas: string | null } | null
  /** What is said about the map; what is left out as it is described elsewhere. @throws ValidationError */
  attributesWith: (described: Described) => ReturnType<typeof newMapAttributes>
}

/**
 * Reads a new map's document. Everything but a title that may still come with the image is checked at once.
 * @param hasImage whether the image came with the document, so that none is fetched
 * @throws ValidationError, MissingParamError, InvalidParamError
 */
export function newMap(document: unknown, query: URLSearchParams, hasImage: boolean): NewMap {
  const given = attributesOf(document, 'maps')
  const url = plainText(given.upload_url ?? '')
  const sourced = url === '' ? given : { ...given, source_uri: given.source_uri || url }
  if (hasImage || url === '') {
    const attributes = newMapAttributes(sourced)
    return { fetched: null, attributesWith: () => attributes }
  }
  const canvas = canvasOf(given.canvas ?? query.get('canvas'))
  const attributesWith = ({ title, description }: Described) =>
    newMapAttributes({
      ...sourced,
      ...(isBlank(given.title) ? { title: storable(title, NAME_MAX_CHARACTERS) } : {}),
      ...(isBlank(given.description) && description !== ''
        ? { description: storable(description, TEXT_MAX_CHARACTERS) }
        : {}),
    })
  attributesWith({ title: TITLE_TO_COME, description: '' })
  return { fetched: { url, canvas }, attributesWith }
}

/** A canvas as it is asked for, by its id or its number from 0; null where none is. @throws ValidationError */
export function canvasOf(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  throw new ValidationError([{ attribute: 'canvas', message: 'should be the id of a canvas or its number' }])
}

const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '')

/** Text from elsewhere, made such that it can be kept. */
const storable = (text: string, maxCharacters: number): string =>
  text.replaceAll('\0', '').slice(0, maxCharacters).toWellFormed()
