import { stepChoices } from '../../domain/choices.ts'
import { forecast } from '../../domain/forecast.ts'
import { openStates } from '../../domain/lookup.ts'
import type { PersonId, Plan } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { clockText, durationText } from '../../templates/format.ts'

const SIGNS: Readonly<Record<string, string>> = {
  pending: '\u00b7',
  due: '\u203a',
  active: '\u25b6',
  done: '\u2713',
  failed: '\u2717',
  unknown: '?',
  skipped: '\u2013',
  overridden: '!',
  'not applicable': ' ',
}

/** Where a cutover is, for a terminal: the board in words, then every step, then what waits for whom. */
export function statusText(state: CutoverState, now: number, nameOf: (person: PersonId) => string): string {
  const { plan } = state
  const zone = plan.window.zone
  const { done, windowEndsAt, pointOfNoReturn } = forecast(state, now)
  const at = (instant: number): string => clockText(instant, zone)
  const open = openStates(state)
  return [
    `${plan.title} \u00b7 ${plan.environment} \u00b7 ${plan.live ? 'LIVE' : 'rehearsal'} \u00b7 ${state.id}`,
    `State      ${state.status.toUpperCase()}${state.held ? `, HELD: ${state.held.reason}` : ''}`,
    `Window     ${at(state.plannedStart)}\u2013${at(windowEndsAt)} (${zone})`,
    `Forecast   done ${at(done.low)}\u2013${at(done.high)}, turn back by ${at(pointOfNoReturn)}`,
    ...(open.length > 0 ? [`Open       ${open.join(', ')}`] : []),
    '',
    ...plan.phases.flatMap((phase) => [phase.title, ...phase.steps.map((id) => stepLine(state, id))]),
    ...rollbackLines(state),
    ...waitingLines(state, nameOf),
  ].join('\n')
}

function stepLine(state: CutoverState, id: string): string {
  const own = state.steps[id]
  const step = state.plan.steps[id]
  const took =
    own?.startedAt !== undefined && own.finishedAt !== undefined ? own.finishedAt - own.startedAt : null
  const last = own?.attempts.at(-1)
  const said = last === undefined ? own?.reason : (state.attempts[last]?.summary ?? state.attempts[last]?.why)
  return [
    `  ${SIGNS[own?.status ?? 'pending'] ?? ' '} ${(step?.title ?? id).padEnd(52)} ${id.padEnd(20)}`,
    ` ${own?.status ?? ''}${took === null ? '' : `, ${durationText(took)}`}${said ? ` \u2013 ${said}` : ''}`,
  ]
    .join('')
    .trimEnd()
}

function rollbackLines(state: CutoverState): readonly string[] {
  if (!state.rollback) return []
  return ['Rollback', ...state.rollback.order.map((id) => stepLine(state, id))]
}

function waitingLines(state: CutoverState, nameOf: (person: PersonId) => string): readonly string[] {
  const waiting = Object.values(state.plan.steps).filter((step) => {
    const status = state.steps[step.id]?.status
    return (
      (status === 'due' || status === 'failed' || status === 'unknown') &&
      stepChoices(state, step.id).length > 0
    )
  })
  if (waiting.length === 0) return ['', 'Nobody is waited for.']
  return [
    '',
    'Waiting for',
    ...waiting.map((step) => `  ${ownerName(state, step, nameOf)}: ${step.title} (${step.id})`),
  ]
}

function ownerName(
  state: CutoverState,
  step: Plan['steps'][string],
  nameOf: (person: PersonId) => string,
): string {
  const holder = step.by === undefined ? undefined : state.holders[step.by]
  return holder ? `@${nameOf(holder.person)}` : 'any holder'
}
