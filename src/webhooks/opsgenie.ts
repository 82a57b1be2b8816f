import type { WebhookCall } from '../app/notice-means.ts'
import { required, type Ask } from './shape.ts'
import type { Receiver } from './receivers.ts'

const API = 'https://api.opsgenie.com'
const MESSAGE_MAX = 130
const DESCRIPTION_MAX = 15_000

/** Alert API. The alias is the key: an alert that is open is counted up, not opened twice. */
export async function opsgenie(message: WebhookCall, receiver: Receiver, ask: Ask): Promise<object> {
  const { alert, cutover, notice, step } = message
  const alias = alert?.key ?? message.key
  const action = alert?.action ?? 'trigger'
  const alerts = `${(receiver.url ?? API).replace(/\/+$/, '')}/v2/alerts`
  const headers = { authorization: `GenieKey ${required(message, receiver, 'token')}` }
  if (action !== 'trigger') {
    const word = action === 'resolve' ? 'close' : 'acknowledge'
    await ask({
      method: 'POST',
      url: `${alerts}/${encodeURIComponent(alias)}/${word}?identifierType=alias`,
      headers,
      body: { source: `cutover ${cutover.id}`, note: notice.text.slice(0, DESCRIPTION_MAX) },
      mayRepeat: true,
    })
    return {}
  }
  await ask({
    method: 'POST',
    url: alerts,
    headers,
    body: {
      message: (notice.subject ?? notice.text).slice(0, MESSAGE_MAX),
      alias,
      description: notice.text.slice(0, DESCRIPTION_MAX),
      source: `cutover ${cutover.id}`,
      entity: cutover.title,
      details: { environment: cutover.environment, step, rehearsal: String(!cutover.live) },
    },
    mayRepeat: true,
  })
  return {}
}
