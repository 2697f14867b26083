import { principalOf } from '../src/domain/accounts.ts'
import type { Context } from '../src/domain/context.ts'
import { fillLayer } from '../src/domain/imports/fill-layer.ts'
import { type ImportRun, importRow } from '../src/domain/imports/import-row.ts'
import { TABLE_ROWS_MAX } from '../src/domain/imports/imports.ts'
import { Pictures } from '../src/domain/imports/pictures.ts'
import { discardImport } from '../src/domain/imports/stage-import.ts'
import { FormatError } from '../src/formats/format-error.ts'
import { readImportTable, type TableRow } from '../src/formats/import-table.ts'
import { openDatabase } from '../src/store/database.ts'
import { deleteImportRows, recordImportRow, setImportEnded } from '../src/store/import-runs.ts'
import { findImport, type ImportRecord, type ImportRow, picturesOfImport } from '../src/store/imports.ts'
import { importUuidOf } from '../src/store/objects.ts'
import type { SystemPrincipal } from '../src/store/principal.ts'
import { findUser } from '../src/store/users.ts'
import { processJobs } from '../workers/process-jobs.ts'
import { type JobBindings, scanJobs } from '../workers/scan-jobs.ts'
import type { JobEnv } from './environment.ts'
import { JobObject, type JobRecord, PermanentFailure } from './job-object.ts'
import { TableRows } from './table-rows.ts'

export const IMPORT = 'import'
/** A row that failed this often, without being at fault itself, is left, and the others go on. */
const ROW_ATTEMPTS_MAX = 4
/** How many names a note lists. */
const NAMES_MAX = 20

interface ImportWork extends JobRecord {
  importId: number
  /** Tells a run from the one before. */
  run: string
  phase: 'read' | 'rows' | 'layers' | 'end'
  /** How many rows, or layers, are done. */
  cursor: number
  /** What is to be said of the import as a whole. */
  notes: string[]
}

const importer: SystemPrincipal = { kind: 'system', reason: 'import' }

/** Makes the maps of one import: row by row of its table, then its layers. */
export class ImportJob extends JobObject<JobEnv & JobBindings, ImportWork> {
  protected override readonly jobNames = [IMPORT]
  #run: { name: string; opened: Promise<ImportRun> } | null = null
  /** The job is about to be gone, and its import may be started again already. */
  #isEnding = false

  /** See `ScanJobs.startImport`. */
  async start(importId: number): Promise<void> {
    if (this.job(IMPORT) && !this.#isEnding) return
    const run = crypto.randomUUID()
    await this.begin(IMPORT, { importId, run, phase: 'read', cursor: 0, notes: [], attempts: 0 })
  }

  override async cancel(): Promise<void> {
    await super.cancel()
    this.#run = null
  }

  protected override async step(_name: string, job: ImportWork): Promise<ImportWork | null> {
    const context = this.#context()
    const record = await findImport(context.db, importer, job.importId)
    if (record?.status !== 'running') return this.#leave(context, record)
    switch (job.phase) {
      case 'read': {
        await this.#readTable(context, record)
        return { ...job, phase: 'rows' }
      }
      case 'rows': {
        const row = this.#rows().at(job.cursor)
        if (!row) return { ...job, phase: 'layers', cursor: 0 }
        await recordImportRow(
          context.db,
          importer,
          record.id,
          await this.#importRow(context, record, job, row),
        )
        return { ...job, cursor: job.cursor + 1 }
      }
      case 'layers': {
        const layerId = record.layerIds[job.cursor]
        if (layerId === undefined) return { ...job, phase: 'end', cursor: 0 }
        const note = await fillLayer(context, record.id, layerId)
        return { ...job, cursor: job.cursor + 1, notes: note ? [...job.notes, note] : job.notes }
      }
      case 'end':
        return this.#ending(async () => {
          await this.#end(context, record, job)
          return this.#leave(context, await findImport(context.db, importer, record.id))
        })
    }
  }

  protected override async abandon(_name: string, job: ImportWork, reason: string): Promise<void> {
    await this.#ending(async () => {
      await setImportEnded(openDatabase(this.env), importer, job.importId, 'failed', reason)
      // Not before it is known to have failed: without them the job would come to a good end.
      this.#rows().clear()
      this.#run = null
    })
  }

  async #ending<T>(work: () => Promise<T>): Promise<T> {
    this.#isEnding = true
    try {
      return await work()
    } finally {
      this.#isEnding = false
    }
  }

  #context(): Context {
    return {
      db: openDatabase(this.env),
      bucket: this.env.BUCKET,
      jobs: scanJobs(this.env),
      processes: processJobs(this.env),
      authSecret: '',
      fetchAllow: [],
      identity: {},
    }
  }

  #rows(): TableRows {
    return new TableRows(this.ctx.storage.sql)
  }

  /** Nothing is left to do: what has come to a good end does not need its files any more. */
  async #leave(context: Context, record: ImportRecord | null): Promise<null> {
    if (record?.status === 'finished') await discardImport(context, importUuidOf(record.metadataKey))
    this.#rows().clear()
    this.#run = null
    return null
  }

  /** Puts the rows of the table where one can be had without the others. */
  async #readTable({ bucket, db }: Context, { id, metadataKey }: ImportRecord): Promise<void> {
    const object = await bucket.get(metadataKey)
    if (!object) throw new PermanentFailure('its table is gone')
    try {
      this.#rows().replace(readImportTable(await object.bytes(), TABLE_ROWS_MAX))
    } catch (error) {
      if (error instanceof FormatError) throw new PermanentFailure(`its table is ${error.message}`)
      throw error
    }
    await deleteImportRows(db, importer, id)
  }

  async #importRow(
    context: Context,
    record: ImportRecord,
    job: ImportWork,
    row: TableRow,
  ): Promise<ImportRow> {
    const run = await this.#open(context, record, job)
    try {
      return await importRow(context, run, row)
    } catch (error) {
      if (job.attempts + 1 < ROW_ATTEMPTS_MAX) throw error
      console.error(`line ${row.line} of import ${record.id} is left:`, error)
      const detail = 'an internal error; it was tried several times'
      return { line: row.line, scanId: null, outcome: 'failed', detail }
    }
  }

  /** What all rows need, once a run and instance. */
  #open(context: Context, record: ImportRecord, { run }: ImportWork): Promise<ImportRun> {
    if (this.#run?.name !== run) {
      const opened = openRun(context, record)
      this.#run = { name: run, opened }
      opened.catch(() => {
        this.#run = null
      })
    }
    return this.#run.opened
  }

  async #end(context: Context, record: ImportRecord, job: ImportWork): Promise<void> {
    const { id, outcomes } = record
    const pictures = new Pictures(context, await picturesOfImport(context.db, importer, id))
    const unnamed = pictures.unnamed(this.#rows().column('filename'))
    const notes = [...job.notes]
    if (unnamed.length > 0) notes.unshift(`pictures that no row names: ${listed(unnamed)}`)
    if (notes.length > 0)
      await recordImportRow(context.db, importer, id, {
        ...{ line: 0, scanId: null, outcome: 'skipped', detail: notes.join('; ') },
      })
    const done = (outcomes.created ?? 0) + (outcomes.found ?? 0)
    const [status, failure] =
      done > 0 ? (['finished', null] as const) : (['failed', 'no row made a map'] as const)
    await setImportEnded(context.db, importer, id, status, failure)
  }
}

async function openRun(context: Context, { id, userId, metadataKey }: ImportRecord): Promise<ImportRun> {
  const user = userId === null ? null : await findUser(context.db, importer, { id: userId })
  if (!user) throw new PermanentFailure('the user who made it is gone')
  return {
    uuid: importUuidOf(metadataKey),
    owner: principalOf(user),
    pictures: new Pictures(context, await picturesOfImport(context.db, importer, id)),
  }
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_MAX).join(', ')
  return names.length > NAMES_MAX ? `${shown} and ${names.length - NAMES_MAX} more` : shown
}
