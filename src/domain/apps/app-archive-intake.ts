import type { ByteSource } from '../../formats/probe/byte-source.ts'
import { unzip } from '../../formats/zip-archive.ts'
import { replaceAppFiles } from '../../store/app-file-changes.ts'
import type { NewAppFile } from '../../store/app-files.ts'
import { findApp, insertApp } from '../../store/apps.ts'
import { objectKeys } from '../../store/objects.ts'
import type { Principal, UserPrincipal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { NameTakenError, ValidationError } from '../errors.ts'
import { discardObjects, isUncertain } from '../storage/stored-objects.ts'
import { listArchive, type PlannedFile, writeEntries } from '../storage/unpack-archive.ts'
import { readAppConfig, toldBy } from './app-config.ts'
import { appIdFault, requireAppId } from './app-id.ts'
import { CONFIG_PATH } from './app-paths.ts'
import { planAppArchive } from './archive-plan.ts'
import { requireAppMaker } from './create-app.ts'
import { requireChangeable, requireChanged } from './file-changes.ts'
import { APP_ARCHIVE_LIMITS, APP_ARCHIVE_MAX_BYTES, APP_CONFIG_MAX_BYTES } from './limits.ts'
import { StagedFile } from './staged-file.ts'

/**
 * Begins to replace everything that an app has by the files of an archive. An app that is not there is made, a draft that is
 * shared with everyone.
 * @throws UnauthenticatedError; ForbiddenError for who may neither edit the app nor make one; PreoptimizedError
 */
export async function beginAppArchive(
  context: Context,
  principal: Principal,
  id: string,
): Promise<AppArchiveIntake> {
  const app = appIdFault(id) === null ? await findApp(context.db, principal, id) : null
  const editor = app ? requireChangeable(principal, app) : requireAppMaker(principal)
  return new AppArchiveIntake(context, editor, id, app === null)
}

/** An archive on its way into an app. Whoever begins one ends it with `finish` or `abort`. */
export class AppArchiveIntake {
  readonly #context: Context
  readonly #editor: UserPrincipal
  readonly #id: string
  readonly #isNew: boolean
  readonly #actUuid = crypto.randomUUID()
  /** Of every object that has been begun. */
  readonly #keys: string[] = []
  #archive: StagedFile | null = null
  /** The database has been asked to name the objects. */
  #isOffered = false

  constructor(context: Context, editor: UserPrincipal, id: string, isNew: boolean) {
    this.#context = context
    this.#editor = editor
    this.#id = id
    this.#isNew = isNew
  }

  /** Where the bytes of the archive go. @throws ValidationError where there is one already */
  open(): StagedFile {
    if (this.#archive)
      throw new ValidationError([{ attribute: 'body', message: 'brings more than one file' }])
    this.#archive = new StagedFile(this.#context, this.#newKey(), {
      contentType: 'application/zip',
      what: 'The archive',
      maxBytes: APP_ARCHIVE_MAX_BYTES,
    })
    return this.#archive
  }

  /**
   * Makes what has come the content of the app, all of it at once; where that fails, nothing of it is left.
   * @throws FormatError for the archive; ValidationError for its `app.json`, or the id of a new app; NameTakenError,
   * PreoptimizedError, NotFoundError, ForbiddenError
   */
  async finish(): Promise<void> {
    try {
      if (this.#isNew) requireAppId(this.#id)
      if (!this.#archive) throw new ValidationError([{ attribute: 'body', message: 'brings no file' }])
      const { bucket } = this.#context
      const staged = await this.#archive.close()
      const { source, entries } = await listArchive(bucket, staged, APP_ARCHIVE_LIMITS)
      const planned = planAppArchive(entries)
      const told = toldBy(readAppConfig(await configOf(source, planned)))
      const files = await writeEntries(bucket, source, planned, this.#newKey)
      this.#isOffered = true
      const replaced = await this.#adopt(files, told)
      await discardObjects(this.#context, [staged.objectKey, ...replaced])
    } catch (error) {
      if (!isUncertain(error)) this.#isOffered = false
      await this.abort()
      throw error
    }
  }

  /** Leaves nothing in the bucket, but for what may be files of the app by now. */
  async abort(): Promise<void> {
    if (this.#isOffered) return
    await this.#archive?.abort()
    await discardObjects(this.#context, this.#keys.splice(0))
  }

  #newKey = (): string => {
    const key = objectKeys.appFile(this.#actUuid, this.#keys.length)
    this.#keys.push(key)
    return key
  }

  /** @returns the keys of what was there before */
  async #adopt(files: readonly NewAppFile[], told: ReturnType<typeof toldBy>): Promise<string[]> {
    const { db } = this.#context
    if (this.#isNew) {
      const { title = this.#id, description = '' } = told
      const app = { slug: this.#id, title, description, templateId: null, files }
      const everyone = { principalType: 'everyone' as const, principalId: 0 }
      if (await insertApp(db, this.#editor, { ...app, sharedWith: [everyone] })) return []
    }
    // What was not there a moment ago may have been made by another upload.
    const change = await replaceAppFiles(db, this.#editor, this.#id, files, told)
    if (this.#isNew && change.kind === 'refused') throw new NameTakenError('App', this.#id)
    return requireChanged(this.#context, this.#editor, this.#id, '', change)
  }
}

/** The bytes of the `app.json` of an archive. @throws FormatError, ValidationError */
async function configOf(source: ByteSource, planned: readonly PlannedFile[]): Promise<Uint8Array> {
  const { entry } = planned.find(({ path }) => path === CONFIG_PATH)!
  if (entry.size > APP_CONFIG_MAX_BYTES)
    throw new ValidationError([
      { attribute: CONFIG_PATH, message: `has more than ${APP_CONFIG_MAX_BYTES} bytes` },
    ])
  const chunks: Uint8Array[] = []
  for await (const chunk of unzip(source, entry)) chunks.push(chunk.slice())
  return new Uint8Array(Buffer.concat(chunks))
}
