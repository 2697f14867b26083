import { type Issue, ValidationError } from '../../domain/errors.ts'
import type { ImportAttributes } from '../../domain/imports/imports.ts'
import type { StagedImport } from '../../domain/imports/stage-import.ts'
import { isStorableText } from '../../domain/storable-text.ts'
import { parseId } from '../../http/ids.ts'
import { asRecord, attributesOf } from './envelope.ts'

const NAME_MAX_CHARACTERS = 500
const LAYERS_MAX = 100
/** The documentation writes all of them in the place of `imports`. */
const TYPES = ['imports', 'import']

/**
 * The attributes in the body of a request about an import.
 * @param alias a further type that the documentation gives
 * @throws MissingParamError, InvalidParamError
 */
export function importAttributesOf(body: unknown, alias?: string): Record<string, unknown> {
  const data = asRecord(asRecord(body)?.data)
  const isKnown = TYPES.some((type) => type === data?.type) || (alias !== undefined && data?.type === alias)
  return attributesOf(isKnown ? { data: { ...data, type: 'imports' } } : body, 'imports')
}

export interface NewImport {
  attributes: ImportAttributes
  /** The table as CSV. */
  table: Uint8Array
}

/**
 * What a person says about a new import, of the files that came with it and the rest of the body. Without a file the
 * table is the text of `metadata`: CSV, or a data URI of it.
 * @throws MissingParamError, InvalidParamError, ValidationError
 */
export function newImportOf(staged: StagedImport): NewImport {
  const hasFiles = staged.table !== null || staged.pictures.length > 0
  const given = importAttributesOf(hasFiles ? withAttributes(staged.document) : staged.document)
  const issues: Issue[] = []
  const attributes = { name: nameOf(given.name ?? '', issues), layerIds: layerIdsOf(given.layer_ids, issues) }
  const table = staged.table ?? tableOf(given.metadata, issues)
  if ((given.images ?? '') !== '') issues.push({ attribute: 'images', message: 'must be sent as files' })
  if (issues.length > 0) throw new ValidationError(issues)
  return { attributes, table }
}

/** The body with something in its attributes: those of a form that brings nothing but files are not missing. */
function withAttributes(body: unknown): unknown {
  const data = asRecord(asRecord(body)?.data)
  return { data: { ...data, attributes: { ...asRecord(data?.attributes), files: true } } }
}

const DATA_URI = /^data:[^,;]*((?:;[^,;]*)*),(.*)$/is

function tableOf(value: unknown, issues: Issue[]): Uint8Array {
  const encoder = new TextEncoder()
  const text = typeof value === 'string' ? value.trim() : ''
  const [, parameters = '', data] = DATA_URI.exec(text) ?? []
  try {
    if (text === '') issues.push({ attribute: 'metadata', message: 'file is not uploaded' })
    else if (data === undefined) return encoder.encode(text)
    else if (!/;\s*base64\s*$/i.test(parameters)) return encoder.encode(decodeURIComponent(data))
    else return Uint8Array.from(atob(decodeURIComponent(data)), (character) => character.charCodeAt(0))
  } catch {
    issues.push({ attribute: 'metadata', message: 'is not a valid data URI' })
  }
  return new Uint8Array(0)
}

/** What is to be changed of an import that is there. What is not given stays. @throws ValidationError */
export function changedImportAttributes(given: Record<string, unknown>): Partial<ImportAttributes> {
  const issues: Issue[] = []
  const changes = {
    ...(given.name === undefined ? {} : { name: nameOf(given.name, issues) }),
    ...(given.layer_ids === undefined ? {} : { layerIds: layerIdsOf(given.layer_ids, issues) }),
  }
  if (issues.length > 0) throw new ValidationError(issues)
  return changes
}

function nameOf(value: unknown, issues: Issue[]): string {
  const fault = (message: string) => issues.push({ attribute: 'name', message })
  const name = typeof value === 'number' ? String(value) : value
  if (name === null || (typeof name === 'string' && name.trim() === '')) fault("can't be blank")
  else if (typeof name !== 'string') fault('is not a text')
  else if (!isStorableText(name)) fault('contains characters that cannot be stored')
  else if (name.length > NAME_MAX_CHARACTERS)
    fault(`is too long (maximum is ${NAME_MAX_CHARACTERS} characters)`)
  else return name
  return ''
}

/** A list of ids, or one text with commas between them; blanks are none. */
function layerIdsOf(value: unknown, issues: Issue[]): number[] {
  const given = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [value ?? '']
  const ids = new Set<number>()
  for (const item of given) {
    const text = ['string', 'number'].includes(typeof item) ? String(item).trim() : null
    if (text === '') continue
    const id = parseId(text ?? undefined)
    if (id === null) {
      issues.push({ attribute: 'layer_ids', message: 'is not a list of ids' })
      return []
    }
    ids.add(id)
  }
  if (ids.size > LAYERS_MAX)
    issues.push({ attribute: 'layer_ids', message: `are too many (maximum is ${LAYERS_MAX})` })
  return [...ids]
}
