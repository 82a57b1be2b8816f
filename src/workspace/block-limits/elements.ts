import { z } from 'zod'
import {
  address,
  confirm,
  conversationFilter,
  dispatchActionConfig,
  id,
  optionGroup,
  overflowOption,
  placeholder,
  plainOption,
  plainText,
  richOption,
  style,
} from './texts.ts'

const action = { action_id: id.optional() }
const confirmable = { ...action, confirm: confirm.optional() }
const focusable = { focus_on_load: z.boolean().optional() }
const withPlaceholder = { placeholder: placeholder.optional() }
const select = { ...confirmable, ...focusable, ...withPlaceholder }
const multiSelect = { ...select, max_selected_items: z.number().int().min(1).optional() }
const typed = {
  ...action,
  ...focusable,
  ...withPlaceholder,
  dispatch_action_config: dispatchActionConfig.optional(),
}
const accessibilityLabel = { accessibility_label: z.string().min(1).max(75).optional() }

const button = z.strictObject({
  type: z.literal('button'),
  ...confirmable,
  ...accessibilityLabel,
  text: plainText(75),
  value: z.string().max(2_000).optional(),
  url: address.optional(),
  style: style.optional(),
})

const workflowButton = z.strictObject({
  type: z.literal('workflow_button'),
  ...action,
  ...accessibilityLabel,
  text: plainText(75),
  workflow: z.record(z.string(), z.unknown()),
  style: style.optional(),
})

const feedbackButton = z.strictObject({
  ...accessibilityLabel,
  text: plainText(75),
  value: z.string().max(2_000),
})

const feedbackButtons = z.strictObject({
  type: z.literal('feedback_buttons'),
  ...action,
  positive_button: feedbackButton,
  negative_button: feedbackButton,
})

const iconButton = z.strictObject({
  type: z.literal('icon_button'),
  ...confirmable,
  ...accessibilityLabel,
  icon: z.string().min(1),
  text: plainText(75),
  value: z.string().max(2_000).optional(),
  visible_to_user_ids: z.array(z.string()).max(10).optional(),
})

/** A menu has options or groups of them, never both. */
function oneSource<Menu extends { options?: unknown; option_groups?: unknown }>(menu: Menu): boolean {
  return (menu.options === undefined) !== (menu.option_groups === undefined)
}
const ONE_SOURCE = { error: 'must define either `options` or `option_groups`' }

const menu = {
  options: z.array(plainOption).min(1).max(100).optional(),
  option_groups: z.array(optionGroup).min(1).max(100).optional(),
}

const staticSelect = z
  .strictObject({
    type: z.literal('static_select'),
    ...select,
    ...menu,
    initial_option: plainOption.optional(),
  })
  .refine(oneSource, ONE_SOURCE)

const multiStaticSelect = z
  .strictObject({
    type: z.literal('multi_static_select'),
    ...multiSelect,
    ...menu,
    initial_options: z.array(plainOption).min(1).max(100).optional(),
  })
  .refine(oneSource, ONE_SOURCE)

const selects = [
  staticSelect,
  multiStaticSelect,
  z.strictObject({
    type: z.literal('external_select'),
    ...select,
    initial_option: plainOption.optional(),
    min_query_length: z.number().int().min(0).optional(),
  }),
  z.strictObject({
    type: z.literal('multi_external_select'),
    ...multiSelect,
    initial_options: z.array(plainOption).min(1).max(100).optional(),
    min_query_length: z.number().int().min(0).optional(),
  }),
  z.strictObject({ type: z.literal('users_select'), ...select, initial_user: id.optional() }),
  z.strictObject({
    type: z.literal('multi_users_select'),
    ...multiSelect,
    initial_users: z.array(id).optional(),
  }),
  z.strictObject({
    type: z.literal('conversations_select'),
    ...select,
    initial_conversation: id.optional(),
    default_to_current_conversation: z.boolean().optional(),
    response_url_enabled: z.boolean().optional(),
    filter: conversationFilter.optional(),
  }),
  z.strictObject({
    type: z.literal('multi_conversations_select'),
    ...multiSelect,
    initial_conversations: z.array(id).optional(),
    default_to_current_conversation: z.boolean().optional(),
    filter: conversationFilter.optional(),
  }),
  z.strictObject({
    type: z.literal('channels_select'),
    ...select,
    initial_channel: id.optional(),
    response_url_enabled: z.boolean().optional(),
  }),
  z.strictObject({
    type: z.literal('multi_channels_select'),
    ...multiSelect,
    initial_channels: z.array(id).optional(),
  }),
] as const

const choices = [
  z.strictObject({
    type: z.literal('checkboxes'),
    ...confirmable,
    ...focusable,
    options: z.array(richOption).min(1).max(10),
    initial_options: z.array(richOption).min(1).max(10).optional(),
  }),
  z.strictObject({
    type: z.literal('radio_buttons'),
    ...confirmable,
    ...focusable,
    options: z.array(richOption).min(1).max(10),
    initial_option: richOption.optional(),
  }),
] as const

const overflow = z.strictObject({
  type: z.literal('overflow'),
  ...confirmable,
  options: z.array(overflowOption).min(1).max(5),
})

const pickers = [
  z.strictObject({
    type: z.literal('datepicker'),
    ...select,
    initial_date: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'must be a date in the form YYYY-MM-DD' })
      .optional(),
  }),
  z.strictObject({
    type: z.literal('timepicker'),
    ...select,
    initial_time: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time in the form HH:mm' })
      .optional(),
    timezone: z.string().min(1).optional(),
  }),
  z.strictObject({
    type: z.literal('datetimepicker'),
    ...confirmable,
    ...focusable,
    initial_date_time: z.number().int().min(1_000_000_000).max(9_999_999_999).optional(),
  }),
] as const

const typedText = { initial_value: z.string().max(3_000).optional() }

const richTextInput = z.strictObject({
  type: z.literal('rich_text_input'),
  ...typed,
  initial_value: z.record(z.string(), z.unknown()).optional(),
})

const inputs = [
  z.strictObject({
    type: z.literal('plain_text_input'),
    ...typed,
    ...typedText,
    multiline: z.boolean().optional(),
    min_length: z.number().int().min(0).max(3_000).optional(),
    max_length: z.number().int().min(1).max(3_000).optional(),
  }),
  z.strictObject({ type: z.literal('email_text_input'), ...typed, ...typedText }),
  z.strictObject({ type: z.literal('url_text_input'), ...typed, ...typedText }),
  z.strictObject({
    type: z.literal('number_input'),
    ...typed,
    is_decimal_allowed: z.boolean(),
    initial_value: z.string().optional(),
    min_value: z.string().optional(),
    max_value: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('file_input'),
    ...action,
    filetypes: z.array(z.string()).optional(),
    max_files: z.number().int().min(1).max(10).optional(),
  }),
] as const

const imageFields = {
  type: z.literal('image'),
  alt_text: z.string().min(1).max(2_000),
  image_url: address.optional(),
  slack_file: z.record(z.string(), z.unknown()).optional(),
}

export const imageElement = z
  .strictObject(imageFields)
  .refine((image) => (image.image_url === undefined) !== (image.slack_file === undefined), {
    error: 'must define either `slack_file` or `image_url`',
  })

export const actionsElement = z.discriminatedUnion('type', [
  button,
  workflowButton,
  ...selects,
  ...choices,
  overflow,
  ...pickers,
  richTextInput,
])

export const sectionAccessory = z.discriminatedUnion('type', [
  button,
  workflowButton,
  ...selects,
  ...choices,
  overflow,
  ...pickers,
  imageElement,
])

export const inputElement = z.discriminatedUnion('type', [
  ...inputs,
  ...selects,
  ...choices,
  ...pickers,
  richTextInput,
])

export const contextActionsElement = z.discriminatedUnion('type', [feedbackButtons, iconButton])

export const cardButton = button
