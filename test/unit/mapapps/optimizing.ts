import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { buildEsbuild } from '../../../dev/build-esbuild.ts'
import { analyseApp } from '../../../src/domain/apps/optimize/analyse-app.ts'
import { bundleApp } from '../../../src/domain/apps/optimize/bundle-app.ts'
import { chunkFolder, planBundles } from '../../../src/domain/apps/optimize/bundle-plan.ts'
import { makeFiles } from '../../../src/domain/apps/optimize/make-files.ts'
import { formOf } from '../../../src/domain/apps/optimize/minify.ts'
import { type OneAtATime, oneAtATime } from '../../../src/domain/apps/optimize/one-at-a-time.ts'
import type { MadeFile, MadeKeys, Optimized } from '../../../src/domain/apps/optimize/optimizer.ts'
import { mediaTypeOfFile } from '../../../src/domain/storage/media-types.ts'
import { memoryBucket } from './memory-bucket.ts'

/** Files of an app by their paths. */
export type AppSources = Readonly<Record<string, string | Uint8Array>>

let turns: Promise<OneAtATime> | null = null

/** The optimizer's turns, with the esbuild that the Workers have. */
export const optimizerTurns = (): Promise<OneAtATime> => (turns ??= loadTurns())

async function loadTurns(): Promise<OneAtATime> {
  await buildEsbuild()
  const built = new URL('../../../build/', import.meta.url)
  const { startRunningService } = await import(new URL('esbuild-glue.mjs', built).href)
  const wasmModule = await WebAssembly.compile(await readFile(new URL('esbuild.wasm', built)))
  return oneAtATime({ startRunningService, wasmModule })
}

export interface OptimizedApp {
  made: Map<string, MadeFile>
  /** The bytes of an object. */
  bytes(key: string): Uint8Array
  text(path: string): string
  /** Everything as it is served. */
  served: Record<string, string>
}

/** Does what the job does, without a database. @throws Error with the message that the job would fail with */
export async function optimize(files: AppSources): Promise<OptimizedApp> {
  const turn = await optimizerTurns()
  const encoded = Object.entries(files).map(
    ([path, content]) =>
      [path, typeof content === 'string' ? new TextEncoder().encode(content) : content] as const,
  )
  const objects = new Map<string, Uint8Array>(encoded)
  const bucket = memoryBucket(objects)
  const notes = encoded.map(([path, bytes]) => ({
    ...{ path, objectKey: path, byteSize: bytes.length, sha256: '' },
    form: formOf(path, mediaTypeOfFile(path, null)),
  }))
  const paths = notes.map(({ path }) => path)
  const note = (path: string) => notes.find((one) => one.path === path)!
  const ofForm = (form: string) => notes.filter((one) => one.form === form)
  const request = { paths, pages: ofForm('page'), scripts: ofForm('script') }
  const first = result(
    await turn((start) => analyseApp(bucket, start, { ...request, known: { pages: {}, scripts: {} } })),
  )
  const known = { pages: first.pages, scripts: first.scripts }
  expect(result(await turn((start) => analyseApp(bucket, start, { ...request, known })))).toEqual({
    pages: {},
    scripts: {},
  })
  const plan = planBundles({
    pages: Object.values(known.pages),
    scripts: new Map(Object.entries(known.scripts)),
    sizeOf: (path) => (note(path)?.form === 'script' ? note(path).byteSize : undefined),
  })
  const keys = (name: string): MadeKeys => [`${name}!`, `${name}!gzip`, `${name}!br`]
  const bundle = {
    ...{
      ...plan,
      paths,
      sources: plan.modules.map(note),
      chunkFolder: chunkFolder(paths),
      mark: 'm0123456789',
    },
    entryKeys: plan.entries.map(keys),
    sharedKeys: Array.from({ length: 50 }, (_, index) => keys(`shared${index}`)),
  }
  const bundled =
    plan.entries.length > 0 ? result(await turn((start) => bundleApp(bucket, start, bundle))) : []
  const made = new Map((bundled ?? []).map((file) => [file.path, file]))
  const entries = new Set(Object.values(known.pages).flatMap(({ styles }) => styles))
  for (let left = notes; left.length > 0; left = left.filter(({ path }) => !made.has(path))) {
    const request = {
      paths,
      files: left
        .filter(({ path }) => !made.has(path))
        .map((file) => ({ ...file, isEntry: entries.has(file.path), keys: keys(file.path) })),
      styles: notes.filter(({ form }) => form === 'style'),
    }
    for (const file of result(await turn((start) => makeFiles(bucket, start, request))))
      made.set(file.path, file)
  }
  const bytes = (key: string) => objects.get(key)!
  const text = (path: string) => new TextDecoder().decode(bytes(made.get(path)!.objectKey))
  return { made, bytes, text, served: Object.fromEntries([...made.keys()].map((path) => [path, text(path)])) }
}

function result<Result>(answer: Optimized<Result>): Result {
  if (answer.kind === 'made') return answer.result
  throw new Error(answer.kind === 'failed' ? answer.message : answer.kind)
}
