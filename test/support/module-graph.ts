import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'

/** Loads modules of an app as one page would, one after the other, and hands over what their `result()` gives. */
export async function load(
  files: Readonly<Record<string, string>>,
  paths: readonly string[],
): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'app-'))
  try {
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), text)
    }
    const addresses = paths.map((path) => pathToFileURL(join(folder, path)).href)
    // The runner of the tests has a loader of its own.
    const worker = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads')
      const load = async () => {
        const results = []
        for (const address of workerData) results.push(await (await import(address)).result())
        parentPort.postMessage(results)
      }
      load()`,
      { eval: true, workerData: addresses },
    )
    const [results] = await once(worker, 'message')
    await worker.terminate()
    return results
  } finally {
    await rm(folder, { recursive: true })
  }
}
