import type { MapType, ScanAttributes } from '../store/scans.ts'
import { type Issue, ValidationError } from './errors.ts'
import { MAP_TYPES } from './scans.ts'
import { isStorableText } from './storable-text.ts'

const YEAR_MAX_CHARACTERS = 4
const NUMBER_MAX_CHARACTERS = 50
/** Of a title and of a `unique_id`, which the database keeps in an index. */
export const NAME_MAX_CHARACTERS = 500
/** Of any other text: a page of maps with all of theirs has to fit into a Worker's memory. */
export const TEXT_MAX_CHARACTERS = 10_000
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?$/i

/** Attributes that are text and nothing else. */
const TEXTS = {
  description: 'description',
  subject_area: 'subjectArea',
  source_uri: 'sourceUri',
  call_number: 'callNumber',
  publisher: 'publisher',
  publication_place: 'publicationPlace',
  authors: 'authors',
  scale: 'scale',
  metadata_projection: 'metadataProjection',
} as const satisfies Record<string, keyof ScanAttributes>

/** What an attribute was given as; `undefined` where it is absent or no scalar. */
type Given = string | null | undefined

const isBlank = (text: string): boolean => text.trim() === ''

/** Reads attributes one by one and gathers what is wrong with them. */
export class AttributeReader {
  readonly issues: Issue[] = []
  readonly #attributes: Record<string, unknown>

  constructor(attributes: Record<string, unknown>) {
    this.#attributes = attributes
  }

  fault(attribute: string, message: string): void {
    this.issues.push({ attribute, message })
  }

  text(attribute: string, maxCharacters = TEXT_MAX_CHARACTERS): Given {
    const value = this.#attributes[attribute]
    if (value === null) return null
    if (!['string', 'number', 'boolean'].includes(typeof value)) return undefined
    const text = String(value)
    if (!isStorableText(text)) this.fault(attribute, 'contains characters that cannot be stored')
    else if (text.length > maxCharacters)
      this.fault(attribute, `is too long (maximum is ${maxCharacters} characters)`)
    else return text
    return undefined
  }

  /** Text of which a blank one is none. */
  filled(attribute: string, maxCharacters: number): Given {
    const text = this.text(attribute, maxCharacters)
    return typeof text === 'string' ? text.trim() || null : text
  }

  number(attribute: string): Given {
    const text = this.filled(attribute, NUMBER_MAX_CHARACTERS)
    if (text && !(NUMBER.test(text) && Number.isFinite(Number(text))))
      this.fault(attribute, 'is not a number')
    return text
  }

  year(attribute: string): Given {
    const text = this.number(attribute)
    if (text && text.length > YEAR_MAX_CHARACTERS)
      this.fault(attribute, `is too long (maximum is ${YEAR_MAX_CHARACTERS} characters)`)
    return text
  }

  title(required: boolean, attribute = 'title'): string | undefined {
    const faults = this.issues.length
    const title = this.text(attribute, NAME_MAX_CHARACTERS)
    const isMissing = title === undefined ? required && this.issues.length === faults : isBlank(title ?? '')
    if (isMissing) this.fault(attribute, "can't be blank")
    return title ?? undefined
  }

  mapType(): MapType | undefined {
    const text = this.text('map_type')
    const known = MAP_TYPES.find((type) => type === text)
    if (text && !known) this.fault('map_type', 'is not included in the list')
    return known
  }

  tags(): string[] | undefined {
    const given = this.text('tag_list')
    if (given === undefined) return undefined
    const tags = (given ?? '').split(',').map((tag) => tag.trim())
    return [...new Set(tags.filter((tag) => tag !== ''))]
  }
}

/**
 * Checks what a person says about a map. What is not known is dropped, numbers count as text.
 * @throws ValidationError
 */
export function mapAttributes(attributes: Record<string, unknown>): ScanAttributes {
  return checked(new AttributeReader(attributes), false)
}

/** As `mapAttributes`, for a new map, which needs a title. @throws ValidationError */
export function newMapAttributes(attributes: Record<string, unknown>): ScanAttributes & { title: string } {
  const { title = '', ...rest } = checked(new AttributeReader(attributes), true)
  return { ...rest, title }
}

function checked(reader: AttributeReader, isNew: boolean): ScanAttributes {
  const title = reader.title(isNew)
  const texts = Object.fromEntries(Object.entries(TEXTS).map(([name, key]) => [key, reader.text(name)]))
  const dateDepicted = reader.year('date_depicted')
  const attributes: ScanAttributes = {
    title,
    ...texts,
    uniqueId: reader.filled('unique_id', NAME_MAX_CHARACTERS),
    tags: reader.tags(),
    mapType: reader.mapType(),
    dateDepicted: dateDepicted === null ? '' : dateDepicted,
    issueYear: reader.year('issue_year'),
    metadataLat: reader.number('metadata_lat'),
    metadataLon: reader.number('metadata_lon'),
  }
  if (reader.issues.length > 0) throw new ValidationError(reader.issues)
  return attributes
}
