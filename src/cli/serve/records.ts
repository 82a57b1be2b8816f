import type { Pool } from 'pg'
import type { CutoverLog } from '../../app/ports.ts'
import type { PersonId } from '../../domain/plan.ts'
import type { Records } from '../../http/routes/cutovers.ts'
import { storedEvents, verifyCutover } from '../../postgres/verify.ts'
import { noticesMarkdown } from '../../report/notices-markdown.ts'
import { timelineMarkdown } from '../../report/timeline-markdown.ts'
import { timelineOf } from '../../report/timeline-of.ts'
import { timelineJson, type Timeline } from '../../report/timeline.ts'

/** The record of a cutover for the outside: timeline, export and verification. */
export function makeRecords(deps: {
  readonly pool: Pool
  readonly log: CutoverLog
  readonly names: () => ReadonlyMap<PersonId, string>
}): Records {
  async function timeline(cutover: string): Promise<Timeline | null> {
    const events = await deps.log.events(cutover)
    if (events.length === 0) return null
    const head = (await storedEvents(deps.pool, cutover)).at(-1)?.hash
    return timelineOf(events, { names: deps.names(), ...(head === undefined ? {} : { head }) })
  }

  return {
    async timeline(cutover, format) {
      const record = await timeline(cutover)
      if (!record) return null
      return format === 'json' ? timelineJson(record) : timelineMarkdown(record)
    },
    async exported(cutover) {
      const record = await timeline(cutover)
      if (!record) return null
      const stored = await storedEvents(deps.pool, cutover)
      return {
        'timeline.md': timelineMarkdown(record),
        'timeline.json': timelineJson(record),
        // The stored text of each column, so that `cutover verify DIR` can prove the chain without the database.
        'events.ndjson': stored.map((row) => `${JSON.stringify(row)}\n`).join(''),
        'notices.md': noticesMarkdown(record),
      }
    },
    verify: (cutover) => verifyCutover(deps.pool, cutover),
  }
}
