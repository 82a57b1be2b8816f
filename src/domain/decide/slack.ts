import type { Decision, Given, LeaderCommand } from '../commands.ts'
import { isOver } from '../lookup.ts'
import { outageNow } from '../outages.ts'
import type { Instant } from '../plan.ts'
import type { CutoverState } from '../state.ts'
import { accept } from './deciding.ts'

type Away = Extract<LeaderCommand, { type: 'report slack away' }>

/** So long before its start a cutover has people who look at its channel. */
const LOOKED_AT_MS = 24 * 60 * 60_000

/** Said once for each outage, and only of cutovers that somebody would look at meanwhile. */
export function slackAway(state: CutoverState, { since, how, why }: Away, { at }: Given): Decision {
  if (outageNow(state) !== undefined || !isLookedAt(state, at)) return accept()
  return accept({ type: 'slack went away', data: { since, how, why } })
}

function isLookedAt(state: CutoverState, now: Instant): boolean {
  if (isOver(state.status) || state.status === 'postponed') return false
  const isNear = state.plannedStart - now < LOOKED_AT_MS
  return state.status !== 'scheduled' || isNear || Object.values(state.gates).some(({ open }) => open)
}

export function slackBack(state: CutoverState): Decision {
  const outage = outageNow(state)
  return outage === undefined ? accept() : accept({ type: 'slack came back', data: { since: outage.since } })
}
