import type { Context } from '../context.ts'
import { NotFoundError, ValidationError } from '../errors.ts'
import type { AppFile } from './app-files.ts'
import { PAGE_PATH } from './app-paths.ts'
import { Mentions } from './mentions.ts'
import { assetsIn } from './platform-assets.ts'

/** A text up to this size is searched for what it refers to of the platform. */
const REWRITTEN_MAX_BYTES = 2 * 1024 * 1024
/** Bytes of texts that refer to the platform, which are held until they are written. */
export const HELD_MAX_BYTES = 32 * 1024 * 1024
/** Bytes of other texts that are held, so as not to be read twice: a request has a thousand operations on the bucket. */
const KEPT_MAX_BYTES = 16 * 1024 * 1024

/** What an app needs. */
export interface Traced {
  paths: ReadonlySet<string>
  /** Paths below `/assets/` that the texts refer to. */
  assets: ReadonlySet<string>
}

/**
 * Follows what texts mention, from the page and the configuration on.
 * @param texts what is given of them; texts that refer to the platform are put there, too, and others that may be held
 */
export async function traceApp(
  context: Context,
  files: readonly AppFile[],
  texts: Map<string, Uint8Array>,
  chosen: readonly string[],
): Promise<Traced> {
  const mentions = new Mentions(files.map(({ path }) => path))
  const assets = new Set<string>()
  const paths = new Set<string>()
  const budget = { held: HELD_MAX_BYTES, kept: KEPT_MAX_BYTES }
  const byPath = new Map(files.map((file) => [file.path, file]))
  for (const bytes of texts.values()) {
    const text = new TextDecoder().decode(bytes)
    for (const asset of assetsIn(text)) assets.add(asset)
    mentions.read(text)
    mentions.endText()
  }
  const waiting = [PAGE_PATH, ...chosen, ...mentions.take()]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const file = byPath.get(path)
    if (!file || paths.has(path)) continue
    paths.add(path)
    if (texts.has(path) || !isText(file)) continue
    if (file.byteSize > REWRITTEN_MAX_BYTES) await readPieces(context, file, mentions)
    else {
      const bytes = await wholeObject(context, file)
      const text = new TextDecoder().decode(bytes)
      const referred = assetsIn(text)
      for (const asset of referred) assets.add(asset)
      if (hasRoom(bytes, referred.length > 0, budget)) texts.set(path, bytes)
      mentions.read(text)
      mentions.endText()
    }
    waiting.push(...mentions.take())
  }
  return { paths, assets }
}

/** Whether a text is held. @throws ValidationError where it must be and there is no room for it */
function hasRoom(
  { length }: Uint8Array,
  isReferring: boolean,
  budget: { held: number; kept: number },
): boolean {
  if (!isReferring) {
    if (length > budget.kept) return false
    budget.kept -= length
    return true
  }
  budget.held -= length
  if (budget.held >= 0) return true
  throw new ValidationError([
    {
      attribute: 'app',
      message: `has more than ${HELD_MAX_BYTES} bytes of texts that refer to the platform's scripts and styles`,
    },
  ])
}

async function readPieces(context: Context, file: AppFile, mentions: Mentions): Promise<void> {
  const decoder = new TextDecoder('latin1')
  for await (const chunk of await chunksOf(context, file)) mentions.read(decoder.decode(chunk))
  mentions.endText()
}

/** The bytes of a file that is held in memory. @throws NotFoundError where another has been put in its place */
export async function wholeObject(context: Context, file: AppFile): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of await chunksOf(context, file)) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks))
}

async function chunksOf(
  { bucket }: Context,
  { path, objectKey }: AppFile,
): Promise<AsyncIterable<Uint8Array>> {
  const object = await bucket.get(objectKey)
  if (!object) throw new NotFoundError('File', path)
  return object.body as unknown as AsyncIterable<Uint8Array>
}

const isText = ({ contentType }: AppFile): boolean => /^text\/|[/+](?:json|xml)(?:;|$)/.test(contentType)
