import { ENDS, type Anchor } from '../app/anchor.ts'
import type { CutoverLog } from '../app/ports.ts'
import type { PersonId } from '../domain/plan.ts'
import type { CutoverState, Status } from '../domain/state.ts'
import { timelineOf } from './timeline-of.ts'
import type { Timeline } from './timeline.ts'

/** States in which there is an end to tell. */
const ENDED: readonly Status[] = ['guarded', 'closed', 'abandoned']

/** The timeline up to an end, and the place of that end in the record, which is the head of the timeline. */
export interface EndedTimeline {
  readonly timeline: Timeline
  readonly end: Anchor
}

/** The timeline of a cutover that has come to an end; undefined before. It stays the same until another end comes. */
export async function timelineAtEnd(
  log: CutoverLog,
  state: CutoverState,
  names: ReadonlyMap<PersonId, string>,
): Promise<EndedTimeline | undefined> {
  if (!ENDED.includes(state.status)) return undefined
  const end = (await log.anchors(state.id, state.position)).findLast(({ event }) => ENDS.includes(event.type))
  if (end === undefined) return undefined
  // What came later is told by what comes later; the end itself is part of it.
  const events = (await log.events(state.id)).filter(({ position }) => position <= end.position)
  return { timeline: timelineOf(events, { names, head: end.hash }), end }
}
