import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CutoverLog } from '../../src/app/ports.ts'
import { digestOf } from '../../src/cli/worker/copies/compare-plan.ts'
import { filesOf, type Pin } from '../../src/cli/worker/copies/copy.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { poolsOf } from '../../src/domain/pools.ts'

const places = new WeakMap<CutoverLog, string>()

/** Workers of this log have their spools and runbooks below this folder. */
export const hostsBelow = (log: CutoverLog, folder: string): void => void places.set(log, folder)

export const spoolOf = (folder: string, pool: string): string =>
  join(folder, pool === 'db' ? 'spool' : `spool-${pool}`)

/**
 * Plans of tests are made by hand, so that no host could find their runbook: what a comparison would leave in the
 * spools is put there before the cutover opens.
 */
export function makeKnown(log: CutoverLog, cutover: string, plan: Plan): void {
  const folder = places.get(log)
  if (folder === undefined) return
  for (const pool of poolsOf(plan)) {
    const copy = join(spoolOf(folder, pool), 'runbooks', cutover)
    mkdirSync(copy, { recursive: true, mode: 0o700 })
    cpSync(join(folder, 'runbooks'), filesOf(copy), { recursive: true })
    const pin: Pin = { plan: digestOf(plan), hash: plan.hash, runbook: 'test.yaml', files: {}, programs: [] }
    writeFileSync(join(copy, 'pin.json'), JSON.stringify(pin), { mode: 0o600 })
  }
}
