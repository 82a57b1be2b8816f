import type { WebhookCall } from '../app/notice-means.ts'
import { opsgenie } from './opsgenie.ts'
import { pagerduty } from './pagerduty.ts'
import type { Receiver, WebhookReceivers } from './receivers.ts'
import { PATIENCE, request, type Patience } from './request.ts'
import { required, type Ask, type Shape } from './shape.ts'
import { statuspage } from './statuspage.ts'
import { WebhookError } from './webhook-error.ts'

export interface Webhooks {
  /** Sends one message; `id` is that of a status page's event. Throws {@link WebhookError}. */
  call(message: WebhookCall): Promise<{ readonly id?: string }>
}

const SHAPES: { readonly [Name in WebhookCall['shape']]: Shape } = { statuspage, pagerduty, opsgenie, json }

/** The receivers that the webhooks file of `serve` names. */
export function makeWebhooks(receivers: WebhookReceivers, patience: Patience = PATIENCE): Webhooks {
  return {
    async call(message) {
      const receiver = receivers[message.name]
      if (receiver === undefined) {
        throw new WebhookError(
          `No webhook is called “${message.name}” here.`,
          'Add it to the file that CUTOVER_WEBHOOKS_FILE names and start `serve` anew; then retry it.',
        )
      }
      const ask: Ask = (asked) => request({ ...asked, receiver: `The webhook “${message.name}”` }, patience)
      return SHAPES[message.shape](message, receiver, ask)
    },
  }
}

/** An object of the template's own section, else one of ours. */
async function json(message: WebhookCall, receiver: Receiver, ask: Ask): Promise<object> {
  const { cutover, step, notice, key } = message
  const body = isObject(notice.text)
    ? notice.text
    : {
        cutover: cutover.id,
        title: cutover.title,
        environment: cutover.environment,
        rehearsal: !cutover.live,
        step,
        ...(notice.subject === undefined ? {} : { subject: notice.subject }),
        text: notice.text,
      }
  const authorization = receiver.token === undefined ? {} : { authorization: `Bearer ${receiver.token}` }
  const url = required(message, receiver, 'url')
  const headers = { 'idempotency-key': key, ...authorization }
  await ask({ method: 'POST', url, headers, body, mayRepeat: false })
  return {}
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
