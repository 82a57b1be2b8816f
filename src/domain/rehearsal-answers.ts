import { openGates } from './advance/gates.ts'
import { dueChoices, planChoice } from './alternatives.ts'
import { gateChoices, itemChoices, stepChoices } from './choices.ts'
import type { PersonCommand } from './commands.ts'
import { objection } from './fields.ts'
import { lastAttempt, liveAttempts, planStep, REHEARSAL, stepState } from './lookup.ts'
import { isFailure } from './criteria.ts'
import { mayChoose } from './may-choose.ts'
import { mayCutover } from './may.ts'
import { stepsInHand } from './order.ts'
import type { DoStep, Field, Instant, Step } from './plan.ts'
import type { CutoverState } from './state.ts'
import { unansweredAcks } from './team/acks.ts'
import { failedCheckpoints } from './team/checkpoints.ts'
import { possibleWaysBack, reckonedWayBack } from './ways-back.ts'

/** What whoever starts a rehearsal without people says beforehand. */
export interface RehearsalWishes {
  /** Ids of steps that are left out. */
  readonly skip: readonly string[]
  /** `stop`: what failed is left as it is, to be looked at. */
  readonly onFailure: 'rollback' | 'stop'
  /** The way back that is taken as soon as it is possible; absent: the first one that is. */
  readonly back?: string
  /** `step/field` → value, for fields that take only what nobody can make up. */
  readonly fields: { readonly [field: string]: string }
}

interface Asked {
  readonly wishes: RehearsalWishes
  readonly now: Instant
}

/** Something is asked that the rehearsal has no words for. */
export interface Unanswerable {
  readonly type: 'unanswerable'
  readonly why: string
}

type Answer = (state: CutoverState, asked: Asked) => PersonCommand | Unanswerable | undefined

/**
 * What the actor `rehearsal` says where nobody is there: one entry for each kind of question that a cutover asks of
 * people. Each finds the first question of its kind that is open now and gives the very command that a person would
 * send, so that permissions, refusals and the record are those of people. An entry must give nothing once its question
 * has been answered; it is asked again after every event.
 *
 * A new kind of question (an acknowledgement, an approval, a choice…) needs one entry here and nothing else. Without
 * one a rehearsal does not hang: it stops after a while and says what it waits for. Entries are tried in order; what
 * stops or turns back stands before what goes on.
 */
const ANSWERS: Readonly<Record<string, Answer>> = {
  'a run has passed its timeout': cancelOverdue,
  'a program asks what nobody foresaw': cancelAsking,
  'something failed': turnBack,
  'a step is to be left out': skipNamed,
  'there are alternatives': choose,
  'a holder is asked whether they are there': acknowledge,
  'a draft wants to be approved': approve,
  'a criterion wants a word': confirm,
  'a gate wants votes': vote,
  'somebody is to do something': tick,
  'a step waits for a click': begin,
}

/** What the rehearsal says next; undefined while nothing is asked of people. */
export function rehearsalAnswer(state: CutoverState, asked: Asked): ReturnType<Answer> {
  for (const answer of Object.values(ANSWERS)) {
    const found = answer(state, asked)
    if (found !== undefined) return found
  }
  return undefined
}

const NOBODY = 'Nobody is there: this is a rehearsal without people.'

function cancelOverdue(state: CutoverState): PersonCommand | undefined {
  const overdue = liveAttempts(state).find(
    ({ step, cancelRequested }) => stepState(state, step).timedOut === true && cancelRequested === undefined,
  )
  const maySay = overdue !== undefined && stepChoices(state, overdue.step, REHEARSAL).includes('cancel')
  return maySay
    ? { type: 'cancel', step: overdue.step, reason: 'It takes longer than its timeout.' }
    : undefined
}

function cancelAsking(state: CutoverState): PersonCommand | undefined {
  const asking = liveAttempts(state).find(
    ({ questions, cancelRequested }) =>
      questions?.at(-1)?.then === 'waiting' && cancelRequested === undefined,
  )
  const maySay = asking !== undefined && stepChoices(state, asking.step, REHEARSAL).includes('cancel')
  if (!maySay) return undefined
  const prompt = asking.questions?.at(-1)?.prompt ?? ''
  return { type: 'cancel', step: asking.step, reason: `It asks “${prompt}”, and nobody is there.` }
}

function turnBack(state: CutoverState, { wishes }: Asked): PersonCommand | undefined {
  const failure = failureOf(state)
  if (failure === undefined || wishes.onFailure === 'stop' || !mayTurnBack(state)) return undefined
  const { step } = failure
  const trigger = state.plan.rollback.triggers.find(
    ({ urgency, steps }) => step !== undefined && urgency !== 'never' && steps.includes(step),
  )
  const option = possibleWaysBack(state).find(({ id }) => id === wishes.back) ?? reckonedWayBack(state)
  return {
    type: 'rollback',
    name: state.plan.rollback.name,
    reason: failure.why,
    running: 'cancel',
    ...(option !== undefined && { option: option.id }),
    ...(trigger !== undefined && { trigger: trigger.id }),
  }
}

export const mayTurnBack = (state: CutoverState): boolean => mayCutover(state, 'rollback', REHEARSAL) === null

export interface Failure {
  readonly step?: string
  readonly why: string
}

/** What went wrong on the way forward; a gate that was not decided is no failure, but a hold. */
export function failureOf(state: CutoverState): Failure | undefined {
  const failed = stepsInHand(state)
    .map((id) => planStep(state, id))
    .find(
      ({ id, kind, place }) =>
        place === 'plan' && kind !== 'decide' && stepState(state, id).status === 'failed',
    )
  if (failed !== undefined) return { step: failed.id, why: whyFailed(state, failed) }
  const [phase] = failedCheckpoints(state)
  const title = state.plan.phases.find(({ id }) => id === phase)?.title
  return title === undefined ? undefined : { why: `The checkpoint of “${title}” failed` }
}

/** `“Copy the data” failed: the sides differ.` */
export function whyFailed(state: CutoverState, { id, title }: Step): string {
  const last = lastAttempt(state, id)
  const said = last?.error?.message ?? last?.why ?? last?.summary ?? stepState(state, id).reason
  // `“Copy” was cancelled: Cancelled.` says it twice.
  const because = last?.outcome === 'cancelled' && said === 'Cancelled.' ? undefined : said
  const how = last?.outcome === 'cancelled' ? 'was cancelled' : last?.verdict === 'red' ? 'is red' : 'failed'
  return `“${title}” ${how}${because === undefined ? '' : `: ${because}`}`
}

/** Before its turn has come, so that nothing of it begins by itself. */
function skipNamed(state: CutoverState, { wishes }: Asked): PersonCommand | undefined {
  const step = wishes.skip.find(
    (id) =>
      ['pending', 'due'].includes(stepState(state, id).status) &&
      stepChoices(state, id, REHEARSAL).includes('skip'),
  )
  return step === undefined
    ? undefined
    : { type: 'skip', step, reason: 'Whoever started this rehearsal asked for it to be left out.' }
}

function choose(state: CutoverState, { now }: Asked): PersonCommand | undefined {
  const choice = dueChoices(state, now).find((id) => mayChoose(state, id, REHEARSAL) === null)
  if (choice === undefined) return undefined
  const { preset, options } = planChoice(state, choice)
  const option = preset ?? options[0]?.id
  return option === undefined ? undefined : { type: 'choose', choice, option, reason: NOBODY }
}

function acknowledge(state: CutoverState): PersonCommand | undefined {
  const [open] = unansweredAcks(state)
  return open === undefined ? undefined : { type: 'ack', role: open.ask.role, says: open.ask.says }
}

function approve(state: CutoverState): PersonCommand | undefined {
  const step = Object.keys(state.plan.steps).find(
    (id) => stepState(state, id).draft !== undefined && stepChoices(state, id, REHEARSAL).includes('approve'),
  )
  return step === undefined ? undefined : { type: 'approve', step }
}

function confirm(state: CutoverState, { now }: Asked): PersonCommand | undefined {
  for (const gate of openGates(state)) {
    const { criteria } = gateChoices(state, gate, now, REHEARSAL)
    // What would mean failed has not happened: nobody is there to say that it has.
    const open = Object.entries(criteria).find(
      ([id, actions]) => actions.includes('confirm') && !isFailure(state.plan, gate, id),
    )
    if (open !== undefined) return { type: 'confirm', gate, criterion: open[0] }
  }
  return undefined
}

function vote(state: CutoverState, { now }: Asked): PersonCommand | undefined {
  const gate = openGates(state).find((id) => gateChoices(state, id, now, REHEARSAL).gate.includes('go'))
  return gate === undefined ? undefined : { type: 'vote', gate, vote: 'go', reason: NOBODY }
}

function tick(state: CutoverState, { wishes }: Asked): PersonCommand | Unanswerable | undefined {
  const step = stepsInHand(state)
    .map((id) => planStep(state, id))
    .find(
      ({ id, kind }) =>
        kind === 'do' &&
        stepState(state, id).status === 'due' &&
        stepChoices(state, id, REHEARSAL).includes('tick'),
    )
  if (step?.kind !== 'do') return undefined
  const item = itemChoices(state, step.id, 'tick', REHEARSAL)[0]
  if (item !== undefined) return { type: 'tick', step: step.id, item, result: 'done', fields: {} }
  const fields = fieldsOf(step, wishes)
  return 'why' in fields
    ? fields
    : { type: 'tick', step: step.id, result: 'done', fields: fields.values, note: NOBODY }
}

/** What is written where nobody knows better, by type; the first that the field takes. */
const MADE_UP = {
  text: ['rehearsal', 'REHEARSAL-1', 'rehearsal@example.org', '1', '0'],
  int: ['1', '0', '100'],
  number: ['1', '0', '100'],
  time: ['00:00'],
  url: ['https://rehearsal.invalid/'],
} as const satisfies Record<Field['type'], readonly string[]>

function fieldsOf(
  step: DoStep,
  { fields }: RehearsalWishes,
): Unanswerable | { readonly values: Readonly<Record<string, string>> } {
  const values: Record<string, string> = {}
  for (const field of step.fields) {
    const given = fields[`${step.id}/${field.name}`]
    const value = given ?? MADE_UP[field.type].find((one) => objection(field, one) === null)
    if (value !== undefined) values[field.name] = value
    else if (!field.optional) return { type: 'unanswerable', why: nothingFits(step, field) }
  }
  return { values }
}

const nothingFits = (step: DoStep, { name, pattern }: Field): string =>
  `“${step.title}” asks for ${name}${pattern === undefined ? '' : ` of the form ${pattern}`}, and nobody is there to ` +
  `write it. Give it with --field ${step.id}/${name}=VALUE.`

/** Runs that want a click, and what is so late that somebody is asked whether it still begins. */
function begin(state: CutoverState): PersonCommand | undefined {
  const waiting = stepsInHand(state).find((id) => {
    const step = planStep(state, id)
    const { status, lateMs } = stepState(state, id)
    const wantsClick =
      step.kind === 'tell' || (step.kind === 'run' && (step.begin === 'click' || lateMs !== undefined))
    return wantsClick && status === 'due' && stepChoices(state, id, REHEARSAL).includes('run')
  })
  return waiting === undefined ? undefined : { type: 'run', step: waiting }
}
