import type { CutoverEvent, Recorded } from '../domain/events.ts'
import type { Plan } from '../domain/plan.ts'
import { CHANGES } from '../domain/team/changes.ts'
import { durationText } from '../templates/format.ts'
import { actorId, distinct } from './actors.ts'
import { criterionTitle } from './decision-rows.ts'
import { POOL_REMARKS, POOL_SETBACKS } from './pool-remarks.ts'
import { NOTICE_DEVIATIONS, NOTICE_REMARKS, NOTICE_SETBACKS } from './notice-remarks.ts'
import { TEAM_DEVIATIONS, TEAM_REMARKS, TEAM_SETBACKS } from './team-remarks.ts'
import type { TimelineRemark } from './timeline.ts'

/** What the events mean for the reader: left the plan, did not work, or worth a line. */
export interface Remarks {
  readonly deviations: TimelineRemark[]
  readonly setbacks: TimelineRemark[]
  readonly remarks: TimelineRemark[]
}

type Of<Type extends CutoverEvent['type']> = Recorded<Extract<CutoverEvent, { type: Type }>>

export interface Said {
  readonly text: string
  readonly reason?: string | undefined
  readonly step?: string | undefined
  readonly second?: string | undefined
  /** People that the text ends with. */
  readonly whom?: readonly string[]
  /** Nobody in particular did it. */
  readonly byNobody?: true
}

export type Telling = {
  readonly [Type in CutoverEvent['type']]?: (event: Of<Type>, context: Context) => Said | undefined
}

interface Context {
  readonly plan: Plan
  /** Attempt id → step id. */
  readonly stepOf: ReadonlyMap<string, string>
  /** Attempts that a gate asked for. */
  readonly looks: ReadonlySet<string>
}

const alone = (event: { readonly data: { readonly alone?: true } }) =>
  event.data.alone === true ? ', alone' : ''

const leftOpen = (left: readonly { readonly state: string; readonly reason: string }[]) =>
  left.map((one) => `${one.state} (${one.reason})`).join(', ')

const DEVIATIONS: Telling = {
  ...TEAM_DEVIATIONS,
  ...NOTICE_DEVIATIONS,
  'step skipped': (event) => ({ ...event.data, text: `skipped${alone(event)}` }),
  'step overridden': (event) => ({
    ...event.data,
    text: `gone on from although it had not worked${alone(event)}`,
  }),
  'step marked': (event) => ({
    ...event.data,
    text: `declared ${event.data.outcome} after a look${alone(event)}`,
  }),
  'step moved': ({ data }) => ({ ...data, text: 'moved to another time' }),
  'step late': ({ data }) => ({
    step: data.step,
    text: `began ${durationText(data.byMs)} late`,
    byNobody: true,
  }),
  'step unticked': ({ data }) => ({ ...data, text: 'unticked' }),
  'attempt dispatched': (event, { plan }) => {
    const { step, n, forGate, reason, second } = event.data
    if (n === 1 || forGate !== undefined || plan.steps[step]?.kind !== 'run') return undefined
    return { step, reason, second, text: `tried again, attempt ${n}${alone(event)}` }
  },
  'cancel requested': ({ data }, { stepOf }) => ({
    step: stepOf.get(data.attempt),
    reason: data.reason,
    text: 'cancelled',
  }),
  'criterion overridden': (event, { plan }) => {
    const { gate, round, criterion, reason, second } = event.data
    const title = criterionTitle(criterion, gate, plan)
    return {
      step: gate,
      reason,
      second,
      text: `criterion "${title}" overridden in round ${round}${alone(event)}`,
    }
  },
  'votes went stale': ({ data }, { plan }) => {
    const { gate, round, criterion, role, person } = data
    const stale = { step: gate, byNobody: true } as const
    if (criterion === undefined)
      return {
        ...stale,
        text: `GO of round ${round} went stale: ${role} changed hands; said by`,
        whom: [person],
      }
    if (criterion === CHANGES)
      return { ...stale, text: `votes of round ${round} went stale: a change was allowed during the freeze` }
    const title = criterionTitle(criterion, gate, plan)
    return { ...stale, text: `votes of round ${round} went stale: "${title}" turned red` }
  },
  'vote cast': (event) =>
    event.data.alone === true
      ? { step: event.data.gate, text: `${event.data.vote === 'go' ? 'GO' : 'NO-GO'} given alone` }
      : undefined,
  'gate opened': ({ data }) =>
    data.round === 1
      ? undefined
      : { step: data.gate, reason: data.reason, text: `opened again for round ${data.round}` },
  'role assigned': ({ data }) => ({
    reason: data.reason,
    second: data.second,
    text: `role ${data.role} handed to`,
    whom: [data.holder.person],
  }),
  'login vouched': ({ data }) => ({
    reason: data.reason,
    second: data.second,
    text: 'login of the command line, without Slack, vouched to be of',
    whom: [data.person],
  }),
  'cutover held': ({ data }) => ({ reason: data.reason, text: 'held' }),
  'cutover postponed': ({ data }) => ({ ...data, text: 'postponed' }),
  'cutover rescheduled': ({ data }) => ({ reason: data.reason, text: 'planned for another time' }),
  'cutover abandoned': ({ data }) => ({
    reason: data.reason,
    text: data.left.length === 0 ? 'abandoned' : `abandoned, leaving open ${leftOpen(data.left)} with`,
    whom: data.left.map((one) => one.owner),
  }),
  'rollback started': ({ data }, { plan }) => {
    const trigger = plan.rollback.triggers.find((one) => one.id === data.trigger)
    const way = data.option === undefined ? '' : ` by “${wayTitle(plan, data.option)}”`
    return {
      reason: data.reason,
      text: trigger === undefined ? `rolled back${way}` : `rolled back${way}: ${trigger.text}`,
    }
  },
  'rollback option taken': ({ data }, { plan }) => ({
    reason: data.reason,
    text: `the rollback went on another way: “${wayTitle(plan, data.option)}”`,
  }),
}

const wayTitle = (plan: Plan, id: string): string =>
  plan.rollback.options.find((one) => one.id === id)?.title ?? id

const SETBACKS: Telling = {
  ...TEAM_SETBACKS,
  ...NOTICE_SETBACKS,
  ...POOL_SETBACKS,
  'attempt ended': ({ data }, { plan, stepOf, looks }) => {
    const step = stepOf.get(data.attempt)
    if (data.outcome === 'failed') {
      const what = data.error === undefined ? data.summary : `${data.error.message} ${data.error.changed}`
      return { step, text: `failed: ${what}`, byNobody: true }
    }
    // Gates have their checks looked at every minute; what turned red there is said where votes went stale.
    const isOwn = plan.steps[step ?? '']?.kind === 'check' && !looks.has(data.attempt)
    return data.verdict === 'red' && isOwn
      ? { step, text: `red: ${data.summary}`, byNobody: true }
      : undefined
  },
  'attempt asked': ({ data }, { stepOf }) =>
    data.then === 'waiting'
      ? {
          step: stepOf.get(data.attempt),
          text: `waited for input that nobody had foreseen: “${data.prompt}”`,
          byNobody: true,
        }
      : undefined,
  'attempt blocked': ({ data: { attempt, blocker } }, { stepOf }) => ({
    step: stepOf.get(attempt),
    text: `waited for ${blocker.lockOn}, held by pid ${blocker.pid} (${blocker.app}, ${blocker.state}, ${durationText(blocker.openMs)})`,
    byNobody: true,
  }),
  'unblock asked': ({ data }, { stepOf }) => ({
    step: stepOf.get(data.attempt),
    text:
      data.how === 'end'
        ? `asked to end the session of pid ${data.pid}`
        : `asked to cancel the query of pid ${data.pid}`,
  }),
  'unblock ended': ({ data }, { stepOf }) => ({
    step: stepOf.get(data.attempt),
    text: data.result,
    byNobody: true,
  }),
  'attempt unknown': ({ data }, { stepOf }) => ({
    step: stepOf.get(data.attempt),
    text: `outcome unknown: ${data.why}`,
    byNobody: true,
  }),
  'attempt unobserved': ({ data }, { stepOf }) => ({
    step: stepOf.get(data.attempt),
    text: 'out of sight: its host was silent',
    byNobody: true,
  }),
  'attempt adopted': ({ data }, { stepOf }) => ({
    step: stepOf.get(data.attempt),
    text: `went on under another worker, ${data.worker}`,
    byNobody: true,
  }),
  'attempt refused': ({ data }, { stepOf }) => ({
    step: stepOf.get(data.attempt),
    text: `not started: ${data.why}`,
    byNobody: true,
  }),
  'slack went away': ({ data }) => ({ text: `Slack went away: ${data.why}`, byNobody: true }),
  'slack came back': (event) => ({
    text: `Slack came back after ${durationText(event.at - event.data.since)}`,
    byNobody: true,
  }),
  'step timed out': ({ data }) => ({
    step: data.step,
    text: `ran past its limit of ${durationText(data.afterMs)}`,
    byNobody: true,
  }),
  'step overran': ({ data }) => ({
    step: data.step,
    text: `took ${durationText(data.byMs)} more than estimated`,
    byNobody: true,
  }),
  'step ticked': ({ data }) =>
    data.result === 'failed' ? { step: data.step, reason: data.note, text: 'reported as failed' } : undefined,
  'item ticked': ({ data }, { plan }) => {
    const step = plan.steps[data.step]
    const item = step?.kind === 'do' ? step.items.find((one) => one.id === data.item) : undefined
    return data.result === 'failed'
      ? { step: data.step, reason: data.note, text: `"${item?.text ?? data.item}" reported as failed` }
      : undefined
  },
  'watch breached': ({ data }) => ({
    step: data.step,
    text: `out of bounds: ${data.answer}`,
    byNobody: true,
  }),
  'round closed': ({ data }) =>
    data.why === 'deadline'
      ? {
          step: data.gate,
          text: `round ${data.round} passed its deadline without a decision`,
          byNobody: true,
        }
      : undefined,
  'rollback stopped': ({ data }) => ({
    step: data.step,
    text: `the rollback stopped here: ${data.why}`,
    byNobody: true,
  }),
  'notice failed': ({ data }) => ({
    step: data.step,
    text: `did not reach ${data.audience} by ${data.medium}: ${data.why}`,
    byNobody: true,
  }),
  'notice delivered': ({ data }) =>
    data.rejected.length === 0
      ? undefined
      : {
          step: data.step,
          text: `refused for ${data.rejected.map((one) => `${one.address} (${one.reason})`).join(', ')}`,
          byNobody: true,
        },
}

const REMARKS: Telling = {
  'attempt asked': ({ data }, { stepOf }) =>
    data.then === 'answered'
      ? {
          step: stepOf.get(data.attempt),
          text: `asked “${data.prompt}”, answered “${data.answer ?? ''}” by the runbook`,
          byNobody: true,
        }
      : undefined,
  'cutover opened': ({ data: { after } }) =>
    after === undefined
      ? undefined
      : {
          reason: after.reason,
          text: `attempt ${after.attempt + 1}, after ${after.cutover} was ${after.outcome}${after.left.length === 0 ? '' : `; left open of it: ${after.left.join(', ')}`}`,
        },
  'option chosen': ({ data }, { plan }) => ({
    reason: data.reason,
    text: `“${plan.choices[data.choice]?.question ?? data.choice}”: ${data.option}`,
  }),
  'note added': ({ data }) => ({ step: data.step, text: data.text }),
  ...TEAM_REMARKS,
  ...NOTICE_REMARKS,
  ...POOL_REMARKS,
}

export function remarksOf(events: readonly Recorded[], plan: Plan): Remarks {
  const stepOf = new Map<string, string>()
  const looks = new Set<string>()
  for (const event of events) {
    if (event.type !== 'attempt dispatched') continue
    stepOf.set(event.data.attempt, event.data.step)
    if (event.data.forGate !== undefined) looks.add(event.data.attempt)
  }
  const told = (telling: Telling) => events.flatMap((event) => tell(telling, event, { plan, stepOf, looks }))
  return { deviations: told(DEVIATIONS), setbacks: told(SETBACKS), remarks: told(REMARKS) }
}

function tell(telling: Telling, event: Recorded, context: Context): TimelineRemark[] {
  // A table by event type: its entry takes exactly this event, which the types cannot follow through the lookup.
  const say = telling[event.type] as ((event: Recorded, context: Context) => Said | undefined) | undefined
  const said = say?.(event, context)
  if (said === undefined) return []
  const author = event.type === 'note added' ? event.data.author : undefined
  const by = said.byNobody === true ? [] : distinct([author ?? actorId(event.actor), said.second])
  return [
    {
      at: event.at,
      by,
      ...(said.step === undefined ? {} : { step: said.step }),
      kind: event.type,
      text: said.text,
      whom: distinct(said.whom ?? []),
      ...(said.reason === undefined ? {} : { reason: said.reason }),
    },
  ]
}
