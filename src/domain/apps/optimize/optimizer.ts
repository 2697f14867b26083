import type { ScriptAnalysis } from './analyse-script.ts'
import type { BundlePlan, PageAnalysis } from './bundle-plan.ts'
import type { FileForm } from './minify.ts'

/** A file of an app as the optimizer is told of it. */
export interface SourceFile {
  path: string
  objectKey: string
  /** Bytes. */
  byteSize: number
}

/** The keys of what is made of a file: itself, gzip, brotli. Making it again puts the same there. */
export type MadeKeys = readonly [identity: string, gzip: string, brotli: string]

/** A file as it will be served: an object of its own or, where nothing is gained, the one that was there. */
export interface MadeFile {
  path: string
  objectKey: string
  byteSize: number
  /** Lower-case hexadecimal. */
  sha256: string
  /** Null where compressing gains nothing. */
  gzipKey: string | null
  brotliKey: string | null
}

/** What is known of pages and scripts, by their paths. */
export interface AnalysisResult {
  pages: Record<string, PageAnalysis>
  scripts: Record<string, ScriptAnalysis>
}

export interface AnalysisRequest {
  /** Of every file of the app. */
  paths: readonly string[]
  pages: readonly SourceFile[]
  scripts: readonly SourceFile[]
  /** From calls before. */
  known: AnalysisResult
}

export interface BundleRequest extends BundlePlan {
  paths: readonly string[]
  sources: readonly SourceFile[]
  chunkFolder: string
  mark: string
  /** Of the entries, in their order; more follow for what they share. */
  entryKeys: readonly MadeKeys[]
  sharedKeys: readonly MadeKeys[]
}

export interface MakeRequest {
  paths: readonly string[]
  files: readonly (SourceFile & {
    form: FileForm
    sha256: string
    /** A style sheet that takes in those it imports. */
    isEntry: boolean
    keys: MadeKeys
  })[]
  /** Style sheets that may be imported. */
  styles: readonly SourceFile[]
}

/**
 * What has come of a call: a result; or the optimizer is busy and is to be asked again; or the app is wrong, `message` saying
 * what and where.
 */
export type Optimized<Result> =
  | { kind: 'made'; result: Result }
  | { kind: 'busy' }
  | { kind: 'failed'; message: string }

/** Works on the objects of apps, in a Worker of its own, one call at a time. Every call may be repeated. */
export interface AppOptimizer {
  /** Looks at pages and the scripts they load, as many as it comes to: none where all is known. */
  analyse(request: AnalysisRequest): Promise<Optimized<AnalysisResult>>
  /** Puts modules together; null where that takes more memory than there is. */
  bundle(request: BundleRequest): Promise<Optimized<MadeFile[] | null>>
  /** Makes files small and compresses them, as many as it comes to, at least one. */
  make(request: MakeRequest): Promise<Optimized<MadeFile[]>>
}
