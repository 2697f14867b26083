import type { BuildOptions, BuildResult, Message, TransformOptions, TransformResult } from 'esbuild-wasm'
import { FormatError } from '../format-error.ts'

/** Where the files of an app are for esbuild. */
export const FILES = 'app'

interface Service {
  build<O extends BuildOptions>(options: O): Promise<BuildResult<O>>
  transform(text: string, options: TransformOptions): Promise<TransformResult>
  stop(): void
}

/** What `npm run build` has made out of the esbuild-wasm package. */
export interface EsbuildSource {
  startRunningService: (
    address: string,
    wasmModule: WebAssembly.Module,
    withThread: boolean,
  ) => Promise<unknown>
  wasmModule: WebAssembly.Module
}

/** esbuild has had less memory, or stack, than a source takes; nothing more can be asked of the instance. */
export class EsbuildExhaustedError extends Error {
  override readonly name = 'EsbuildExhaustedError'
}

/** A running esbuild, with a linear memory of its own. */
export interface Esbuild {
  /** @throws FormatError `bad-source` that says what is wrong and where, EsbuildExhaustedError */
  build<O extends BuildOptions>(options: O): Promise<BuildResult<O>>
  /** @throws FormatError `bad-source`, EsbuildExhaustedError */
  transform(text: string, options: TransformOptions): Promise<TransformResult>
  /** Gives the memory back. */
  stop(): void
}

export async function startEsbuild({ startRunningService, wasmModule }: EsbuildSource): Promise<Esbuild> {
  const service = (await startRunningService('', wasmModule, false)) as Service
  return {
    build: (options) => service.build(options).catch(explained),
    transform: (text, options) => service.transform(text, options).catch(explained),
    stop: () => service.stop(),
  }
}

/** What it reports of sources comes with messages; anything else is its end. */
function explained(error: unknown): never {
  const messages = (error as { errors?: Message[] }).errors
  const [first] = messages ?? []
  if (!first) throw new EsbuildExhaustedError(error instanceof Error ? error.message : String(error))
  throw new FormatError('bad-source', placedMessage(first))
}

/** `file:line:column: what is wrong`; columns are counted from 1. */
export function placedMessage({ text, location }: Pick<Message, 'text' | 'location'>): string {
  const what = text.replaceAll(`"${FILES}:`, '"')
  if (!location) return what
  const file = location.file.startsWith(`${FILES}:`) ? location.file.slice(FILES.length + 1) : location.file
  return `${file}:${location.line}:${location.column + 1}: ${what}`
}
