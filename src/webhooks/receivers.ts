import { z } from 'zod'

const Address = z.url({ protocol: /^https?$/ })

const Receiver = z.strictObject({
  url: Address.optional().describe('where it is; the shapes know their own services'),
  token: z
    .string()
    .min(1)
    .optional()
    .describe('API key; for PagerDuty the routing key; for json sent as a bearer token'),
  page: z.string().min(1).optional().describe('statuspage: id of the page'),
  components: z.array(z.string().min(1)).optional().describe('statuspage: ids of what is under maintenance'),
})

/** By the names that runbooks use for them. */
export const WebhookReceivers = z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), Receiver)
export type WebhookReceivers = z.infer<typeof WebhookReceivers>
export type Receiver = z.infer<typeof Receiver>

/** The text of a webhooks file. The message of a thrown error names what is wrong, and never a value. */
export function readReceivers(text: string): WebhookReceivers {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error('it is not JSON')
  }
  const parsed = WebhookReceivers.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new Error(`at ${issue?.path.join('.') || 'the top'}: ${issue?.message ?? 'it does not fit'}`)
}
