import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { baseUrl } from './mapwarper-client.ts'

const SCRIPT = fileURLToPath(new URL('../../docs/giscloud-curl.sh', import.meta.url))
/** How many commands the documentation prints. */
const PRINTED = 65

interface Ended {
  code: number
  stdout: string
}

const run = (env: Record<string, string>): Promise<Ended> =>
  new Promise((resolve) => {
    const environment = { ...process.env, BASE: baseUrl, ...env }
    execFile('sh', [SCRIPT], { env: environment }, (error, stdout) =>
      resolve({ code: Number(error?.code ?? 0), stdout }),
    )
  })

describe('the commands of the printed documentation', () => {
  it('are answered as it says, every one', async () => {
    expect(await run({})).toEqual({
      code: 0,
      stdout: `${PRINTED} commands answered as documented, 0 did not\n`,
    })
  })

  it('are as many as are printed, and each has something to answer', () => {
    const script = readFileSync(SCRIPT, 'utf8')
    expect(script.match(/^answers \d{3} .*\\\n {2}curl /gm)).toHaveLength(PRINTED)
  })
})
