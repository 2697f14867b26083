import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

/** On two cores, too, files take turns: what waits for a server leaves a core to another. */
const FILES_AT_ONCE = Math.max(2, availableParallelism() - 1)

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          // Pure code: files may share what they have loaded.
          isolate: false,
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 60_000,
          maxWorkers: FILES_AT_ONCE,
          sequence: { groupOrder: 0 },
        },
      },
      {
        plugins: [
          cloudflareTest(({ inject }) => ({
            main: './workers/jobs/index.ts',
            wrangler: { configPath: './workers/jobs/wrangler.toml' },
            miniflare: {
              dataBlobBindings: { GDAL_WASM: here('build/gdal.wasm') },
              // The optimize Worker is not there; no test here asks it.
              serviceBindings: { OPTIMIZE: () => new Response(null, { status: 503 }) },
              bindings: { DATABASE_URL: inject('databaseUrl'), NEON_LOCAL: inject('neonLocal') },
            },
          })),
        ],
        // The test runner hands a module of 28 MB over as a list of numbers, once a file; a binding is read as it is.
        resolve: {
          alias: [{ find: /^.*\/build\/gdal\.wasm$/, replacement: here('test/worker/support/gdal-wasm.ts') }],
        },
        test: {
          name: 'worker',
          // What they store goes by ids that one database gives them all.
          isolate: false,
          maxWorkers: FILES_AT_ONCE,
          sequence: { groupOrder: 1 },
          include: ['test/worker/**/*.test.ts'],
          globalSetup: ['test/support/database.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          // What they make, each file makes for itself.
          isolate: false,
          maxWorkers: FILES_AT_ONCE,
          sequence: { groupOrder: 2 },
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/global-server.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
