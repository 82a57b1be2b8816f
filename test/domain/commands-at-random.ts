import { BLOCKER } from '../support/blocker.ts'
import { blockerOf } from '../../src/domain/blockers.ts'
import type { LeaderCommand, PersonCommand, WorkerCommand } from '../../src/domain/commands.ts'
import { criteriaOf } from '../../src/domain/criteria.ts'
import { itemChoices } from '../../src/domain/choices.ts'
import { openStates, planStep, stepState } from '../../src/domain/lookup.ts'
import { CRITERION_RULES, CUTOVER_RULES, GATE_RULES, STEP_RULES } from '../../src/domain/permissions.ts'
import type { CriterionAction, CutoverAction, GateAction, StepAction } from '../../src/domain/permissions.ts'
import type { CutoverState } from '../../src/domain/state.ts'
import { possibleWaysBack } from '../../src/domain/ways-back.ts'
import { failedCheckpoints } from '../../src/domain/team/checkpoints.ts'
import type { TeamCommandType } from '../../src/domain/team/commands.ts'
import { ANA, BEN, CAI, DIA, HOUR, SECOND } from '../support/plans.ts'

const reason = 'because'

/** A command with everything its action could want, so that only permissions can stand in its way. */
export function stepCommand(
  state: CutoverState,
  action: StepAction,
  id: string,
  who: string,
  now: number,
): PersonCommand {
  const step = planStep(state, id)
  const own = stepState(state, id)
  switch (action) {
    case 'tick': {
      const items = step.kind === 'do' ? step.items : []
      const [item] = itemChoices(state, id, 'tick', who)
      return item === undefined
        ? { type: 'tick', step: id, result: items.length > 0 ? 'failed' : 'done', fields: {}, note: reason }
        : { type: 'tick', step: id, item, result: 'done', fields: {} }
    }
    case 'untick': {
      const [item] = itemChoices(state, id, 'untick', who)
      return {
        type: 'untick',
        step: id,
        reason,
        ...(item !== undefined && own.tick === undefined && { item }),
      }
    }
    case 'run':
      return { type: 'run', step: id }
    case 'mark': {
      // Asking twice is refused, and who only seconds says the same.
      const askedBy = own.asked?.by
      const mine = askedBy?.kind === 'person' && askedBy.person === who
      const failed = own.asked?.action === 'mark failed'
      return { type: 'mark', step: id, outcome: failed === mine ? 'succeeded' : 'failed', reason }
    }
    case 'move':
      return { type: 'move', step: id, to: now + HOUR, reason }
    case 'unblock':
      return { type: 'unblock', step: id, pid: blockerOf(state, id)?.pid ?? 0, how: 'cancel' }
    case 'approve':
      return { type: 'approve', step: id }
    case 'reject':
    case 'retry':
    case 'skip':
    case 'override':
    case 'cancel':
      return { type: action, step: id, reason }
  }
}

export function gateCommand(action: GateAction, gate: string): PersonCommand {
  if (action === 'round') return { type: 'round', gate, reason }
  return { type: 'vote', gate, vote: action, reason }
}

export function criterionCommand(action: CriterionAction, gate: string, criterion: string): PersonCommand {
  if (action === 'override') return { type: 'override', step: criterion, gate, reason }
  return action === 'confirm'
    ? { type: 'confirm', gate, criterion }
    : { type: 'unconfirm', gate, criterion, reason }
}

/** One word for each option. */
export const chooseCommands = (state: CutoverState, choice: string): PersonCommand[] =>
  (state.plan.choices[choice]?.options ?? []).map(({ id }) => ({
    type: 'choose',
    choice,
    option: id,
    reason,
  }))

/** Now the first and now the last of the ways back that are left. */
function wayBack(state: CutoverState, now: number): { readonly option?: string } {
  const option = possibleWaysBack(state).at(Math.floor(now / SECOND) % 2 === 0 ? 0 : -1)
  return option === undefined ? {} : { option: option.id }
}

const HANDOVERS = [
  ['observer', DIA],
  ['observer', BEN],
  ['lead', DIA],
  ['lead', ANA],
  ['communicator', CAI],
  ['communicator', DIA],
  ['observer', ANA],
] as const

export function cutoverCommand(
  state: CutoverState,
  action: CutoverAction,
  who: string,
  now: number,
): PersonCommand {
  const { name } = state.plan.rollback
  switch (action) {
    case 'hold':
    case 'resume':
      return { type: action, reason }
    case 'rollback':
      return { type: 'rollback', name, reason, running: 'wait', ...wayBack(state, now) }
    case 'postpone':
      return { type: 'postpone', reason }
    case 'reschedule':
      return { type: 'postpone', reason, to: now + 3 * HOUR }
    case 'abandon':
      return {
        type: 'abandon',
        reason,
        name,
        left: openStates(state).map((one) => ({ state: one, owner: who, reason })),
      }
    case 'assign': {
      // The clock is as good as a die, and the same for who asks what is possible.
      const [role = 'lead', person = who] = HANDOVERS[Math.floor(now / SECOND) % HANDOVERS.length] ?? []
      return { type: 'assign', role, person, reason }
    }
    case 'take over': {
      const role = Object.keys(state.holders).find((one) => state.holders[one]?.backup === who)
      return { type: 'take over', role: role ?? 'lead' }
    }
    case 'vouch': {
      const code = `0000-${String(state.position).padStart(4, '0')}`
      return { type: 'vouch', code, person: who === DIA ? BEN : DIA, reason }
    }
    case 'note':
      return { type: 'note', text: 'a note' }
    case 'issue':
      return { type: 'issue', text: 'an issue' }
    case 'close issue': {
      const open = state.issues.find((issue) => issue.closedAt === undefined)
      return { type: 'close issue', issue: open?.id ?? '1' }
    }
    default:
      return teamCommand(state, action)
  }
}

type TeamAction = Extract<CutoverAction, TeamCommandType>

function teamCommand(
  state: CutoverState,
  action: Exclude<TeamAction, 'issue' | 'close issue'>,
): PersonCommand {
  const followUp = state.followUps.find(({ closed }) => closed === undefined)?.id ?? 'f1'
  switch (action) {
    case 'change issue': {
      const open = state.issues.find((issue) => issue.closedAt === undefined)
      return { type: action, issue: open?.id ?? '1', severity: 'high' }
    }
    case 'forget':
    case 'take on':
    case 'ack':
      return { type: action }
    case 'accept checkpoint': {
      const [phase = ''] = failedCheckpoints(state)
      return { type: action, phase, reason }
    }
    case 'add follow-up':
      return { type: action, title: 'write it down' }
    case 'close follow-up':
      return { type: action, followUp }
    case 'waive follow-up':
      return { type: action, followUp, reason }
    case 'allow change':
      return { type: action, text: 'a hotfix', reason }
    case 'debrief':
      return { type: action, wentWell: 'we slept before', actions: [] }
    case 'user report':
      return { type: action, text: 'it is slow' }
  }
}

const keys = <Key extends string>(table: Record<Key, unknown>): Key[] => Object.keys(table) as Key[]

export const STEP_ACTIONS = keys(STEP_RULES)
export const GATE_ACTIONS = keys(GATE_RULES)
export const CRITERION_ACTIONS = keys(CRITERION_RULES)
export const CUTOVER_ACTIONS = keys(CUTOVER_RULES)

/** Every word a person could say now, sensible or not. */
export function everyPersonCommand(state: CutoverState, who: string, now: number): PersonCommand[] {
  const steps = Object.keys(state.plan.steps)
  const gates = Object.keys(state.gates)
  return [
    ...steps.flatMap((id) => STEP_ACTIONS.map((action) => stepCommand(state, action, id, who, now))),
    ...gates.flatMap((gate) => GATE_ACTIONS.map((action) => gateCommand(action, gate))),
    ...gates.flatMap((gate) =>
      criteriaOf(state, gate).flatMap(({ id }) =>
        CRITERION_ACTIONS.map((action) => criterionCommand(action, gate, id)),
      ),
    ),
    ...Object.keys(state.plan.choices).flatMap((id) => chooseCommands(state, id)),
    ...CUTOVER_ACTIONS.map((action) => cutoverCommand(state, action, who, now)),
  ]
}

/** Everything a worker or the leader could say about an attempt. */
export function everyAttemptCommand(attempt: string, now: number): (WorkerCommand | LeaderCommand)[] {
  const ended = {
    type: 'report ended',
    attempt,
    summary: 'as it came out',
    facts: {},
    exit: 0,
    durationMs: 5,
    host: 'h1',
    digest: 'd'.repeat(64),
  } as const
  return [
    { type: 'claim', attempt, worker: 'w1', host: 'h1' },
    { type: 'spawn', attempt },
    { type: 'spawn', attempt },
    { type: 'report running', attempt, host: 'h1' },
    { type: 'report adopted', attempt, worker: 'w2' },
    { type: 'refuse', attempt, why: 'no tool', hint: 'install it' },
    { ...ended, outcome: 'succeeded', verdict: 'green' },
    { ...ended, outcome: 'succeeded', verdict: 'green' },
    { ...ended, outcome: 'succeeded', verdict: 'red' },
    { ...ended, outcome: 'failed' },
    { ...ended, outcome: 'cancelled' },
    { type: 'report unknown', attempt, why: 'no trace' },
    { type: 'report question', attempt, n: 1, prompt: 'Proceed?', then: 'waiting' },
    { type: 'report blocked', attempt, blocker: BLOCKER },
    { type: 'report unblocked', attempt },
    { type: 'begin unblock', attempt, pid: BLOCKER.pid },
    { type: 'report unblock', attempt, pid: BLOCKER.pid, freed: false, result: 'still there' },
    { type: 'report breach', attempt, check: 'watch-ok', answer: '12 %' },
    { type: 'report unobserved', attempt, since: now },
    { type: 'report observed', attempt },
    { type: 'revoke', attempt, why: 'its worker is gone' },
  ]
}
