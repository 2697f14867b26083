import { execFileSync } from 'node:child_process'

/** What a program says its version is, on one line; null where it is not installed. */
export function versionOf(program: string): string | null {
  try {
    const output = execFileSync(program, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return output.trim().split('\n')[0] ?? ''
  } catch {
    return null
  }
}
