import type { NoticeMedium } from '../domain/events.ts'
import { meetingAt } from '../domain/advance/notices.ts'
import { outstanding, toldNow } from '../domain/notices.ts'
import { isMute } from '../domain/outages.ts'
import { stepsInHand } from '../domain/order.ts'
import type { Instant, TellStep } from '../domain/plan.ts'
import type { CutoverState, StepStatus } from '../domain/state.ts'
import { handleCommand } from './handle-command.ts'
import { LogUnavailable } from './log-errors.ts'
import {
  NoticeFailure,
  type MeetingInvitation,
  type NoticeMeans,
  type RenderedNotice,
} from './notice-means.ts'
import type { CutoverLog, Logger, NoticeClaims } from './ports.ts'
import { pageOf, webhookCall, type PageNow } from './webhook-call.ts'

interface Deps {
  readonly log: CutoverLog
  readonly claims: NoticeClaims
  readonly means: NoticeMeans
  readonly logger: Logger
}

interface Delivery {
  readonly step: TellStep
  readonly audience: string
  /** `report`: this environment names nobody; the notice is rendered for the record and goes to no one. */
  readonly medium: NoticeMedium
  readonly to: readonly string[]
  readonly key: string
  /** Its occasion. */
  readonly since: Instant
}

/**
 * Sends what active `tell` steps still owe and records how it went. Whether each is owed is asked right before it goes
 * out: while the one before hung, somebody may have skipped it or postponed the cutover. Safe to call again and again;
 * one that fails in an unexpected way is logged and holds up no other. With `only`, what one receiver is owed. Throws
 * `LogUnavailable`.
 */
export async function deliverNotices(deps: Deps, cutover: string, only?: Receiver): Promise<void> {
  const first = await deps.log.load(cutover)
  for (const delivery of first === null ? [] : owed(first.state, ['active'])) {
    if (only !== undefined && !isFor(delivery, only)) continue
    const loaded = await deps.log.load(cutover)
    if (loaded !== null && isStillOwed(loaded.state, delivery))
      await deliver(deps, loaded.state, delivery, loaded.now)
  }
}

/** One medium of one audience: what goes there goes one after another, a status page least of all in another order. */
export type Receiver = Pick<Delivery, 'audience' | 'medium'>

const isFor = (delivery: Delivery, { audience, medium }: Receiver): boolean =>
  delivery.audience === audience && delivery.medium === medium

/** Whoever is owed something now, each once. */
export function receiversOwed(state: CutoverState): readonly Receiver[] {
  const all = owed(state, ['active']).map(
    ({ audience, medium }) => [`${medium}/${audience}`, { audience, medium }] as const,
  )
  return [...new Map(all).values()]
}

/** A medium that fails holds up no other of the same occasion. */
const isStillOwed = (state: CutoverState, { step, audience, medium, since }: Delivery): boolean =>
  owed(state, ['active', 'failed']).some(
    (one) =>
      one.step.id === step.id && one.since === since && one.audience === audience && one.medium === medium,
  )

/** Deliveries of tells in these statuses that were neither delivered nor failed. */
function owed(state: CutoverState, statuses: readonly StepStatus[]): readonly Delivery[] {
  const carriedOut = state.status === 'rollback stopped' ? state.rollback?.order : stepsInHand(state)
  return (
    Object.values(state.plan.steps)
      .filter((step) => step.kind === 'tell')
      // What was planned is told while the plan is carried out, and not once people have turned away from it.
      .filter(({ place, id }) => place === 'notice' || carriedOut?.includes(id) === true)
      .flatMap((step) => {
        const own = state.steps[step.id]
        const since = own?.startedAt
        if (own === undefined || since === undefined || !statuses.includes(own.status)) return []
        return outstanding(state.plan, step, own).map(({ audience, medium }) => ({
          audience,
          medium,
          step,
          since,
          to: receivers(state, audience, medium),
          key: `notice/${step.id}/${audience}/${medium}/${own.revision}`,
        }))
      })
  )
}

function receivers(state: CutoverState, audience: string, medium: NoticeMedium): readonly string[] {
  const named = state.plan.audiences[audience]
  if (medium === 'report' || named === undefined) return []
  if (medium !== 'webhook') return named[medium]
  return named.webhook === undefined ? [] : [named.webhook.name]
}

async function deliver(deps: Deps, state: CutoverState, delivery: Delivery, now: number): Promise<void> {
  const { step, audience, medium, to, key, since } = delivery
  const report = (command: Parameters<typeof handleCommand>[2]) =>
    handleCommand(deps.log, state.id, command, { actor: { kind: 'cutover' }, key: `${state.id}/${key}` })
  try {
    const notice = written(deps.means, state, delivery, now)
    if (medium === 'slack' && isMute(state)) {
      const { text } = notice
      await report({ type: 'report notice parked', step: step.id, since, audience, medium, to, text })
      return
    }
    const meeting = meetingOf(state, step)
    const sent = await send(deps, state, delivery, { notice, meeting })
    if (sent === 'busy') return
    await report({
      type: 'report notice',
      step: step.id,
      since,
      audience,
      medium,
      to,
      ...(notice.subject === undefined ? {} : { subject: notice.subject }),
      text: notice.text,
      ...sent,
      ...(tellsTime(step) && { told: toldNow(state, state.steps[step.id]?.called) }),
      ...(meeting === undefined || medium === 'slack' || medium === 'webhook'
        ? {}
        : { meeting: invitationIn(meeting) }),
      ...approvalOf(state, step),
    })
  } catch (error) {
    if (error instanceof LogUnavailable) throw error
    const fields = { cutover: state.id, step: step.id, audience, medium }
    if (!(error instanceof NoticeFailure)) {
      deps.logger.error({ ...fields, error }, 'sending a notice failed; trying again')
      return
    }
    deps.logger.warn({ ...fields, reason: error.message }, 'notice failed')
    if (medium === 'report') return
    await report({
      type: 'report notice failure',
      step: step.id,
      since,
      audience,
      medium,
      why: error.message,
      hint: error.hint,
    })
  }
}

/** A cancelled meeting says nothing about the time of the cutover. */
const tellsTime = (step: TellStep): boolean =>
  step.occasion?.kind !== 'meeting' && step.occasion?.kind !== 'abandoned'

function approvalOf(state: CutoverState, step: TellStep): { readonly approved?: string } {
  const draft = state.steps[step.id]?.draft
  return draft?.approved === undefined ? {} : { approved: draft.hash }
}

/** What was approved, or what the template says now. */
function written(means: NoticeMeans, state: CutoverState, delivery: Delivery, now: number): RenderedNotice {
  const { step, audience, medium } = delivery
  const draft = state.steps[step.id]?.draft
  const own = draft?.texts.find((one) => one.audience === audience && one.medium === medium)
  const as = medium === 'report' ? 'email' : medium
  if (step.approve === undefined || draft?.approved === undefined || own === undefined) {
    return means.render(state, step, as, now, audience)
  }
  const { subject, text, html } = own
  const { text: edited } = draft.approved
  if (edited !== undefined) {
    return { ...(subject === undefined ? {} : { subject }), ...means.plain(state, edited, as) }
  }
  return { text, ...(subject === undefined ? {} : { subject }), ...(html === undefined ? {} : { html }) }
}

function meetingOf(state: CutoverState, step: TellStep): MeetingInvitation | undefined {
  const of = step.occasion?.kind === 'meeting' ? state.plan.steps[step.occasion.of] : step
  if (of?.kind !== 'tell' || of.meet === undefined) return undefined
  const { lengthMs, agenda } = of.meet
  const start = meetingAt(state, of)
  const known = state.meetings[of.id]
  const now =
    state.steps[step.id]?.called?.invitation ??
    (start === null
      ? undefined
      : { start, end: start + lengthMs, sequence: known === undefined ? 0 : known.sequence + 1 })
  return (
    now && {
      ...now,
      uid: `${state.id}.${of.id}`,
      title: of.title,
      zone: state.plan.window.zone,
      agenda,
    }
  )
}

const invitationIn = ({ start, end, sequence, cancelled }: MeetingInvitation) => ({
  start,
  end,
  sequence,
  ...(cancelled === true && { cancelled }),
})

type Rejected = readonly { readonly address: string; readonly reason: string }[]
type Sent = { readonly rejected: Rejected; readonly page?: PageNow }

interface Content {
  readonly notice: RenderedNotice
  readonly meeting: MeetingInvitation | undefined
}

async function send(
  deps: Deps,
  state: CutoverState,
  delivery: Delivery,
  content: Content,
): Promise<Sent | 'busy'> {
  const { medium, to, key } = delivery
  switch (medium) {
    case 'report':
      return { rejected: [] }
    case 'slack':
      for (const channel of to) {
        await deps.means.post({
          cutover: state.id,
          key: `${key}/${channel}`,
          channel,
          text: content.notice.text,
        })
      }
      return { rejected: [] }
    case 'email':
      return claimed(deps, state, delivery, async () => {
        const { notice, meeting } = content
        const mail = { key: `${state.id}/${key}`, to, notice, ...(meeting && { meeting }) }
        const { rejected } = await deps.means.mail(mail)
        return { rejected }
      })
    case 'webhook':
      return claimed(deps, state, delivery, () => callWebhook(deps, state, delivery, content.notice))
  }
}

async function callWebhook(
  deps: Deps,
  state: CutoverState,
  delivery: Delivery,
  notice: RenderedNotice,
): Promise<Sent> {
  const call = webhookCall(state, delivery, notice)
  const { id } = await deps.means.call(call)
  const page = pageOf(call, id)
  return { rejected: [], ...(page === undefined ? {} : { page }) }
}

/**
 * What cannot be looked up afterwards is claimed first: whoever finds the claim of one that vanished asks instead of
 * sending twice. A receiver that knows the message again by its key is simply told again.
 */
async function claimed(
  deps: Deps,
  state: CutoverState,
  { key, step, audience, medium }: Delivery,
  act: () => Promise<Sent>,
): Promise<Sent | 'busy'> {
  const claim = await deps.claims.claim(state.id, key)
  if (claim === 'busy') return claim
  const shape = medium === 'webhook' ? state.plan.audiences[audience]?.webhook?.shape : undefined
  const mayRepeat = shape !== undefined && shape !== 'json'
  if (claim === 'sent' && !mayRepeat) return { rejected: [] }
  if (claim !== 'claimed' && !mayRepeat) {
    const what = medium === 'webhook' ? 'message' : 'e-mail'
    throw new NoticeFailure(
      `Nobody knows whether the ${what} of "${step.title}" went out: sending it was interrupted.`,
      'Ask one recipient, then retry it or skip it.',
      true,
    )
  }
  const sent = await act().catch(async (error: unknown) => {
    await deps.claims.settle(state.id, key, 'failed')
    throw error
  })
  await deps.claims.settle(state.id, key, 'sent')
  return sent
}
