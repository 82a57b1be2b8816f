import type { WebhookCall } from '../app/notice-means.ts'
import type { Receiver } from './receivers.ts'
import type { Request } from './request.ts'
import { WebhookError } from './webhook-error.ts'

/** Asks the receiver; its name and how patient to be are filled in. */
export type Ask = (asked: Omit<Request, 'receiver'>) => Promise<string>

export type Shape = (message: WebhookCall, receiver: Receiver, ask: Ask) => Promise<{ readonly id?: string }>

/** What a receiver without a setting cannot do. */
export function required(message: WebhookCall, receiver: Receiver, name: 'url' | 'token' | 'page'): string {
  const value = receiver[name]
  if (value !== undefined) return value
  throw new WebhookError(
    `The webhook “${message.name}” has no \`${name}\`, which ${message.shape} needs.`,
    'Add it in the file that CUTOVER_WEBHOOKS_FILE names and start `serve` anew; then retry it.',
  )
}
