import type { PoolCommand } from '../../src/domain/commands.ts'

/** What a host says that knows the runbook. */
export const readyPool = (pool = 'db'): PoolCommand => ({
  type: 'report pool ready',
  pool,
  hash: 'a'.repeat(64),
  programs: [],
  ignored: [],
})
