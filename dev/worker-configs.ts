import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The first is the one that listens. */
const CONFIG_FILES = [
  'wrangler.toml',
  'workers/tiles/wrangler.toml',
  'workers/render/wrangler.toml',
  'workers/jobs/wrangler.toml',
  'workers/optimize/wrangler.toml',
]

/**
 * Writes copies of the Workers' configuration with `vars` set in all of them (`wrangler dev --var` reaches the first
 * Worker only) into `directory`, readable by their owner alone. Wrangler's working files land there too, so two
 * instances do not meet.
 *
 * @returns the paths of the copies, in the order of the `-c` options
 */
export async function writeWorkerConfigs(directory: string, vars: Record<string, string>): Promise<string[]> {
  // A second's work to load: not before it is needed.
  const { experimental_readRawConfig } = await import('wrangler')
  rmSync(directory, { recursive: true, force: true })
  return CONFIG_FILES.map((file) => {
    const source = resolve(root, file)
    const from = dirname(source)
    const { rawConfig } = experimental_readRawConfig({ config: source })
    const config = {
      ...rawConfig,
      main: resolve(from, rawConfig.main ?? ''),
      ...(rawConfig.base_dir ? { base_dir: resolve(from, rawConfig.base_dir) } : {}),
      ...(rawConfig.assets?.directory
        ? { assets: { ...rawConfig.assets, directory: resolve(from, rawConfig.assets.directory) } }
        : {}),
      // Routes are production's host names; locally every request arrives at the loopback address.
      routes: undefined,
      vars: { ...rawConfig.vars, ...vars },
    }
    const path = join(directory, String(rawConfig.name), 'wrangler.json')
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, JSON.stringify(config, null, 2), { mode: 0o600 })
    return path
  })
}
