import type { Recorded } from '../domain/events.ts'

/**
 * `events.ndjson`: one event to a line, in the order of the log, with its envelope first. For reading; what
 * proves the chain is the export of the stored text.
 */
export function eventsNdjson(events: readonly Recorded[]): string {
  return events
    .map(({ cutover, position, at, actor, type, data }) =>
      JSON.stringify({ cutover, position, at: new Date(at).toISOString(), actor, type, data }),
    )
    .map((line) => `${line}\n`)
    .join('')
}
