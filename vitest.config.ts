import { defineConfig } from 'vitest/config'
import { FaultTable } from './test/faults/support/table.ts'

// Real processes, sockets and browsers on a machine that others use too: in CI a test has one more try, and the report
// names it. On a desk it has none.
const retry = process.env['CI'] === 'true' ? 1 : 0

// `npm run test:faults`: every fault on both queues, for as long as it takes, and a table at the end.
const isWhole = process.env['FAULTS'] === 'all'
const reporters = isWhole ? { reporters: ['default', new FaultTable()] } : {}
// All that they try takes minutes, and a file without a test counts as broken.
const takeMinutes = ['during-a-step', 'ten-hours'].map((name) => `test/faults/slack-${name}.test.ts`)

export default defineConfig({
  test: {
    ...reporters,
    projects: [
      {
        test: {
          name: 'repository',
          include: ['test/repository/**/*.test.ts'],
          maxWorkers: 2,
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'product',
          include: ['test/**/*.test.ts'],
          exclude: ['test/repository/**', 'test/e2e/**', 'test/faults/**'],
          retry,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // Much of it waits for databases and processes; left alone, Vitest uses one of two cores.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          retry,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          // Whole products run here, each with databases of its own, and wait more than they work.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          exclude: isWhole ? [] : takeMinutes,
          retry,
          testTimeout: 90_000,
          hookTimeout: 120_000,
          // A log, a target and workers for each file; mostly waiting for what was killed to be missed.
          maxWorkers: 3,
          // Together with the whole products, so that nobody waits for the longest of those.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
