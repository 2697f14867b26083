import type { BuildOptions, Plugin } from 'esbuild-wasm'
import { type Esbuild, FILES } from '../../../formats/esbuild/esbuild.ts'
import { FormatError } from '../../../formats/format-error.ts'
import { resolveModule } from './addresses.ts'

/** What a script loads, and whether it can be put into another. */
export interface ScriptAnalysis {
  /** Paths of scripts of the app. */
  imports: string[]
  /** It asks what its own address is. */
  usesAddress: boolean
  /** It computes the addresses of modules. */
  isComputed: boolean
  /** It is one for loaders that give it `module` and `exports` where there are such, as there will be none. */
  isCommonJs: boolean
}

export interface ScriptSource {
  /** The file it is, or stands in. */
  path: string
  /** Against what its imports are resolved. */
  base: string
  text: string
  isModule: boolean
}

const isScript = (path: string): boolean => /\.m?js$/i.test(path)

/** Warnings by whose ids esbuild tells what is asked here. */
const ADDRESS_USED = 'empty-import-meta'
const COMPUTED_IMPORT = 'unsupported-dynamic-import'

/**
 * Parses a script and looks at what it loads.
 * @param hasFile whether the app has a file at a path
 * @throws FormatError `bad-source` where it is no JavaScript, or imports a file that the app does not have
 */
export async function analyseScript(
  esbuild: Esbuild,
  { path, base, text, isModule }: ScriptSource,
  hasFile: (path: string) => boolean,
): Promise<ScriptAnalysis> {
  const imports = new Set<string>()
  let requires = false
  const plugin: Plugin = {
    name: 'imports',
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path: specifier, kind }) => {
        if (kind === 'entry-point') return { path, namespace: FILES }
        if (kind === 'require-call' || kind === 'require-resolve') requires = true
        else {
          const address = resolveModule(base, specifier)
          if (address.kind === 'file') {
            if (hasFile(address.path)) imports.add(address.path)
            else if (kind === 'import-statement') return missing(specifier)
          }
        }
        return { path: specifier, external: true }
      })
      build.onLoad({ filter: /.*/ }, () => ({ contents: text, loader: 'js' }))
    },
  }
  const options = {
    entryPoints: [path],
    bundle: true,
    write: false,
    metafile: true,
    outdir: '/',
    format: isModule ? 'esm' : 'iife',
    target: 'esnext',
    supported: { 'import-meta': false },
    logLevel: 'silent',
    logOverride: { [ADDRESS_USED]: 'warning', [COMPUTED_IMPORT]: 'warning' },
    plugins: [plugin],
  } as const satisfies BuildOptions
  const built = await esbuild.build(options).catch(unlessGlob)
  if (built === null) return { imports: [], usesAddress: false, isComputed: true, isCommonJs: false }
  const { warnings, metafile } = built
  const warned = (id: string) => warnings.some((warning) => warning.id === id)
  return {
    imports: [...imports].filter(isScript),
    usesAddress: warned(ADDRESS_USED),
    isComputed: warned(COMPUTED_IMPORT),
    isCommonJs: requires || Object.values(metafile.inputs).some(({ format }) => format === 'cjs'),
  }
}

/** esbuild looks for all files that an address like `./lang/${name}.js` may mean, and has no folder to look in. */
function unlessGlob(error: unknown): null {
  if (error instanceof FormatError && error.message.startsWith('Cannot read directory')) return null
  throw error
}

/** What an import of a file is answered with that the app does not have. */
export const missing = (specifier: string) => ({
  errors: [{ text: `Could not resolve ${JSON.stringify(specifier)}: the app has no such file` }],
})
