import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { baseUrl } from './mapwarper-client.ts'

/**
 * Runs the script that has every request which the documentation of an API prints.
 * @param name of the script below `docs`
 * @param requests what the script calls them, and how many are printed
 */
export function testDocumentedScript(name: string, requests: { called: string; count: number }): void {
  const script = fileURLToPath(new URL(`../../docs/${name}`, import.meta.url))
  const { called, count } = requests

  it('are answered as it says, every one', async () => {
    const env = { ...process.env, BASE: baseUrl }
    const ended = await new Promise<{ code: number; stdout: string }>((resolve) => {
      execFile('sh', [script], { env }, (error, stdout) =>
        resolve({ code: Number(error?.code ?? 0), stdout }),
      )
    })
    expect(ended).toEqual({ code: 0, stdout: `${count} ${called} answered as documented, 0 did not\n` })
  })

  it('are as many as are printed, and each has something to answer', () => {
    expect(readFileSync(script, 'utf8').match(/^answers \d{3} .*\\\n {2}curl /gm)).toHaveLength(count)
  })
}
