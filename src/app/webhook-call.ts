import { promisedEnd } from '../domain/promised.ts'
import type { PageState, TellStep } from '../domain/plan.ts'
import type { CutoverState } from '../domain/state.ts'
import { NoticeFailure, type RenderedNotice, type WebhookCall } from './notice-means.ts'

interface Delivery {
  readonly step: TellStep
  readonly audience: string
  readonly key: string
}

export interface PageNow {
  readonly id: string
  readonly state: PageState
}

/** After these the event of a status page is history; what is scheduled later is another one. */
const ENDED: readonly PageState[] = ['completed', 'rolled back', 'cancelled']

/** What is sent to the webhook of an audience for one notice. Throws {@link NoticeFailure}. */
export function webhookCall(state: CutoverState, delivery: Delivery, notice: RenderedNotice): WebhookCall {
  const { step, audience, key } = delivery
  const { plan } = state
  const webhook = plan.audiences[audience]?.webhook
  if (webhook === undefined) throw new Error(`The audience ${audience} has no webhook.`)
  const call = {
    ...webhook,
    key: `${state.id}/${key}`,
    cutover: { id: state.id, title: plan.title, environment: plan.environment, live: plan.live },
    step: step.id,
    notice,
  }
  const known = state.pages[audience]
  const page = step.page ?? known?.state
  if (webhook.shape === 'statuspage') return { ...call, page: pageToSet(state, delivery, page) }
  if (webhook.shape === 'json') return call
  const action = page !== undefined && ENDED.includes(page) ? 'resolve' : 'trigger'
  return { ...call, alert: { key: `cutover/${state.id}`, action } }
}

function pageToSet(
  state: CutoverState,
  { step, audience }: Delivery,
  page: PageState | undefined,
): NonNullable<WebhookCall['page']> {
  if (page === undefined) {
    throw new NoticeFailure(
      `The status page "${audience}" has no event yet, and “${step.title}” does not say which state it sets.`,
      'Skip it, and set the page by hand; add `state:` to the notice in the runbook.',
    )
  }
  const known = state.pages[audience]
  const isNew = known === undefined || (ENDED.includes(known.state) && !ENDED.includes(page))
  const end = state.steps[step.id]?.called?.end ?? promisedEnd(state)
  return { ...(isNew ? {} : { id: known.id }), state: page, start: state.plannedStart, end }
}

/** What the status page says after a call. */
export function pageOf({ page }: WebhookCall, id: string | undefined): PageNow | undefined {
  const known = id ?? page?.id
  return page === undefined || known === undefined ? undefined : { id: known, state: page.state }
}
