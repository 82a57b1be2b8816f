import { handleCommand } from '../../app/handle-command.ts'
import type { CutoverLog } from '../../app/ports.ts'
import type { EventType, Recorded } from '../../domain/events.ts'
import type { PersonId } from '../../domain/plan.ts'
import type { CutoverState, Status } from '../../domain/state.ts'
import { timelineBlocks } from '../../report/timeline-blocks.ts'
import { timelineOf } from '../../report/timeline-of.ts'
import type { Look } from './kinds.ts'

/** States in which there is an end to tell; each of these events is one. */
const ENDED: readonly Status[] = ['guarded', 'closed', 'abandoned']
const ENDS: readonly EventType[] = ['cutover guarded', 'cutover closed', 'cutover abandoned']

export interface EndRecord extends NonNullable<Look['timeline']> {
  /** Hash of the last event when it was read. */
  readonly head: string
}

/** The timeline of a cutover that has come to an end; undefined before. It stays the same until another end comes. */
export async function recordOf(
  log: CutoverLog,
  state: CutoverState,
  names: ReadonlyMap<PersonId, string>,
): Promise<EndRecord | undefined> {
  if (!ENDED.includes(state.status)) return undefined
  const events = await log.events(state.id)
  const end = events.findLast((event) => ENDS.includes(event.type))
  if (end === undefined) return undefined
  const head = (await log.list()).find(({ id }) => id === state.id)?.head ?? ''
  const { text, blocks } = timelineBlocks(
    timelineOf(before(events, end), { names, ...(head === '' ? {} : { head }) }),
  )
  return { content: { text, blocks }, basis: `${state.status} ${end.position}`, head }
}

/** What came later is told by what comes later; the end itself is part of it. */
const before = (events: readonly Recorded[], end: Recorded): readonly Recorded[] =>
  events.filter((event) => event.position <= end.position)

/** Says in the log where the timeline stands. The same end in the same channel counts once. */
export async function reportRecord(
  log: CutoverLog,
  state: CutoverState,
  posted: { readonly channel: string; readonly record: EndRecord },
): Promise<void> {
  const { channel, record } = posted
  await handleCommand(
    log,
    state.id,
    { type: 'report timeline', channel, head: record.head },
    { actor: { kind: 'cutover' }, key: `${state.id}/timeline/${channel}/${record.basis}` },
  )
}
