import { defineConfig } from 'vitest/config'

/** The tests that drive published SDKs on an embedded hub; the Python ones need what `npm run test:interop` does. */
export default defineConfig({
  test: {
    include: [
      'packages/landfall/test/hub/rest*.test.ts',
      'packages/landfall/test/hub/*.interop.test.ts',
      'packages/landfall/test/sdk/hub*.test.ts',
      'packages/landfall/test/sdk/azure-iothub.interop.test.ts',
    ],
    reporters: ['default', './packages/landfall/test/compatibility/reporter.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    maxWorkers: 1,
  },
})
