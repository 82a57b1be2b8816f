import type { Refusal } from '../commands.ts'
import { isSatisfied } from '../lookup.ts'
import type { DecideStep, PersonId, Plan } from '../plan.ts'
import { refusal } from '../refusals.ts'
import type { CutoverState, Holder } from '../state.ts'
import { asked, canCarry, mayTurnBack, votersOf } from '../votes.ts'

type Holders = { readonly [role: string]: Holder }

/**
 * Why these holders could not carry every decision still to come, rolling back included; null if they could. In
 * a rehearsal one person may stand in for all, so nobody is missing.
 */
export function notCarried(
  plan: Plan,
  holders: Holders,
  opener: PersonId,
  state: CutoverState | null,
): Refusal | null {
  if (!plan.live) return null
  const gates = Object.values(plan.steps).filter((step): step is DecideStep => step.kind === 'decide')
  const open = gates.filter((gate) => !isSatisfied(state?.steps[gate.id]?.status ?? 'pending'))
  const lost = open.find((gate) => !canCarry(gate.approvers, votersOf(holders), opener))
  if (lost !== undefined)
    return refusal('gate not carried', {
      gate: lost.title,
      needs: asked(lost.approvers),
      why: reason(lost.approvers, holders),
    })
  if (canCarryRollback(plan, holders)) return null
  const { approvers } = plan.rollback
  return refusal('gate not carried', {
    gate: 'Roll back',
    needs: asked(approvers),
    why: reason(approvers, holders),
  })
}

export function canCarryRollback(plan: Plan, holders: Holders): boolean {
  const voters = votersOf(holders)
  return mayTurnBack(plan.rollback.approvers, voters, [...new Set(Object.values(voters).flat())])
}

function reason(approvers: DecideStep['approvers'], holders: Holders): string {
  const free = Object.keys(approvers).filter((role) => holders[role] === undefined)
  if (free.length > 0) return `nobody holds ${free.join(', ')}`
  return 'one person counts once and for one role, and one of them must not be the opener'
}
