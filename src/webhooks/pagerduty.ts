import type { WebhookCall } from '../app/notice-means.ts'
import { required, type Ask } from './shape.ts'
import type { Receiver } from './receivers.ts'

const EVENTS = 'https://events.pagerduty.com/v2/enqueue'
const SUMMARY_MAX = 1024

/** Events API v2. One alert under one key, whatever is said about it. */
export async function pagerduty(message: WebhookCall, receiver: Receiver, ask: Ask): Promise<object> {
  const { alert, cutover, notice, step } = message
  const action = alert?.action ?? 'trigger'
  const payload = {
    summary: (notice.subject ?? notice.text).slice(0, SUMMARY_MAX),
    source: `cutover ${cutover.id}`,
    severity: cutover.live ? 'warning' : 'info',
    component: cutover.title,
    group: cutover.environment,
    custom_details: { text: notice.text, step, rehearsal: !cutover.live },
  }
  await ask({
    method: 'POST',
    url: receiver.url ?? EVENTS,
    headers: {},
    body: {
      routing_key: required(message, receiver, 'token'),
      event_action: action,
      dedup_key: alert?.key ?? message.key,
      ...(action === 'trigger' ? { payload, client: 'Cutover' } : {}),
    },
    mayRepeat: true,
  })
  return {}
}
