import type { ScriptAnalysis } from '../../src/domain/apps/optimize/analyse-script.ts'
import type { PageAnalysis } from '../../src/domain/apps/optimize/bundle-plan.ts'
import { type FileForm, formOf } from '../../src/domain/apps/optimize/minify.ts'
import type { MadeFile } from '../../src/domain/apps/optimize/optimizer.ts'
import type { AppFile } from '../../src/store/app-files.ts'

/** What is noted of an app's file. */
export interface FileNote {
  /** The same for as long as the job lives. */
  position: number
  path: string
  objectKey: string
  /** Bytes. */
  byteSize: number
  contentType: string
  sha256: string
  form: FileForm
}

const FILE_COLUMNS = `position, path, object_key as objectKey, byte_size as byteSize, content_type as contentType, sha256, form`

/** The form of what has been made beside the app's files. */
const PIECE = 'piece'

/** The job's own table of an app's files: what is known of them, and what has been made of each. */
export class PreoptimizeFiles {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(`create table if not exists files (
      position integer primary key, path text not null unique, object_key text not null, byte_size integer not null,
      content_type text not null, sha256 text not null, form text not null, analysis text, made text)`)
  }

  /** Begins anew with these. */
  fill(files: readonly AppFile[]): void {
    this.#sql.exec('delete from files')
    for (const [position, { path, objectKey, byteSize, contentType, sha256 }] of files.entries())
      this.#sql.exec(
        `insert into files (position, path, object_key, byte_size, content_type, sha256, form)
        values (?, ?, ?, ?, ?, ?, ?)`,
        ...[position, path, objectKey, byteSize, contentType, sha256, formOf(path, contentType)],
      )
  }

  /** The app's own. */
  all(): FileNote[] {
    return this.#rows<FileNote>(
      `select ${FILE_COLUMNS} from files where form <> '${PIECE}' order by position`,
    )
  }

  /** Of which nothing has been made yet. */
  unmade(): FileNote[] {
    return this.#rows<FileNote>(`select ${FILE_COLUMNS} from files where made is null order by position`)
  }

  noteAnalysis(path: string, analysis: PageAnalysis | ScriptAnalysis): void {
    this.#sql.exec('update files set analysis = ? where path = ?', JSON.stringify(analysis), path)
  }

  /** Of files of a form that have been looked at, by their paths. */
  analyses<Analysis>(form: FileForm): Map<string, Analysis> {
    const rows = this.#rows<{ path: string; analysis: string }>(
      `select path, analysis from files where form = '${form}' and analysis is not null order by position`,
    )
    return new Map(rows.map(({ path, analysis }) => [path, JSON.parse(analysis) as Analysis]))
  }

  /** A file that has been made: in the place of the one at its path, or beside them all. */
  noteMade(made: MadeFile, contentType: string): void {
    const text = JSON.stringify(made)
    const { rowsWritten } = this.#sql.exec('update files set made = ? where path = ?', text, made.path)
    if (rowsWritten > 0) return
    this.#sql.exec(
      `insert into files (position, path, object_key, byte_size, content_type, sha256, form, made)
      select max(position) + 1, ?, ?, ?, ?, ?, '${PIECE}', ? from files`,
      ...[made.path, made.objectKey, made.byteSize, contentType, made.sha256, text],
    )
  }

  made(): (MadeFile & { contentType: string })[] {
    const rows = this.#rows<{ made: string; contentType: string }>(
      'select made, content_type as contentType from files where made is not null order by position',
    )
    return rows.map(({ made, contentType }) => ({ ...(JSON.parse(made) as MadeFile), contentType }))
  }

  #rows<Row>(query: string): Row[] {
    return this.#sql.exec(query).toArray() as Row[]
  }
}
