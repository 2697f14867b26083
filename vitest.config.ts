import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        plugins: [
          cloudflareTest(({ inject }) => ({
            main: './workers/jobs/index.ts',
            wrangler: { configPath: './workers/jobs/wrangler.toml' },
            miniflare: {
              bindings: { DATABASE_URL: inject('databaseUrl'), NEON_LOCAL: inject('neonLocal') },
            },
          })),
        ],
        test: {
          name: 'worker',
          sequence: { groupOrder: 1 },
          include: ['test/worker/**/*.test.ts'],
          globalSetup: ['test/support/database.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
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
