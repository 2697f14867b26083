import { type FileCondition, putAppFile } from '../../store/app-file-changes.ts'
import { objectKeys } from '../../store/objects.ts'
import type { Principal, UserPrincipal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { ValidationError } from '../errors.ts'
import { mediaTypeOfFile } from '../storage/media-types.ts'
import { discardObjects, isUncertain } from '../storage/stored-objects.ts'
import { readAppConfig, toldBy } from './app-config.ts'
import { CONFIG_PATH } from './app-paths.ts'
import { readApp } from './apps.ts'
import { requireChangeable, requireChanged } from './file-changes.ts'
import { APP_CONFIG_MAX_BYTES, APP_FILE_MAX_BYTES, APP_FILES_MAX, APP_MAX_BYTES } from './limits.ts'
import { StagedFile } from './staged-file.ts'

const BOUNDS = { maxFiles: APP_FILES_MAX, maxBytes: APP_MAX_BYTES }

/**
 * Begins to put a file into an app, in the place of what has its path.
 * @param path as `writtenPath` gives it
 * @throws NotFoundError, UnauthenticatedError, ForbiddenError, PreoptimizedError
 */
export async function beginAppFile(
  context: Context,
  principal: Principal,
  id: string,
  path: string,
): Promise<AppFileIntake> {
  const app = await readApp(context, principal, id)
  return new AppFileIntake(context, requireChangeable(principal, app), app.slug, path)
}

/** A file on its way into an app. Whoever begins one ends it with `finish` or `abort`. */
export class AppFileIntake {
  readonly #context: Context
  readonly #editor: UserPrincipal
  readonly #id: string
  readonly #path: string
  #file: StagedFile | null = null
  #contentType = ''
  readonly #objectKey = objectKeys.appFile(crypto.randomUUID(), 0)
  /** The database has been asked to name the object. */
  #isOffered = false

  constructor(context: Context, editor: UserPrincipal, id: string, path: string) {
    this.#context = context
    this.#editor = editor
    this.#id = id
    this.#path = path
  }

  /**
   * Where the bytes of the file go.
   * @param declaredType media type that its sender has told
   * @throws ValidationError where there is one already
   */
  open(declaredType: string | null): StagedFile {
    if (this.#file) throw new ValidationError([{ attribute: 'body', message: 'brings more than one file' }])
    const isConfig = this.#path === CONFIG_PATH
    this.#contentType = mediaTypeOfFile(this.#path, declaredType)
    this.#file = new StagedFile(this.#context, this.#objectKey, {
      contentType: this.#contentType,
      what: isConfig ? 'The app.json' : 'The file',
      maxBytes: isConfig ? APP_CONFIG_MAX_BYTES : APP_FILE_MAX_BYTES,
      isHeld: isConfig,
    })
    return this.#file
  }

  /**
   * Makes what has come the file; where that fails, nothing of it is left.
   * @throws ValidationError for an `app.json` that is none; PreconditionFailedError, PathTakenError, NameTakenError,
   * AppTooLargeError, TooManyAppFilesError, PreoptimizedError, NotFoundError, ForbiddenError
   */
  async finish(condition: FileCondition): Promise<void> {
    try {
      const file = this.#file
      if (!file) throw new ValidationError([{ attribute: 'body', message: 'brings no file' }])
      const told = this.#path === CONFIG_PATH ? toldBy(readAppConfig(file.bytes())) : {}
      const staged = { path: this.#path, contentType: this.#contentType, ...(await file.close()) }
      const put = { file: staged, bounds: BOUNDS, condition, told }
      this.#isOffered = true
      const change = await putAppFile(this.#context.db, this.#editor, this.#id, put)
      const replaced = await requireChanged(this.#context, this.#editor, this.#id, this.#path, change)
      await discardObjects(this.#context, replaced)
    } catch (error) {
      if (!isUncertain(error)) this.#isOffered = false
      await this.abort()
      throw error
    }
  }

  /** Leaves nothing in the bucket, but for what may be a file of the app by now. */
  async abort(): Promise<void> {
    if (!this.#file || this.#isOffered) return
    await this.#file.abort()
    await discardObjects(this.#context, [this.#objectKey])
  }
}
