import type { Context } from '../context.ts'
import { VIEWER_ASSETS } from './viewer-assets.ts'

/** Where the platform serves what pages load. */
const ROOT = '/assets/'
/** A reference to something there, as texts have it: behind a quotation mark, a bracket or an equals sign. */
const REFERENCE = /(?<=["'`(=\s])\/assets\/([\w@./-]+)/g

/** What the platform serves that texts refer to, by its path below `/assets/`. */
export type PlatformAssets = ReadonlyMap<string, Uint8Array>

/** Paths below `/assets/` that a text refers to. */
export const assetsIn = (text: string): string[] => [...text.matchAll(REFERENCE)].map(([, path]) => path!)

/** Reads what is referred to, with all that the viewer loads where it is referred to; what is not there is left out. */
export async function readPlatformAssets(
  { readAsset }: Pick<Context, 'readAsset'>,
  referred: ReadonlySet<string>,
): Promise<PlatformAssets> {
  const viewer = VIEWER_ASSETS.map((path) => path.slice(ROOT.length))
  const paths = new Set([...referred, ...(viewer.some((path) => referred.has(path)) ? viewer : [])])
  const read = await Promise.all(
    [...paths].sort().map(async (path) => [path, await readAsset?.(ROOT + path)] as const),
  )
  return new Map(read.flatMap(([path, bytes]) => (bytes ? [[path, bytes]] : [])))
}

/**
 * A text whose references to the platform's assets lead to copies of them.
 * @param at path of the text's file
 * @param folder that has the copies, without a slash
 */
export function withOwnAssets(text: string, at: string, folder: string, assets: PlatformAssets): string {
  const up = '../'.repeat(at.split('/').length - 1) || './'
  return text.replaceAll(REFERENCE, (reference, path: string) =>
    assets.has(path) ? `${up}${folder}/${path}` : reference,
  )
}
