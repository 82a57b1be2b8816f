import { handleCommand } from '../../app/handle-command.ts'
import type { CutoverLog } from '../../app/ports.ts'
import type { PersonId } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { timelineAtEnd } from '../../report/timeline-at-end.ts'
import { timelineBlocks } from '../../report/timeline-blocks.ts'
import type { Look } from './kinds.ts'

export interface EndRecord extends NonNullable<Look['timeline']> {
  /** Hash of the event that the timeline ends with: the end itself. */
  readonly head: string
}

/** The timeline of a cutover that has come to an end, as it is posted; undefined before. */
export async function recordOf(
  log: CutoverLog,
  state: CutoverState,
  names: ReadonlyMap<PersonId, string>,
): Promise<EndRecord | undefined> {
  const ended = await timelineAtEnd(log, state, names)
  if (ended === undefined) return undefined
  const { timeline, end } = ended
  const { text, blocks } = timelineBlocks(timeline)
  return { content: { text, blocks }, basis: `${state.status} ${end.position}`, head: end.hash }
}

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
