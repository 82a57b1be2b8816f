import { alertsToSend, type Alert } from '../domain/pages.ts'
import { subjectTitle } from '../domain/team/escalation.ts'
import type { CutoverState } from '../domain/state.ts'
import { handleCommand } from './handle-command.ts'
import { LogUnavailable } from './log-errors.ts'
import { NoticeFailure, type NoticeMeans } from './notice-means.ts'
import type { CutoverLog, Logger } from './ports.ts'

interface Deps {
  readonly log: CutoverLog
  readonly means: Pick<NoticeMeans, 'call'>
  readonly logger: Logger
}

/**
 * Tells pagers of escalations that were raised, taken on or ended, and records it. What does not get through is
 * recorded once and tried again whenever this is called; the pager knows an alert again by its key. Each is asked for
 * once more right before it goes out: it may have ended while the one before hung. An environment that does not name
 * the audience pages nobody. Throws `LogUnavailable`.
 */
export async function callPagers(deps: Deps, cutover: string): Promise<void> {
  const first = await deps.log.load(cutover)
  for (const { audience, key } of first === null ? [] : alertsToSend(first.state)) {
    const state = (await deps.log.load(cutover))?.state
    const alert = state && alertsToSend(state).find((one) => one.audience === audience && one.key === key)
    if (state !== undefined && alert !== undefined) await callPager(deps, state, alert)
  }
}

async function callPager(deps: Deps, state: CutoverState, alert: Alert): Promise<void> {
  const { audience, subject, key, action } = alert
  const webhook = state.plan.audiences[audience]?.webhook
  if (webhook === undefined) return
  const failed = await send(deps, state, alert, webhook)
  const known = state.alerts[`${audience} ${subject}`]
  if (failed !== undefined && known?.failed !== undefined && known.action === action) return
  const result = failed === undefined ? 'sent' : 'failed'
  await handleCommand(
    deps.log,
    state.id,
    { type: 'report page', subject, audience, action, key, ...(failed === undefined ? {} : { failed }) },
    { actor: { kind: 'cutover' }, key: `${key}/${audience}/${action}/${result}` },
  )
}

type Webhook = NonNullable<CutoverState['plan']['audiences'][string]['webhook']>

/** Why it did not get through. */
async function send(
  deps: Deps,
  state: CutoverState,
  { subject, key, action }: Alert,
  webhook: Webhook,
): Promise<string | undefined> {
  const { id, plan } = state
  const words = { trigger: 'needs somebody', acknowledge: 'somebody is at it', resolve: 'is settled' }[action]
  const title = subjectTitle(state, subject)
  try {
    await deps.means.call({
      ...webhook,
      key: `${key}/${action}`,
      cutover: { id, title: plan.title, environment: plan.environment, live: plan.live },
      step: subject,
      notice: {
        subject: `${plan.live ? '' : '[REHEARSAL] '}${plan.title}: ${title}`,
        text: `${title}: ${words}. The cutover ${plan.title} on ${plan.environment} is ${state.status}.`,
      },
      alert: { key, action },
    })
    return undefined
  } catch (error) {
    if (error instanceof LogUnavailable) throw error
    deps.logger.warn({ cutover: id, subject, error }, 'a pager was not reached')
    return error instanceof NoticeFailure ? error.message : 'It could not be sent.'
  }
}
