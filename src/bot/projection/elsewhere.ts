import type { SlackEffect } from '../../app/ports.ts'
import type { Means } from './pass.ts'

/** Longer than a call may take. */
const FOREIGN_MS = 10_000

/**
 * Another process began to send it and may be at it at this moment. It is waited for once, for as long as a call can
 * take; then whoever comes looks for what became of it.
 */
export function isElsewhere(means: Means, row: SlackEffect): boolean {
  if (row.state !== 'sending' || means.store.isOurs(row)) return false
  const id = `elsewhere ${row.cutover} ${row.key} ${row.version}`
  const first = means.sent.get(id) ?? { at: means.clock(), position: 0 }
  means.sent.set(id, first)
  return means.clock() - first.at < FOREIGN_MS
}
