import type { Offset, Phase, Plan } from '../../domain/plan.ts'
import { addCalendarDays } from '../../domain/wall-clock.ts'
import { slug } from '../slug.ts'
import type { Head } from '../schema/document.ts'
import type { Criterion } from '../schema/steps.ts'
import { durationMs } from '../values/duration.ts'
import { offsetOf } from '../values/offset.ts'
import { criteriaOf } from './steps.ts'

type Team = Pick<Plan, 'guardMs' | 'guardShifts' | 'escalation' | 'followUps' | 'reviewAfterLive'>

/** Who is called, who is on call, and what is left to do. */
export function teamOf(head: Head): Team {
  return {
    ...guardOf(head.guard),
    escalation: (head.escalation ?? []).map(({ after, roles, page }) => ({
      afterMs: durationMs(after),
      roles,
      ...(page === undefined ? {} : { page }),
    })),
    followUps: (head.follow_ups ?? []).map(({ title, id, owner, due, before }) => ({
      id: id ?? slug(title),
      title,
      owner: owner.startsWith('user:') ? owner.slice('user:'.length) : owner,
      beforeLive: before === 'live',
      ...(due === undefined ? {} : { due: dueOf(due, head.window.zone ?? 'UTC') }),
    })),
    reviewAfterLive: head.review === 'after each live cutover',
  }
}

function guardOf(guard: Head['guard']): Pick<Plan, 'guardMs' | 'guardShifts'> {
  if (guard === undefined) return { guardMs: 0, guardShifts: [] }
  if (typeof guard === 'string') return { guardMs: durationMs(guard), guardShifts: [] }
  return {
    guardMs: durationMs(guard.for),
    guardShifts: (guard.shifts ?? []).map(({ role, length }) => ({ role, lengthMs: durationMs(length) })),
  }
}

const DAY_ENDS = '18:00'

type WrittenDue = NonNullable<NonNullable<Head['follow_ups']>[number]['due']>

/** A date is due at the end of its working day, where the window is. */
function dueOf(due: WrittenDue, zone: string): Offset | { readonly kind: 'date'; readonly at: number } {
  const offset = offsetOf(due)
  if (offset !== undefined || typeof due !== 'string') return offset ?? { kind: 'elapsed', ms: 0 }
  return { kind: 'date', at: addCalendarDays(Date.parse(`${due}T12:00:00Z`), 0, zone, DAY_ENDS) }
}

export const checkpointOf = (written: readonly Criterion[] | undefined): Pick<Phase, 'checkpoint'> =>
  written === undefined ? {} : { checkpoint: criteriaOf(written) }
