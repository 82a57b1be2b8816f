import type { Decision, PersonCommand, Refusal } from '../commands.ts'
import type { CutoverEvent } from '../events.ts'
import { planStep, REHEARSAL } from '../lookup.ts'
import { mayCutover } from '../may.ts'
import type { RollbackOption } from '../plan.ts'
import { refusal } from '../refusals.ts'
import { runsUnderWay } from '../rollback-plan.ts'
import type { CutoverState } from '../state.ts'
import { mayTurnBack, votersOf } from '../votes.ts'
import { orderOf, possibleWaysBack, wayBackOf, waysBack } from '../ways-back.ts'
import { canCarryRollback } from './carry.ts'
import { accept, badReason, no } from './deciding.ts'
import type { By } from './deciding.ts'
import { callBack, cancelRequest, closeRounds } from './stops.ts'

type Rollback = Extract<PersonCommand, { type: 'rollback' }>

/** Turning back; while that stands still, going on by another of the runbook's ways. */
export function rollback(state: CutoverState, command: Rollback, by: By): Decision {
  const option = meant(state, command, by)
  const refused =
    mayCutover(state, 'rollback', by.person) ??
    badRollback(state, command) ??
    badOption(state, command, option, by)
  if (refused !== null) return no(refused)
  const { reason, trigger } = command
  if (!isEnough(state, by, option)) return accept(asked(command, option))
  if (state.status === 'rollback stopped') return accept(...anotherWay(state, option, reason))
  const running = runsUnderWay(state)
  if (running.length > 0 && command.running === undefined)
    return no(refusal('running attempts', { titles: running.map((one) => planStep(state, one.step).title) }))
  const words = { reason, ...(trigger !== undefined && { trigger }) }
  return accept(...rollbackEvents(state, words, command.running ?? 'wait', option))
}

/** The only way there is needs no name, and where nobody is there to choose, the first that is possible is taken. */
function meant(state: CutoverState, { option }: Rollback, by: By): RollbackOption | undefined {
  const { options } = state.plan.rollback
  if (option !== undefined) return wayBackOf(state, option)
  if (options.length === 1) return options[0]
  return by.person === REHEARSAL ? possibleWaysBack(state)[0] : undefined
}

function badRollback(state: CutoverState, command: Rollback): Refusal | null {
  const { rollback } = state.plan
  if (command.name.trim() !== rollback.name) return refusal('name wrong', { expected: rollback.name })
  const { trigger } = command
  if (trigger !== undefined && !rollback.triggers.some((one) => one.id === trigger))
    return refusal('trigger unknown', { trigger })
  return badReason('rollback', command.reason)
}

function badOption(
  state: CutoverState,
  { option }: Rollback,
  way: RollbackOption | undefined,
  by: By,
): Refusal | null {
  const { options } = state.plan.rollback
  if (way === undefined) {
    if (option !== undefined)
      return refusal('option unknown', { option, known: options.map((one) => one.id) })
    return options.length === 0 ? null : refusal('option missing', { options: options.map(spoken) })
  }
  const now = waysBack(state, by.at).find((one) => one.option.id === way.id)
  if (now?.isTried === true) return refusal('option tried', { title: way.title })
  const missing = now?.missing ?? []
  if (missing.length > 0)
    return refusal('option not possible', {
      title: way.title,
      missing: missing.map((id) => planStep(state, id).title),
    })
  const again = state.rollbackAsked.some((one) => one.person === by.person && one.option === way.id)
  const needs = Object.keys(state.plan.rollback.approvers).join(', ')
  return again ? refusal('rollback asked', { needs }) : null
}

/** `a (Put the dump back; loses what was written since)`. */
function spoken({ id, title, loses }: RollbackOption): string {
  const words = [title === id ? undefined : title, loses === undefined ? undefined : `loses ${loses}`]
  const told = words.filter((word) => word !== undefined)
  return told.length === 0 ? id : `${id} (${told.join('; ')})`
}

/** Who asked for one way back has not asked for another. */
function isEnough(state: CutoverState, by: By, option: RollbackOption | undefined): boolean {
  const same = state.rollbackAsked.filter((one) => one.option === option?.id)
  const present = [...same.map((one) => one.person), by.person]
  const { approvers } = state.plan.rollback
  const isAlone = !state.plan.live && !canCarryRollback(state.plan, state.holders)
  return isAlone || mayTurnBack(approvers, votersOf(state.holders), present)
}

const asked = ({ reason, trigger }: Rollback, option: RollbackOption | undefined): CutoverEvent => ({
  type: 'rollback asked',
  data: {
    reason,
    ...(trigger !== undefined && { trigger }),
    ...(option !== undefined && { option: option.id }),
  },
})

const anotherWay = (
  state: CutoverState,
  option: RollbackOption | undefined,
  reason: string,
): readonly CutoverEvent[] =>
  option === undefined
    ? []
    : [
        {
          type: 'rollback option taken',
          data: { option: option.id, reason, order: orderOf(state, option) },
        },
      ]

/** Everything that turning back means now: rounds close, what waits is taken back, looks and (if so said) runs stop. */
export function rollbackEvents(
  state: CutoverState,
  words: { readonly reason: string; readonly trigger?: string },
  running: 'wait' | 'cancel',
  option: RollbackOption | undefined,
): readonly CutoverEvent[] {
  const runs = runsUnderWay(state)
  const stopped = running === 'cancel' ? runs : []
  return [
    ...closeRounds(state, 'rollback'),
    ...callBack(state, `rolling back: ${words.reason}`),
    ...stopped
      .filter((one) => one.cancelRequested === undefined)
      .map(({ id }) => cancelRequest(id, words.reason)),
    {
      type: 'rollback started',
      data: {
        ...words,
        ...(option !== undefined && { option: option.id }),
        order: orderOf(state, option),
        running: runs.length === 0 ? 'none' : running,
      },
    },
  ]
}
