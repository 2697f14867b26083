import { cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const build = fileURLToPath(new URL('../../build', import.meta.url))
const require = createRequire(import.meta.url)

const versionOf = (name: string): string => {
  const manifest = join(dirname(require.resolve(name)), '..', 'package.json')
  return JSON.parse(readFileSync(manifest, 'utf8')).version
}

/** Where a new database with all its extensions is kept, for the packages that are installed. */
const templatePath = (): string =>
  join(build, `postgres-${versionOf('@electric-sql/pglite')}-${versionOf('@electric-sql/pglite-postgis')}`)

/** Copies the kept database to a directory that is not there. False where none is kept. */
export function copyTemplate(directory: string): boolean {
  const template = templatePath()
  if (!existsSync(template)) return false
  cpSync(template, directory, { recursive: true })
  return true
}

/**
 * Keeps a copy of a database in which nothing is under way, as it is on the disk: opened, it recovers like one whose
 * process was killed. Another process may have been first, or the folder may not be writable: then nothing is kept.
 */
export function keepTemplate(directory: string): void {
  const template = templatePath()
  const partial = `${template}.${process.pid}.partial`
  try {
    cpSync(directory, partial, { recursive: true })
    renameSync(partial, template)
  } catch {
    rmSync(partial, { recursive: true, force: true })
  }
}
