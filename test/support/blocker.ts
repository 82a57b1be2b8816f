import type { Blocker } from '../../src/domain/state.ts'

/** A session that a step of a test cutover waits for. */
export const BLOCKER: Blocker & { readonly backendStart: string } = {
  target: 'main',
  pid: 4121,
  backendStart: '2026-11-20 21:00:00.123456+00',
  app: 'reporting',
  role: 'report',
  state: 'idle in transaction',
  openMs: 360_000,
  query: 'select ?',
  lockOn: 'orders',
}
