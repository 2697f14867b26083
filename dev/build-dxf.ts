/**
 * Makes `build/dxf-templates.mjs`: the beginning and the end of every DXF file that GDAL writes, out of the package of
 * data files of gdal3.js, the rest of which nothing needs.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BUILD = fileURLToPath(new URL('../build/', import.meta.url))
const OUTPUT = `${BUILD}dxf-templates.mjs`
const TEMPLATES = ['header.dxf', 'trailer.dxf']

/**
 * A file of the package of data files, by the list of them in the package's glue.
 * @throws Error when it is not in the list exactly once (another gdal3.js version)
 */
export function packagedFile(glue: string, data: Uint8Array, name: string): Uint8Array {
  const places = [
    ...glue.matchAll(
      new RegExp(`"filename":"/usr/share/gdal/${name.replace('.', '\\.')}","start":(\\d+),"end":(\\d+)`, 'g'),
    ),
  ]
  if (places.length !== 1) throw new Error(`gdal3.js: expected exactly one ${name}, found ${places.length}`)
  const [start, end] = places[0]!.slice(1).map(Number)
  return data.subarray(start, end)
}

/** Writes the templates, unless those there are the same. */
export async function buildDxf(): Promise<void> {
  const packageDir = dirname(createRequire(import.meta.url).resolve('gdal3.js/package.json'))
  const glue = await readFile(join(packageDir, 'build/package/gdal3WebAssembly.js'), 'utf8')
  const data = await readFile(join(packageDir, 'dist/package/gdal3WebAssembly.data'))
  const templates = TEMPLATES.map((name) => {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(packagedFile(glue, data, name))
    return [name, text] as const
  })
  const module = `export default ${JSON.stringify(Object.fromEntries(templates))}\n`
  if ((await readFile(OUTPUT, 'utf8').catch(() => '')) === module) return
  await mkdir(BUILD, { recursive: true })
  // A process that builds at the same time writes the same bytes; the rename keeps readers from half a file.
  const temporary = `${OUTPUT}.${process.pid}`
  await writeFile(temporary, module)
  await rename(temporary, OUTPUT)
}

if (import.meta.main) await buildDxf()
