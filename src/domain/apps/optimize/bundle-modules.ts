import type { BuildOptions, Plugin } from 'esbuild-wasm'
import { type Esbuild, FILES } from '../../../formats/esbuild/esbuild.ts'
import { relativeAddress, resolveAddress, resolveModule } from './addresses.ts'
import { missing } from './analyse-script.ts'
import type { BundlePlan } from './bundle-plan.ts'

/** A file that has been made, in the place of the one at its path or beside it. */
export interface MadeText {
  path: string
  text: string
}

export interface BundleSources extends BundlePlan {
  /** Where pieces lie that several entries share, or that are loaded later. */
  chunkFolder: string
  /** A name that stands in none of the sources. */
  mark: string
  hasFile(path: string): boolean
  read(path: string): Promise<string>
}

/** What of a build's outputs is an entry, by its number, and what is shared. */
const ENTRY = /^\/?e(\d+)\.js$/
const CHUNK = /^\/?(c-[^/]+\.js)$/

/**
 * Puts modules together, and makes them small. What is not among them is loaded from where it is.
 * @returns the entries at their own paths, and the pieces they share
 * @throws FormatError `bad-source`, EsbuildExhaustedError
 */
export async function bundleModules(esbuild: Esbuild, sources: BundleSources): Promise<MadeText[]> {
  const { entries, mark, chunkFolder } = sources
  const options = {
    entryPoints: entries.map((path, index) => ({ in: path, out: `e${index}` })),
    ...{ bundle: true, splitting: true, minify: true, write: false, format: 'esm', target: 'esnext' },
    ...{ outdir: '/', chunkNames: 'c-[hash]', publicPath: `${mark}:`, legalComments: 'eof', charset: 'utf8' },
    logLevel: 'silent',
    plugins: [modulesOf(sources)],
  } as const satisfies BuildOptions
  const { outputFiles } = await esbuild.build(options)
  /** Where what the build calls so will lie. */
  const placed = (name: string): string => {
    const entry = ENTRY.exec(name)
    return entry ? entries[Number(entry[1])]! : `${chunkFolder}/${CHUNK.exec(name)![1]}`
  }
  const marked = new RegExp(`${mark}:/?([^"'\`]*)`, 'g')
  return outputFiles
    .map((file) => {
      const path = placed(file.path)
      const text = file.text.replace(marked, (_all, name: string) =>
        name.startsWith(OUTWARD) ? outward(path, name) : relativeAddress(path, fileAt(placed(name))),
      )
      return { path, text }
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

const fileAt = (path: string) => ({ kind: 'file', path, suffix: '' }) as const

/** Addresses that lead out of what is put together, as they are from the app's own folder. */
const OUTWARD = 'x/'
const AT_ROOT = '-'

const outward = (path: string, name: string): string => {
  const address = resolveAddress(AT_ROOT, name.slice(OUTWARD.length))
  return address.kind === 'elsewhere' ? name.slice(OUTWARD.length) : relativeAddress(path, address)
}

const modulesOf = ({ modules, mark, hasFile, read }: BundleSources): Plugin => ({
  name: 'modules of an app',
  setup(build) {
    const included = new Set(modules)
    build.onResolve({ filter: /.*/ }, ({ path: specifier, importer, kind }) => {
      if (kind === 'entry-point') return { path: specifier, namespace: FILES }
      const address = resolveModule(importer, specifier)
      if (address.kind === 'elsewhere') return { path: specifier, external: true }
      if (address.kind === 'file' && included.has(address.path))
        return { path: address.path, namespace: FILES }
      if (address.kind === 'file' && kind === 'import-statement' && !hasFile(address.path))
        return missing(specifier)
      const told = relativeAddress(AT_ROOT, address).replaceAll('`', '%60')
      return { path: `${mark}:/${OUTWARD}${told}`, external: true }
    })
    build.onLoad({ filter: /.*/, namespace: FILES }, async ({ path }) => ({
      contents: await read(path),
      loader: 'js',
    }))
  },
})

/** A style sheet with those it imports in it, made small. */
export async function bundleStyles(
  esbuild: Esbuild,
  entry: string,
  { hasFile, read }: Pick<BundleSources, 'hasFile' | 'read'>,
): Promise<string> {
  const plugin: Plugin = {
    name: 'style sheets of an app',
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path: specifier, importer, kind }) => {
        if (kind === 'entry-point') return { path: specifier, namespace: FILES }
        const address = resolveAddress(importer, specifier)
        if (address.kind === 'elsewhere') return { path: specifier, external: true }
        if (kind === 'import-rule' && address.kind === 'file') {
          if (!hasFile(address.path)) return missing(specifier)
          return { path: address.path, namespace: FILES }
        }
        return { path: relativeAddress(entry, address).replace(/^\.\//, ''), external: true }
      })
      build.onLoad({ filter: /.*/, namespace: FILES }, async ({ path }) => ({
        contents: await read(path),
        loader: 'css',
      }))
    },
  }
  const { outputFiles } = await esbuild.build({
    entryPoints: [entry],
    ...{ bundle: true, minify: true, write: false, outdir: '/', target: 'esnext', logLevel: 'silent' },
    ...{ legalComments: 'inline', charset: 'utf8' },
    plugins: [plugin],
  })
  return outputFiles[0]!.text
}
