import { forecast } from '../../domain/forecast.ts'
import { gateChoices, stepChoices } from '../../domain/choices.ts'
import { isOver } from '../../domain/lookup.ts'
import type { Instant, PersonId } from '../../domain/plan.ts'
import { holds, leadOf } from '../../domain/people.ts'
import { unansweredAcks } from '../../domain/team/acks.ts'
import { failedCheckpoints } from '../../domain/team/checkpoints.ts'
import { subjectTitle } from '../../domain/team/escalation.ts'
import { dueOf, openFollowUps } from '../../domain/team/follow-ups.ts'
import type { CutoverState } from '../../domain/state.ts'
import { section, type Content } from '../blocks.ts'
import { currentPhase } from './phases.ts'
import { clock, dotted, kindOfCutover, moment, statusText, value } from './words.ts'

const LINES_MAX = 10

/** Where we are, and what waits for the one who asks. */
export function statusMessage(
  state: CutoverState,
  { now, person }: { readonly now: Instant; readonly person: PersonId },
): Content {
  const { plan } = state
  const head = dotted([`*${value(plan.title)}*`, value(plan.environment), `*${kindOfCutover(state)}*`])
  const waiting = waitingFor(state, now, person)
  const lines = [
    head,
    whereText(state, now),
    waiting.length === 0
      ? 'Nothing waits for you.'
      : ['*Waits for you*', ...waiting.slice(0, LINES_MAX)].join('\n'),
  ]
  const text = lines.join('\n')
  return { text, blocks: [section(text)] }
}

function whereText(state: CutoverState, now: Instant): string {
  const current = currentPhase(state)
  const total = state.plan.phases.length
  return dotted([
    state.status.toUpperCase(),
    state.held !== undefined && `HELD: ${value(state.held.reason)}`,
    current !== undefined && `phase ${current.number} of ${total}, ${value(current.phase.title, 100)}`,
    state.status === 'scheduled' && `planned for ${moment(state.plannedStart)}`,
    !isOver(state.status) &&
      state.status !== 'postponed' &&
      `done by ${clock(forecast(state, now).done.high)}`,
  ])
}

/** Steps that are due and theirs, and decisions on which their vote counts. */
function waitingFor(state: CutoverState, now: Instant, person: PersonId): readonly string[] {
  return [...stepsFor(state, now, person), ...wordsFrom(state, person)]
}

/** What is asked of somebody as a holder, a lead, an owner. */
function wordsFrom(state: CutoverState, person: PersonId): readonly string[] {
  const isTheirs = (owner: string): boolean => owner === person || holds(state, person, owner)
  return [
    ...unansweredAcks(state)
      .filter(({ ack }) => ack.askedOf === person)
      .map(({ ask }) => `• say whether you are ${ask.says}: \`/cutover ack\``),
    ...(leadOf(state) === person ? failedCheckpoints(state) : []).map(
      (phase) => `• decide on the ${value(subjectTitle(state, `checkpoint/${phase}`), 100)}`,
    ),
    ...openFollowUps(state)
      .filter(({ owner }) => isTheirs(owner))
      .map((one) => `• ${value(one.title, 100)} — due ${moment(dueOf(state, one))}`),
  ]
}

function stepsFor(state: CutoverState, now: Instant, person: PersonId): readonly string[] {
  return Object.keys(state.steps).flatMap((id) => {
    const step = state.plan.steps[id]
    const own = state.steps[id]
    if (step === undefined || own === undefined) return []
    if (step.kind === 'decide') {
      const isWanted = gateChoices(state, id, now, person).gate.includes('go')
      return isWanted ? [`• vote on ${value(step.title, 100)}`] : []
    }
    const isTheirs = step.by === undefined || holds(state, person, step.by)
    const isWaiting = own.status === 'due' || own.status === 'failed' || own.status === 'unknown'
    if (!isTheirs || !isWaiting || stepChoices(state, id, person).length === 0) return []
    return [`• ${value(step.title, 100)} — ${statusText(step, own.status)}`]
  })
}
