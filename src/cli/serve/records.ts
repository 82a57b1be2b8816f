import type { Pool } from 'pg'
import type { PersonId } from '../../domain/plan.ts'
import type { RecordFormat, Records } from '../../http/routes/cutovers.ts'
import { decode } from '../../postgres/codec.ts'
import type { StoredEvent } from '../../postgres/hash.ts'
import { storedEvents, verifyCutover } from '../../postgres/verify.ts'
import { noticesMarkdown } from '../../report/notices-markdown.ts'
import { postMortemMarkdown } from '../../report/post-mortem.ts'
import { pullRequestMarkdown } from '../../report/pull-request.ts'
import { timelineMarkdown } from '../../report/timeline-markdown.ts'
import { timelineOf } from '../../report/timeline-of.ts'
import { timelineJson, type Timeline } from '../../report/timeline.ts'

const WRITERS: { readonly [Format in RecordFormat]: (timeline: Timeline) => string } = {
  md: timelineMarkdown,
  json: timelineJson,
  pr: pullRequestMarkdown,
  'post-mortem': postMortemMarkdown,
}

/** The record of a cutover for the outside: timeline, export and verification. */
export function makeRecords(deps: {
  readonly pool: Pool
  readonly names: () => ReadonlyMap<PersonId, string>
}): Records {
  function timelineFrom(stored: readonly StoredEvent[]): Timeline | null {
    const head = stored.at(-1)?.hash
    if (head === undefined) return null
    return timelineOf(
      stored.map((row) => decode(row)),
      { names: deps.names(), head },
    )
  }

  return {
    async timeline(cutover, format) {
      const record = timelineFrom(await storedEvents(deps.pool, cutover))
      if (!record) return null
      return WRITERS[format](record)
    },
    async exported(cutover) {
      const stored = await storedEvents(deps.pool, cutover)
      const record = timelineFrom(stored)
      if (!record) return null
      return {
        'timeline.md': timelineMarkdown(record),
        'timeline.json': timelineJson(record),
        // The stored text of each column, so that `cutover verify DIR` can prove the chain without the database.
        'events.ndjson': stored.map((row) => `${JSON.stringify(row)}\n`).join(''),
        'notices.md': noticesMarkdown(record),
        'post-mortem.md': postMortemMarkdown(record),
        'pull-request.md': pullRequestMarkdown(record),
      }
    },
    verify: (cutover, expected) => verifyCutover(deps.pool, cutover, expected),
  }
}
