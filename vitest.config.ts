import { defineConfig } from 'vitest/config'

// Tests run on `src`, never on a stale `dist`: the "source" condition resolves `#room` to TypeScript.
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['test/{unit,contract,conformance,architecture,e2e}/**/*.test.ts'],
    pool: 'forks',
    execArgv: ['-C', 'source'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
