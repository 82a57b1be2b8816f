import type { SlackEffect, SlackEffects } from '../../app/ports.ts'

export type Rows = ReadonlyMap<string, SlackEffect>

/** What exists in Slack for each cutover: as stored, and newer where this process has just changed it. */
export interface EffectStore {
  /** Reads again what is stored. What this process writes meanwhile is newer and wins. */
  read(cutover: string): Promise<Rows>
  get(cutover: string, key: string): SlackEffect | undefined
  all(cutover: string): readonly SlackEffect[]
  put(effect: SlackEffect): Promise<void>
  /**
   * What became of a change of `row`. When somebody has written since, that is newer: nothing is stored, and it is read
   * next time. False then.
   */
  settle(row: SlackEffect, effect: SlackEffect): Promise<boolean>
  /**
   * Says that this process sends it now, and gives what is stored. Null: another one was faster, and what it did is read next time; or this
   * process stood still since it asked, and another one may be at it by now.
   */
  begin(effect: SlackEffect): Promise<SlackEffect | null>
  /** This process itself began to send it, so nobody else is at it. */
  isOurs(row: SlackEffect): boolean
}

interface Kept {
  readonly rows: Map<string, SlackEffect>
  /** Key → how many writes there had been when it was written. */
  readonly written: Map<string, number>
  /** Key → the version that this process began. */
  readonly begun: Map<string, string>
  writes: number
}

/** With the longest that a call may take it is no more than what another process waits for before it looks itself. */
const SENT_WITHIN_MS = 2_000

/** `clock` in milliseconds that only go up, also while the process stands still. */
export function makeEffectStore(effects: SlackEffects, clock: () => number): EffectStore {
  const kept = new Map<string, Kept>()

  function of(cutover: string): Kept {
    const found = kept.get(cutover) ?? { rows: new Map(), written: new Map(), begun: new Map(), writes: 0 }
    kept.set(cutover, found)
    return found
  }

  /** Null: somebody wrote since `version`. */
  async function replace(effect: SlackEffect, version: string | undefined): Promise<SlackEffect | null> {
    const known = of(effect.cutover)
    const { version: _, ...given } = effect
    const stored = await effects.begin({ ...given, ...(version === undefined ? {} : { version }) })
    if (stored === null) {
      // What is known here is older than what is stored, whoever wrote it.
      known.written.delete(effect.key)
      return null
    }
    known.writes += 1
    known.rows.set(effect.key, stored)
    known.written.set(effect.key, known.writes)
    return stored
  }

  return {
    async read(cutover) {
      const known = of(cutover)
      const before = known.writes
      for (const row of await effects.of(cutover)) {
        if ((known.written.get(row.key) ?? 0) <= before) known.rows.set(row.key, row)
      }
      return known.rows
    },
    get: (cutover, key) => of(cutover).rows.get(key),
    all: (cutover) => [...of(cutover).rows.values()],
    async put(effect) {
      const known = of(effect.cutover)
      known.writes += 1
      known.rows.set(effect.key, effect)
      known.written.set(effect.key, Number.POSITIVE_INFINITY)
      const stored = await effects.put(effect)
      if (known.rows.get(effect.key) === effect) known.rows.set(effect.key, stored)
      known.writes += 1
      known.written.set(effect.key, known.writes)
    },
    async settle(row, effect) {
      return (await replace(effect, row.version)) !== null
    },
    async begin(effect) {
      const known = of(effect.cutover)
      const asked = clock()
      const stored = await replace(effect, known.rows.get(effect.key)?.version)
      if (stored?.version === undefined) return null
      if (clock() - asked > SENT_WITHIN_MS) {
        known.written.delete(effect.key)
        return null
      }
      known.begun.set(effect.key, stored.version)
      return stored
    },
    isOurs: ({ cutover, key, version }) => version !== undefined && of(cutover).begun.get(key) === version,
  }
}
