import { z } from 'zod'

const LONGEST_TEXT = 3_000
const LONGEST_URL = 3_000
export const LONGEST_ID = 255

export const id = z.string().min(1).max(LONGEST_ID)
export const address = z
  .string()
  .min(1)
  .max(LONGEST_URL)
  .regex(/^[a-z][a-z0-9+.-]*:\S+$/i, { error: 'invalid url' })

export const plainText = (most = LONGEST_TEXT) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(most),
    emoji: z.boolean().optional(),
  })

export const mrkdwn = (most = LONGEST_TEXT) =>
  z.strictObject({
    type: z.literal('mrkdwn'),
    text: z.string().min(1).max(most),
    verbatim: z.boolean().optional(),
  })

export const anyText = (most = LONGEST_TEXT) => z.discriminatedUnion('type', [plainText(most), mrkdwn(most)])

export const style = z.enum(['primary', 'danger'])

export const confirm = z.strictObject({
  title: plainText(100).optional(),
  text: anyText(300),
  confirm: plainText(30).optional(),
  deny: plainText(30).optional(),
  style: style.optional(),
})

/** Slack documents 75 in one place and 150 in another for `value`; the shorter one holds everywhere. */
const optionValue = z.string().min(1).max(75)

export const plainOption = z.strictObject({
  text: plainText(75),
  value: optionValue,
  description: plainText(75).optional(),
})

export const richOption = z.strictObject({
  text: anyText(75),
  value: optionValue,
  description: anyText(75).optional(),
})

export const overflowOption = z.strictObject({
  text: plainText(75),
  value: optionValue,
  description: plainText(75).optional(),
  url: address.optional(),
})

export const optionGroup = z.strictObject({
  label: plainText(75),
  options: z.array(plainOption).min(1).max(100),
})

export const placeholder = plainText(150)

export const dispatchActionConfig = z.strictObject({
  trigger_actions_on: z.array(z.enum(['on_enter_pressed', 'on_character_entered'])).min(1),
})

export const conversationFilter = z.strictObject({
  include: z
    .array(z.enum(['im', 'mpim', 'private', 'public']))
    .min(1)
    .optional(),
  exclude_external_shared_channels: z.boolean().optional(),
  exclude_bot_users: z.boolean().optional(),
})
