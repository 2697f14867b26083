import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { fileURLToPath } from 'node:url'
const root = fileURLToPath(new URL('../../..', import.meta.url))
export default defineConfig({
  root,
  test: { projects: [{
    root,
    resolve: { alias: [{ find: /^.*\/build\/gdal\.wasm$/, replacement: root + 'test/worker/probe/gdal-wasm.ts' }] },
    plugins: [cloudflareTest(({ inject }) => ({
      main: './workers/jobs/index.ts',
      wrangler: { configPath: './workers/jobs/wrangler.toml' },
      miniflare: { bindings: { DATABASE_URL: inject('databaseUrl'), NEON_LOCAL: inject('neonLocal') }, wasmBindings: { GDAL_WASM: root + 'build/gdal.wasm' } },
    }))],
    test: { name: 'worker', include: ['test/worker/probe/*.test.ts'], globalSetup: ['test/support/database.ts'], testTimeout: 60_000 },
  }] },
})
