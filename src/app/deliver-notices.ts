import { outstanding } from '../domain/notices.ts'
import type { TellStep } from '../domain/plan.ts'
import type { CutoverState } from '../domain/state.ts'
import { handleCommand } from './handle-command.ts'
import { LogUnavailable } from './log-errors.ts'
import type { CutoverLog, Logger, NoticeClaims } from './ports.ts'

export type Medium = 'slack' | 'email'

export interface RenderedNotice {
  readonly subject?: string
  readonly text: string
  readonly html?: string
}

/** How a notice is made and how it leaves. */
export interface NoticeMeans {
  render(state: CutoverState, step: TellStep, medium: Medium, now: number): RenderedNotice
  /** Posts once under this key, however often it is called; looks for its own post before it posts again. */
  post(notice: {
    readonly cutover: string
    readonly key: string
    readonly channel: string
    readonly text: string
  }): Promise<void>
  mail(notice: {
    readonly key: string
    readonly to: readonly string[]
    readonly notice: RenderedNotice
  }): Promise<{ readonly rejected: readonly { readonly address: string; readonly reason: string }[] }>
}

/** What could not be sent, in words for the channel. */
export class NoticeFailure extends Error {
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.name = 'NoticeFailure'
    this.hint = hint
  }
}

interface Delivery {
  readonly step: TellStep
  readonly audience: string
  /** `report`: this environment names nobody; the notice is rendered for the record and goes to no one. */
  readonly medium: Medium | 'report'
  readonly to: readonly string[]
}

/**
 * Sends what active `tell` steps still owe and records how it went. Safe to call again and again; one that fails in
 * an unexpected way is logged and holds up no other. Throws `LogUnavailable`.
 */
export async function deliverNotices(
  deps: {
    readonly log: CutoverLog
    readonly claims: NoticeClaims
    readonly means: NoticeMeans
    readonly logger: Logger
  },
  state: CutoverState,
  now: number,
): Promise<void> {
  for (const delivery of owed(state)) await deliver(deps, state, delivery, now)
}

/** Deliveries of active tells that were neither delivered nor failed. */
function owed(state: CutoverState): readonly Delivery[] {
  return Object.values(state.plan.steps)
    .filter((step) => step.kind === 'tell')
    .flatMap((step) => {
      const own = state.steps[step.id]
      if (own?.status !== 'active') return []
      return outstanding(state.plan, step, own).map((open) => ({
        ...open,
        step,
        to: open.medium === 'report' ? [] : (state.plan.audiences[open.audience]?.[open.medium] ?? []),
      }))
    })
}

async function deliver(
  deps: Parameters<typeof deliverNotices>[0],
  state: CutoverState,
  delivery: Delivery,
  now: number,
): Promise<void> {
  const { step, audience, medium, to } = delivery
  const key = `notice/${step.id}/${audience}/${medium}/${state.steps[step.id]?.revision ?? 0}`
  const report = (command: Parameters<typeof handleCommand>[2]) =>
    handleCommand(deps.log, state.id, command, { actor: { kind: 'cutover' }, key: `${state.id}/${key}` })
  try {
    const notice = deps.means.render(state, step, medium === 'report' ? 'email' : medium, now)
    const rejected = await send(deps, state, delivery, key, notice)
    if (rejected === 'busy') return
    await report({
      type: 'report notice',
      step: step.id,
      audience,
      medium,
      to,
      ...(notice.subject === undefined ? {} : { subject: notice.subject }),
      text: notice.text,
      rejected,
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
      audience,
      medium,
      why: error.message,
      hint: error.hint,
    })
  }
}

async function send(
  deps: Parameters<typeof deliverNotices>[0],
  state: CutoverState,
  { medium, to, step }: Delivery,
  key: string,
  notice: RenderedNotice,
): Promise<readonly { readonly address: string; readonly reason: string }[] | 'busy'> {
  if (medium === 'report') return []
  if (medium === 'slack') {
    for (const channel of to) {
      await deps.means.post({ cutover: state.id, key: `${key}/${channel}`, channel, text: notice.text })
    }
    return []
  }

  // Mail cannot be looked up afterwards, so it is claimed first: whoever finds the claim of one that vanished asks
  // instead of sending twice.
  const claim = await deps.claims.claim(state.id, key)
  if (claim === 'busy') return claim
  if (claim === 'sent') return []
  if (claim !== 'claimed') {
    throw new NoticeFailure(
      `Nobody knows whether the e-mail of "${step.title}" went out: sending it was interrupted.`,
      'Ask one recipient, then retry it or skip it.',
    )
  }
  const { rejected } = await deps.means
    .mail({ key: `${state.id}/${key}`, to, notice })
    .catch(async (error: unknown) => {
      await deps.claims.settle(state.id, key, 'failed')
      throw error
    })
  await deps.claims.settle(state.id, key, 'sent')
  return rejected
}
