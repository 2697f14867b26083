import { FormatError } from '../../formats/format-error.ts'
import type { TableRow } from '../../formats/import-table.ts'
import { scanIdOfUniqueId } from '../../store/import-runs.ts'
import type { ImportRow } from '../../store/imports.ts'
import { objectKeys } from '../../store/objects.ts'
import type { SystemPrincipal, UserPrincipal } from '../../store/principal.ts'
import { scanIdOfSource } from '../../store/scans.ts'
import type { Context } from '../context.ts'
import { ValidationError } from '../errors.ts'
import { createScan } from '../scans.ts'
import { isStorableText } from '../storable-text.ts'
import type { Pictures } from './pictures.ts'
import { rowAttributes } from './row-attributes.ts'

const DETAIL_MAX_CHARACTERS = 1000

const importer: SystemPrincipal = { kind: 'system', reason: 'import' }

/** What all rows of an import have in common. */
export interface ImportRun {
  uuid: string
  /** Whose maps they become. */
  owner: UserPrincipal
  pictures: Pictures
}

/**
 * Makes the map of one row, or finds it; its ingest goes on by itself. Doing so again, after a crash anywhere, makes
 * no second one: the key of a map's original is the row's own.
 *
 * What is wrong with the row is in the answer; what is thrown may go away by trying again.
 */
export async function importRow(context: Context, run: ImportRun, row: TableRow): Promise<ImportRow> {
  const { line, cells } = row
  const ended = (outcome: ImportRow['outcome'], scanId: number | null, detail: string | null): ImportRow => ({
    line,
    scanId,
    outcome,
    detail,
  })
  if (!Object.values(cells).every(isStorableText))
    return ended('failed', null, 'contains characters that cannot be stored')
  if (row.fault) return ended('failed', null, row.fault)
  if (!cells.title) return ended('skipped', null, 'has no title')
  const sourceKey = objectKeys.importedSource(run.uuid, line)
  const made = await scanIdOfSource(context.db, importer, sourceKey)
  if (made !== null) {
    await context.jobs.startIngest(made)
    return ended('created', made, null)
  }
  const found = cells.uuid ? await scanIdOfUniqueId(context.db, run.owner, cells.uuid) : null
  if (found !== null) return ended('found', found, null)
  try {
    return ended('created', await makeScan(context, run, cells, sourceKey), null)
  } catch (error) {
    const detail = faultOf(error, cells)
    if (detail === null) throw error
    return ended('failed', null, detail.slice(0, DETAIL_MAX_CHARACTERS).toWellFormed())
  }
}

async function makeScan(
  context: Context,
  { owner, pictures }: ImportRun,
  cells: Readonly<Record<string, string>>,
  sourceKey: string,
): Promise<number> {
  const attributes = rowAttributes(cells)
  if (!cells.filename) throw new ValidationError([{ attribute: 'filename', message: "can't be blank" }])
  const match = pictures.match(cells.filename)
  if ('fault' in match) throw new ValidationError([{ attribute: 'filename', message: match.fault }])
  const image = await pictures.copy(match.picture, sourceKey)
  return (await createScan(context, owner, attributes, image)).id
}

/** What is wrong with a row, for a person; null where the error is not the row's. */
function faultOf(error: unknown, cells: Readonly<Record<string, string>>): string | null {
  if (error instanceof FormatError) return `${cells.filename}: ${error.message}`
  if (!(error instanceof ValidationError)) return null
  return error.issues
    .map(({ attribute, message }) => `${NAMES[attribute]?.(cells) ?? attribute} ${message}`)
    .join('; ')
}

/** What the faults of a new map's attributes are called in a table. */
const NAMES: Readonly<Record<string, (cells: Readonly<Record<string, string>>) => string>> = {
  file: ({ filename }) => `${filename}:`,
  unique_id: () => 'uuid',
}
