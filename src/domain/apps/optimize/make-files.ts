import type { R2Bucket } from '@cloudflare/workers-types'
import type { Esbuild } from '../../../formats/esbuild/esbuild.ts'
import { FormatError } from '../../../formats/format-error.ts'
import { bundleStyles } from './bundle-modules.ts'
import {
  CALL_MAX_MS,
  COMPRESSED_AT_ONCE_MAX_BYTES,
  OPTIMIZED_JSON_MAX_BYTES,
  OPTIMIZED_SOURCE_MAX_BYTES,
} from './limits.ts'
import { type FileForm, minifyJson, minifyScript, minifyStyle } from './minify.ts'
import type { MadeFile, MakeRequest, SourceFile } from './optimizer.ts'
import { sourceBytes, utf8Text } from './source-text.ts'
import { storeCompressed, storeMade, streamCompressed } from './store-made.ts'
import { type Starter, withinMemory } from './within-memory.ts'

type MakeFile = MakeRequest['files'][number]

const MADE_MAX_BYTES: Readonly<Record<FileForm, number>> = {
  ...{ page: 0, text: 0, other: 0, json: OPTIMIZED_JSON_MAX_BYTES },
  ...{ script: OPTIMIZED_SOURCE_MAX_BYTES, style: OPTIMIZED_SOURCE_MAX_BYTES },
}

/**
 * Makes files small and compresses them, as many as a call may take, at least one. What cannot be made smaller is only
 * compressed.
 * @throws FormatError `bad-source` that says what is wrong and where
 */
export async function makeFiles(
  bucket: R2Bucket,
  start: Starter,
  { paths, files, styles }: MakeRequest,
): Promise<MadeFile[]> {
  const known = new Set(paths)
  const made: MadeFile[] = []
  const end = Date.now() + CALL_MAX_MS
  for (const file of files) {
    made.push(await makeFile(bucket, start, file, known, styles))
    if (Date.now() > end) break
  }
  return made
}

async function makeFile(
  bucket: R2Bucket,
  start: Starter,
  file: MakeFile,
  known: ReadonlySet<string>,
  styles: readonly SourceFile[],
): Promise<MadeFile> {
  const { path, form, objectKey, byteSize, sha256, keys } = file
  const asItIs: MadeFile = { path, objectKey, byteSize, sha256, gzipKey: null, brotliKey: null }
  if (form === 'other') return asItIs
  if (byteSize > COMPRESSED_AT_ONCE_MAX_BYTES) return streamCompressed(bucket, file, keys)
  const bytes = await sourceBytes(bucket, file)
  const text = byteSize <= MADE_MAX_BYTES[form] ? utf8Text(bytes) : null
  const smaller =
    text === null ? null : await withinMemory(start, (esbuild) => smallerText(esbuild, file, text))
  const result = smaller === null ? null : new TextEncoder().encode(smaller)
  // A style sheet may grow by what it takes in; anything else that does is better left.
  if (result && (file.isEntry || result.length < bytes.length)) return storeMade(bucket, path, result, keys)
  return storeCompressed(bucket, path, bytes, [objectKey, keys[1], keys[2]])

  async function smallerText(esbuild: Esbuild, { isEntry }: MakeFile, source: string) {
    if (form === 'script') return minifyScript(esbuild, path, source)
    if (form === 'json') return jsonOrNull(source)
    return isEntry
      ? bundledStyle(bucket, esbuild, path, source, known, styles)
      : minifyStyle(esbuild, path, source)
  }
}

/** What is no JSON is left as it is: nobody has said that it must be. */
function jsonOrNull(text: string): string | null {
  try {
    return minifyJson(text)
  } catch (error) {
    if (error instanceof FormatError) return null
    throw error
  }
}

/** Null where all that a style sheet imports is too large to be one, or in another encoding. */
async function bundledStyle(
  bucket: R2Bucket,
  esbuild: Esbuild,
  path: string,
  text: string,
  known: ReadonlySet<string>,
  styles: readonly SourceFile[],
): Promise<string | null> {
  const byPath = new Map(styles.map((style) => [style.path, style]))
  let left = OPTIMIZED_SOURCE_MAX_BYTES - text.length
  let isReadable = true
  const made = await bundleStyles(esbuild, path, {
    hasFile: (one) => known.has(one),
    async read(one) {
      if (one === path) return text
      const style = byPath.get(one)
      left -= style?.byteSize ?? Number.POSITIVE_INFINITY
      const read = style && left >= 0 ? utf8Text(await sourceBytes(bucket, style)) : null
      isReadable &&= read !== null
      return read ?? ''
    },
  })
  return isReadable ? made : null
}
