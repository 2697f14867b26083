import {
  COLUMN_TYPES,
  type ColumnType,
  type Dimensions,
  GEOMETRY_TYPES,
  type GeometryType,
} from '../../store/dataset-types.ts'
import { type Issue, ValidationError } from '../errors.ts'
import { isStorableText } from '../storable-text.ts'

/** Properties of a dataset. */
export const COLUMNS_MAX = 250
export const COLUMN_NAME_MAX_CHARACTERS = 200
export const DATASET_NAME_MAX_CHARACTERS = 100
export const TITLE_MAX_CHARACTERS = 500
const TEXT_MAX_CHARACTERS = 20_000
const TAGS_MAX = 100
const TAG_MAX_CHARACTERS = 100

export interface ColumnInput {
  name: string
  type: ColumnType
  title?: string | null | undefined
  description?: string | null | undefined
}

export interface DatasetInput {
  title: string
  /** Made of the title unless given. */
  name?: string | undefined
  abstract?: string | null | undefined
  tags?: readonly string[] | undefined
  /** Null for a table without geometry. */
  geometryType: GeometryType | null
  /** `XY` unless given. */
  dimensions?: Dimensions | undefined
  /** EPSG code; 4326 unless given. */
  srid?: number | undefined
  columns: readonly ColumnInput[]
  /** Everyone may see and extract it. */
  isPublic: boolean
  /** Its owner has no other of the name, or it is not made. */
  isNameUniqueToOwner?: boolean | undefined
}

/** `undefined` leaves a value as it is. */
export interface DatasetChange {
  title?: string | undefined
  name?: string | undefined
  abstract?: string | null | undefined
  tags?: readonly string[] | undefined
  isPublic?: boolean | undefined
}

/** Letters, digits and `_ - .` in any script, not digits alone: those are numbers of datasets. */
const NAME = /^(?!\d+$)[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.-]*$/u
const DIMENSIONS = ['XY', 'XYZ', 'XYM', 'XYZM']

/** @throws ValidationError, one issue a fault */
export function checkDatasetChange(change: DatasetChange): void {
  refuse(changeIssues(change))
}

/** @throws ValidationError, one issue a fault */
export function checkDatasetInput(input: DatasetInput): void {
  const { geometryType, dimensions = 'XY', columns } = input
  const issues = changeIssues(input)
  if (geometryType !== null && !GEOMETRY_TYPES.includes(geometryType))
    issues.push({ attribute: 'geometryType', message: `must be one of ${GEOMETRY_TYPES.join(', ')}` })
  if (!DIMENSIONS.includes(dimensions))
    issues.push({ attribute: 'dimensions', message: `must be one of ${DIMENSIONS.join(', ')}` })
  if (columns.length > COLUMNS_MAX)
    issues.push({ attribute: 'properties', message: `are too many (maximum is ${COLUMNS_MAX})` })
  else {
    const names = new Set<string>()
    for (const column of columns) {
      issues.push(...columnIssues(column))
      if (names.has(column.name))
        issues.push({ attribute: `properties.${column.name}`, message: 'is there twice' })
      names.add(column.name)
    }
  }
  refuse(issues)
}

/** @throws ValidationError, one issue a fault */
export function checkColumn(column: ColumnInput): void {
  refuse(columnIssues(column))
}

function refuse(issues: readonly Issue[]): void {
  if (issues.length > 0) throw new ValidationError(issues)
}

function changeIssues({ title, name, abstract, tags }: DatasetChange): Issue[] {
  const issues = [
    ...(title === undefined ? [] : textIssues('title', title, TITLE_MAX_CHARACTERS)),
    ...(abstract === undefined || abstract === null
      ? []
      : textIssues('abstract', abstract, TEXT_MAX_CHARACTERS, true)),
    ...(name === undefined ? [] : textIssues('name', name, DATASET_NAME_MAX_CHARACTERS)),
    ...(tags ?? []).slice(0, TAGS_MAX).flatMap((tag) => textIssues('tags', tag, TAG_MAX_CHARACTERS)),
  ]
  if (issues.every(({ attribute }) => attribute !== 'name') && name !== undefined && !NAME.test(name))
    issues.push({ attribute: 'name', message: 'must be letters, digits, "_", "-" and ".", not digits alone' })
  if (tags && tags.length > TAGS_MAX)
    issues.push({ attribute: 'tags', message: `are too many (maximum is ${TAGS_MAX})` })
  return issues
}

function columnIssues({ name, type, title, description }: ColumnInput): Issue[] {
  const attribute = `properties.${String(name).slice(0, 100)}`
  const issues = [
    ...textIssues(attribute, name, COLUMN_NAME_MAX_CHARACTERS),
    ...[title, description].flatMap((text) =>
      text === undefined || text === null ? [] : textIssues(attribute, text, TEXT_MAX_CHARACTERS, true),
    ),
  ]
  if (!Object.hasOwn(COLUMN_TYPES, type))
    issues.push({ attribute, message: `must be of a type among ${Object.keys(COLUMN_TYPES).join(', ')}` })
  return issues
}

function textIssues(attribute: string, text: unknown, maxCharacters: number, mayBeEmpty = false): Issue[] {
  const issue = (message: string): Issue[] => [{ attribute, message }]
  if (typeof text !== 'string') return issue('must be text')
  if (!mayBeEmpty && text.trim() === '') return issue("can't be blank")
  if (text.length > maxCharacters) return issue(`is too long (maximum is ${maxCharacters} characters)`)
  return isStorableText(text) ? [] : issue('has a character that cannot be stored')
}
