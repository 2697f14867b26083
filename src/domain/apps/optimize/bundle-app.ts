import type { R2Bucket } from '@cloudflare/workers-types'
import { bundleModules, type MadeText } from './bundle-modules.ts'
import type { BundleRequest, MadeFile } from './optimizer.ts'
import { sourceBytes, utf8Text } from './source-text.ts'
import { storeMade } from './store-made.ts'
import { type Starter, withinMemory } from './within-memory.ts'

/**
 * Puts modules together and stores what they have become, entries by their own paths.
 * @returns null where there is not memory enough for them
 * @throws FormatError `bad-source` that says what is wrong and where
 */
export async function bundleApp(
  bucket: R2Bucket,
  start: Starter,
  { paths, sources, entryKeys, sharedKeys, ...plan }: BundleRequest,
): Promise<MadeFile[] | null> {
  const known = new Set(paths)
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const texts = await withinMemory(start, (esbuild) =>
    bundleModules(esbuild, {
      ...plan,
      hasFile: (path) => known.has(path),
      read: async (path) => utf8Text(await sourceBytes(bucket, byPath.get(path)!)) ?? '',
    }),
  )
  if (texts === null) return null
  const isEntry = ({ path }: MadeText) => plan.entries.includes(path)
  const shared = texts.filter((text) => !isEntry(text))
  if (shared.length > sharedKeys.length) return null
  const made: MadeFile[] = []
  for (const text of texts) {
    const keys = isEntry(text) ? entryKeys[plan.entries.indexOf(text.path)] : sharedKeys[shared.indexOf(text)]
    made.push(await storeMade(bucket, text.path, new TextEncoder().encode(text.text), keys!))
  }
  return made
}
