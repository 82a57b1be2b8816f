import type { Instant, PersonId } from '../plan.ts'
import type { CutoverState } from '../state.ts'
import type { TeamEvent } from './events.ts'

/** The turn of being on call that begins now: the first at completion, each other when the one before is over. */
export function shiftsChange(state: CutoverState, now: Instant): readonly TeamEvent[] {
  const { completedAt, guardedUntil, shift } = state
  const { guardShifts } = state.plan
  if (state.status !== 'guarded' || guardShifts.length === 0) return []
  if (completedAt === undefined || guardedUntil === undefined || now >= guardedUntil) return []
  const isNew = shift === undefined || shift.from < completedAt
  let n = isNew ? 0 : shift.n + 1
  let until = isNew ? completedAt : shift.until
  if (!isNew && until > now) return []
  // What passed while nobody looked is over: only the turn of this moment begins.
  for (;;) {
    const turn = guardShifts[n % guardShifts.length]
    if (turn === undefined) return []
    until = Math.min(until + turn.lengthMs, guardedUntil)
    if (until > now) {
      const person = state.holders[turn.role]?.person
      const data = { n, role: turn.role, until, ...(person !== undefined && { person }) }
      return [{ type: 'shift began', data }]
    }
    n += 1
  }
}

export const shiftTimes = (state: CutoverState): readonly (Instant | null)[] =>
  state.status === 'guarded' ? [state.shift?.until ?? null] : []

/** Whom a breach calls while the cutover is guarded. */
export function onCall(state: CutoverState): PersonId | undefined {
  const { shift, status } = state
  if (status !== 'guarded' || shift === undefined) return undefined
  return state.holders[shift.role]?.person
}
