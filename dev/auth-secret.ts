import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const SECRET_BYTES = 32

/** The secret that signs sessions: made on first use, kept in a file that its owner alone may read. */
export function readAuthSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    mkdirSync(dirname(path), { recursive: true })
  }
  const whole = `${path}.${process.pid}`
  writeFileSync(whole, randomBytes(SECRET_BYTES).toString('base64url'), { mode: 0o600 })
  linkSync(whole, path)
  rmSync(whole)
  return readFileSync(path, 'utf8')
}
