import type { ScanAttributes } from '../../store/scans.ts'
import { ValidationError } from '../errors.ts'
import { newMapAttributes } from '../map-attributes.ts'

/** Columns that have another name than the attribute they give. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  uuid: 'unique_id',
  tags: 'tag_list',
  lat: 'metadata_lat',
  lon: 'metadata_lon',
}

/** Dates that are no attributes of a map: they are told at the end of its description. */
const DATES: readonly [column: string, label: string][] = [
  ['published_date', 'Published'],
  ['reprint_date', 'Reprinted'],
]

/**
 * What a row of an import's table says about its map. The year of publication is that of `published_date` where there
 * is no `issue_year`. Columns that are not known say nothing.
 * @throws ValidationError that names the columns
 */
export function rowAttributes(cells: Readonly<Record<string, string>>): ScanAttributes & { title: string } {
  const given = Object.fromEntries(
    Object.entries(cells).map(([column, cell]) => [ATTRIBUTES[column] ?? column, cell]),
  )
  const dates = DATES.flatMap(([column, label]) => (cells[column] ? [`${label}: ${cells[column]}`] : []))
  const description = [...(cells.description ? [cells.description] : []), ...dates].join('\n')
  const publicationYear = /\b\d{4}\b/.exec(cells.published_date ?? '')?.[0]
  try {
    return newMapAttributes({
      ...(publicationYear ? { issue_year: publicationYear } : {}),
      ...given,
      ...(description ? { description } : {}),
    })
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    throw new ValidationError(
      error.issues.map(({ attribute, message }) => ({ attribute: columnOf(attribute, cells), message })),
    )
  }
}

/** The column that an attribute came from. */
const columnOf = (attribute: string, cells: Readonly<Record<string, string>>): string =>
  Object.keys(cells).find((column) => ATTRIBUTES[column] === attribute) ?? attribute
