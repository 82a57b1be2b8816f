import { fromStartMs, offsetOf } from '../values/offset.ts'
import type { OffsetText } from '../values/offset.ts'
import type { DraftPhase, DraftStep } from './draft-step.ts'
import type { DraftNotice } from './notices.ts'
import type { Sorted } from './sort-sections.ts'

/** Notices go where their time is: the planned ones into the phases, those of a rollback before it. */
export function placeNotices(
  { tells }: Pick<Sorted, 'tells'>,
  phases: readonly DraftPhase[],
): { readonly phases: readonly DraftPhase[]; readonly before: readonly DraftStep[] } {
  let placed = phases
  for (const tell of tells.filter(({ notice }) => notice.when !== 'rolling back')) {
    const index = tell.notice.when === 'at the end' ? endOf(placed) : phaseAt(placed, tell.notice)
    placed = placed.map((phase, place) => {
      if (place !== index) return phase
      // Steps go in order, so one that is planned later must not stand in the way of the others.
      const isFirst = tell.notice.when === 'planned' && msOf(tell.notice.at) === msOf(phase.at)
      return { ...phase, steps: isFirst ? [tell.step, ...phase.steps] : [...phase.steps, tell.step] }
    })
  }
  const before = tells.filter(({ notice }) => notice.when === 'rolling back').map(({ step }) => step)
  return { phases: placed, before }
}

/** The phase in which the night ends well: where it is announced or reopened, else the last one of the night. */
function endOf(phases: readonly DraftPhase[]): number {
  const named = phases.findLastIndex(({ title, steps }) =>
    [title, ...steps.map(({ document }) => String(Object.values(document)[0]))].some((text) =>
      /reopen|resume traffic|announce completion|production cutover|remove maintenance/i.test(text),
    ),
  )
  return named >= 0 ? named : Math.max(0, phases.length - 1)
}

function phaseAt(phases: readonly DraftPhase[], { at }: DraftNotice): number {
  const time = msOf(at)
  if (time === undefined) return 0
  const found = phases.findLastIndex((phase) => {
    const own = msOf(phase.at)
    return own !== undefined && own <= time
  })
  return Math.max(0, found)
}

const msOf = (at: unknown): number | undefined => {
  const offset = typeof at === 'string' ? offsetOf(at satisfies OffsetText) : undefined
  return offset === undefined ? undefined : fromStartMs(offset)
}
