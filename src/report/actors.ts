import type { Actor } from '../domain/events.ts'

/** An actor as one word of the record. */
export function actorId(actor: Actor): string {
  switch (actor.kind) {
    case 'person':
      return actor.person
    case 'rehearsal':
      return 'rehearsal'
    case 'cutover':
      return 'cutover'
    case 'worker':
      return `worker:${actor.pool}`
  }
}

/** A list without repeats and without what is missing, in the order given. */
export function distinct(ids: readonly (string | undefined)[]): string[] {
  return [...new Set(ids.filter((id) => id !== undefined))]
}
