import { crc32 } from '../../formats/crc32.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { NotFoundError, ValidationError } from '../errors.ts'
import { type AppConfig, type ConfigValue, isMembers, memberOf, readAppConfig } from './app-config.ts'
import { type AppFile, readAppFiles } from './app-files.ts'
import { CONFIG_PATH, PAGE_PATH } from './app-paths.ts'
import { effectiveConfig } from './effective-config.ts'
import { type AppExport, archiveOf, type KnownMember, memberOfFile } from './export-app.ts'
import { readPlatformAssets, withOwnAssets } from './platform-assets.ts'
import { readProvidedFile } from './served-files.ts'
import { traceApp, wholeObject } from './standalone-trace.ts'

/** Where an export has what the platform serves, unless the app has a folder of that name. */
const ASSETS_FOLDER = 'assets'
/** How addresses of the platform begin. */
const PLATFORM_PATH = /^\/(?:1|ogc|tiles|wms|iiif|maps|mosaics|layers|api|resources)(?:[/?.#]|$)/

export interface StandaloneOptions {
  /** The platform's own address, `https://host`. */
  origin: string
  /** Modules that the app loads without mentioning them: paths, with or without `.js`. */
  customLayerModules: readonly string[]
  /** Files, or folders with all that is in them, of the same kind. */
  customFiles: readonly string[]
}

/**
 * What an app needs to run on any web server: its page, its configuration as it runs with, every file that one of them, or a
 * file that they mention, mentions by name, what is asked for besides, and what they load of the platform.
 * @throws NotFoundError, UnauthenticatedError, ForbiddenError; ValidationError for what is asked for and not there
 */
export async function exportStandalone(
  context: Context,
  principal: Principal,
  id: string,
  options: StandaloneOptions,
): Promise<AppExport> {
  try {
    return await makeStandalone(context, principal, id, options)
  } catch (error) {
    // Between look-up and reading, another may have been put in the place of a file.
    if (!(error instanceof NotFoundError && error.entity === 'File')) throw error
    return makeStandalone(context, principal, id, options)
  }
}

async function makeStandalone(
  context: Context,
  principal: Principal,
  id: string,
  { origin, customLayerModules, customFiles }: StandaloneOptions,
): Promise<AppExport> {
  const { app, files } = await readAppFiles(context, principal, id)
  const chosen = [
    ...filesNamed('customLayerModules', customLayerModules, files, moduleMatches),
    ...filesNamed('customFiles', customFiles, files, fileMatches),
  ]
  const texts = new Map<string, Uint8Array>()
  const configFile = files.find(({ path }) => path === CONFIG_PATH)
  if (configFile) {
    const config = effectiveConfig(readAppConfig(await wholeObject(context, configFile)), app)
    texts.set(CONFIG_PATH, new TextEncoder().encode(JSON.stringify(withAddresses(config, origin), null, 2)))
  }
  const hasPage = files.some(({ path }) => path === PAGE_PATH)
  const page = hasPage ? null : await readProvidedFile(context, PAGE_PATH)
  if (page) texts.set(PAGE_PATH, page.bytes)
  const traced = await traceApp(context, files, texts, chosen)
  const folder = freeFolder(files)
  const assets = await readPlatformAssets(context, traced.assets)
  const members = [
    ...[...texts].map(([path, bytes]) =>
      memberOfBytes(
        path,
        rewritten(bytes, (text) => withOwnAssets(text, path, folder, assets)),
        files.find((file) => file.path === path)?.modifiedAt ?? app.modifiedAt,
      ),
    ),
    ...files
      .filter(({ path }) => traced.paths.has(path) && !texts.has(path))
      .map((file) => memberOfFile(context, file)),
    ...[...assets].map(([path, bytes]) => memberOfBytes(`${folder}/${path}`, bytes, app.modifiedAt)),
  ]
  return archiveOf(app.slug, members.sort(byName))
}

const byName = (a: KnownMember, b: KnownMember): number => (a.name < b.name ? -1 : 1)

const memberOfBytes = (name: string, bytes: Uint8Array, modifiedAt: Date): KnownMember => ({
  ...{ name, chunks: [bytes], modifiedAt },
  known: { size: bytes.length, crc32: crc32(bytes) },
})

/** The bytes of a text that is changed; bytes that are no text stay as they are. */
function rewritten(bytes: Uint8Array, change: (text: string) => string): Uint8Array {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return new TextEncoder().encode(change(text))
  } catch (error) {
    if (error instanceof TypeError) return bytes
    throw error
  }
}

/** The configuration with the platform's addresses written out, and told which platform they are of. */
function withAddresses(config: AppConfig, origin: string): AppConfig {
  const whole = (value: ConfigValue): ConfigValue => {
    if (typeof value === 'string') return PLATFORM_PATH.test(value) ? origin + value : value
    if (Array.isArray(value)) return value.map(whole)
    if (!isMembers(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, whole(member)]))
  }
  const made = whole(config) as AppConfig
  const properties = memberOf(made, 'properties')
  return { ...made, properties: { platform: origin, ...(isMembers(properties) ? properties : {}) } }
}

type Matches = (path: string, name: string) => boolean

const moduleMatches: Matches = (path, name) => [name, `${name}.js`, `${name}.mjs`].includes(path)
const fileMatches: Matches = (path, name) => path === name || path.startsWith(`${name.replace(/\/$/, '')}/`)

/** Paths of the files that are asked for by name. @throws ValidationError that tells the names that are none */
function filesNamed(
  attribute: string,
  names: readonly string[],
  files: readonly AppFile[],
  matches: Matches,
): string[] {
  const found = names.map((given) => {
    const name = given.replace(/^(?:\.\/)+/, '')
    return { given, paths: files.filter(({ path }) => matches(path, name)).map(({ path }) => path) }
  })
  const unknown = found.filter(({ paths }) => paths.length === 0).map(({ given }) => JSON.stringify(given))
  if (unknown.length > 0)
    throw new ValidationError([{ attribute, message: `names what the app has not: ${unknown.join(', ')}` }])
  return found.flatMap(({ paths }) => paths)
}

/** A folder for what the platform serves in which the app has nothing of its own. */
function freeFolder(files: readonly AppFile[]): string {
  const isTaken = (folder: string) => files.some(({ path }) => path.toLowerCase().split('/')[0] === folder)
  let folder = ASSETS_FOLDER
  for (let i = 1; isTaken(folder); i++) folder = `platform-${ASSETS_FOLDER}${i === 1 ? '' : i}`
  return folder
}
