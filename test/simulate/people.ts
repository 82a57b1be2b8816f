import { openGates } from '../../src/domain/advance/gates.ts'
import type { PersonCommand } from '../../src/domain/commands.ts'
import { criteriaOf, evidenceOf, unmet } from '../../src/domain/criteria.ts'
import type { TwoPersonAction } from '../../src/domain/events.ts'
import { isOver, openStates, planStep, stepState } from '../../src/domain/lookup.ts'
import { stepsInHand } from '../../src/domain/order.ts'
import type { Step } from '../../src/domain/plan.ts'
import type { CutoverState } from '../../src/domain/state.ts'
import { ANA, BEN, CAI, DIA } from '../support/plans.ts'
import type { Random } from './random.ts'

export const PEOPLE = [ANA, BEN, CAI, DIA] as const

/** What somebody presses: a word, and the subject whose revision stands on the button. */
export interface Press {
  readonly command: PersonCommand
  readonly subject: string
}

const reason = 'because'

/**
 * What people could sensibly say to this state: answers to everything that is asked. Whether a person may is for
 * `decide`; everybody tries what they see.
 */
export function answersTo(state: CutoverState, now: number): readonly Press[] {
  if (isOver(state.status)) return []
  const inHand = state.status === 'rollback stopped' ? (state.rollback?.order ?? []) : stepsInHand(state)
  const undeclared = Object.keys(state.steps).filter((id) => state.steps[id]?.status === 'unknown')
  return [
    ...[...new Set([...undeclared, ...inHand])].flatMap((id) => answersToStep(state, id)),
    ...openGates(state).flatMap((gate) => answersToGate(state, gate, now)),
    ...roundsToOpen(state),
    ...(state.held === undefined ? [] : [press(state.id, { type: 'resume', reason })]),
    ...(state.status === 'postponed' ? [press(state.id, abandon(state))] : []),
  ]
}

const press = (subject: string, command: PersonCommand): Press => ({ subject, command })

function answersToStep(state: CutoverState, id: string): readonly Press[] {
  const step = planStep(state, id)
  const { status, asked, lateMs } = stepState(state, id)
  const say = (command: PersonCommand): Press => press(id, command)
  switch (status) {
    case 'due': {
      if (step.kind === 'do') return [say({ type: 'tick', step: id, result: 'done', fields: {} })]
      const wantsClick =
        step.kind === 'tell' || (step.kind === 'run' && (step.begin === 'click' || lateMs !== undefined))
      return wantsClick ? [say({ type: 'run', step: id })] : []
    }
    case 'failed':
      return [say(asked === undefined ? onceMore(step) : seconded(step, asked.action))]
    case 'unknown':
      if (asked !== undefined) return [say(seconded(step, asked.action))]
      return [
        say(step.kind === 'run' ? { type: 'mark', step: id, outcome: 'succeeded', reason } : onceMore(step)),
      ]
    default:
      return []
  }
}

function onceMore({ id, kind }: Step): PersonCommand {
  if (kind === 'do') return { type: 'tick', step: id, result: 'done', fields: {} }
  return kind === 'check' ? { type: 'run', step: id } : { type: 'retry', step: id, reason }
}

/** Whoever seconds says the same as who asked. */
function seconded({ id }: Step, asked: TwoPersonAction): PersonCommand {
  switch (asked) {
    case 'mark failed':
      return { type: 'mark', step: id, outcome: 'failed', reason }
    case 'mark succeeded':
      return { type: 'mark', step: id, outcome: 'succeeded', reason }
    case 'retry':
    case 'skip':
    case 'override':
      return { type: asked, step: id, reason }
  }
}

function answersToGate(state: CutoverState, gate: string, now: number): readonly Press[] {
  const red = unmet(evidenceOf(state, gate, now))
  const criteria = criteriaOf(state, gate).filter(({ id }) => red.some(({ criterion }) => criterion === id))
  return [
    ...criteria.map((criterion) =>
      criterion.kind === 'confirm'
        ? press(gate, { type: 'confirm', gate, criterion: criterion.id })
        : press(gate, { type: 'override', gate, step: criterion.id, reason }),
    ),
    ...(red.length === 0 ? [press(gate, { type: 'vote', gate, vote: 'go' })] : []),
  ]
}

/** A gate that was decided against, or not in time, is asked again by the lead. */
const roundsToOpen = (state: CutoverState): readonly Press[] =>
  Object.entries(state.gates)
    .filter(([, { open, round, decision }]) => !open && round > 0 && decision?.decision !== 'go')
    .map(([gate]) => press(gate, { type: 'round', gate, reason }))

const abandon = (state: CutoverState): PersonCommand => ({
  type: 'abandon',
  reason,
  name: state.plan.rollback.name,
  left: openStates(state).map((one) => ({ state: one, owner: ANA, reason })),
})

/** What somebody says who stops, doubts or errs. */
export function whim(state: CutoverState, random: Random): Press {
  const { id: cutover, plan } = state
  const step = random.pick(['copy', 'stop', 'look', 'undo-copy', 'second'])
  const known = plan.steps[step] === undefined ? 'copy' : step
  const gate = random.pick(['go', 'complete'])
  const subject = plan.steps[gate] === undefined ? 'complete' : gate
  switch (random.upTo(11)) {
    case 0:
    case 1:
      return press(cutover, { type: 'hold', reason })
    case 2:
      return press(subject, { type: 'vote', gate: subject, vote: 'no-go', reason })
    case 3:
      return press(subject, { type: 'vote', gate: subject, vote: 'go' })
    case 4:
      return press(cutover, {
        type: 'rollback',
        name: plan.rollback.name,
        reason,
        running: random.chance(0.5) ? 'wait' : 'cancel',
      })
    case 5:
      return press(known, { type: 'cancel', step: known, reason })
    case 6:
      return press(known, { type: random.chance(0.5) ? 'skip' : 'override', step: known, reason })
    case 7:
      return press(known, { type: 'retry', step: known, reason })
    case 8:
      return press(known, {
        type: 'mark',
        step: known,
        outcome: random.chance(0.5) ? 'failed' : 'succeeded',
        reason,
      })
    case 9:
      return press(known, { type: 'untick', step: known, reason })
    default:
      return press(cutover, random.chance(0.2) ? abandon(state) : { type: 'resume', reason })
  }
}

/** The revision that stands on the button of a subject. */
export function revisionOf(state: CutoverState, subject: string): number {
  return state.steps[subject]?.revision ?? state.revision
}
