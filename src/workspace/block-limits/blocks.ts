import { z } from 'zod'
import {
  actionsElement,
  cardButton,
  contextActionsElement,
  imageElement,
  inputElement,
  sectionAccessory,
} from './elements.ts'
import { richTextBlock } from './rich-text.ts'
import { address, anyText, id, mrkdwn, plainText } from './texts.ts'

/** Where blocks are shown. */
export type Surface = 'message' | 'modal' | 'home'

const common = { block_id: id.optional() }

const actions = z.strictObject({
  type: z.literal('actions'),
  ...common,
  elements: z.array(actionsElement).min(1).max(25),
})

const context = z.strictObject({
  type: z.literal('context'),
  ...common,
  elements: z
    .array(z.discriminatedUnion('type', [plainText(), mrkdwn(), imageElement]))
    .min(1)
    .max(10),
})

const contextActions = z.strictObject({
  type: z.literal('context_actions'),
  ...common,
  elements: z.array(contextActionsElement).min(1).max(5),
})

const divider = z.strictObject({ type: z.literal('divider'), ...common })

const header = z.strictObject({ type: z.literal('header'), ...common, text: plainText(150) })

const image = z
  .strictObject({
    type: z.literal('image'),
    ...common,
    alt_text: z.string().min(1).max(2_000),
    title: plainText(2_000).optional(),
    image_url: address.optional(),
    slack_file: z.record(z.string(), z.unknown()).optional(),
  })
  .refine((block) => (block.image_url === undefined) !== (block.slack_file === undefined), {
    error: 'must define either `slack_file` or `image_url`',
  })

const input = z.strictObject({
  type: z.literal('input'),
  ...common,
  label: plainText(2_000),
  element: inputElement,
  hint: plainText(2_000).optional(),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
})

const markdown = z.strictObject({
  type: z.literal('markdown'),
  ...common,
  text: z.string().min(1),
})

const section = z
  .strictObject({
    type: z.literal('section'),
    ...common,
    text: anyText(3_000).optional(),
    fields: z.array(anyText(2_000)).min(1).max(10).optional(),
    accessory: sectionAccessory.optional(),
    expand: z.boolean().optional(),
  })
  .refine((block) => block.text !== undefined || block.fields !== undefined, {
    error: 'must define either `text` or `fields`',
  })

const cell = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('raw_text'), text: z.string().min(1) }),
  z.strictObject({ type: z.literal('raw_number'), value: z.number(), text: z.string().min(1) }),
  richTextBlock,
])

const table = z.strictObject({
  type: z.literal('table'),
  ...common,
  rows: z.array(z.array(cell).min(1).max(20)).min(1).max(100),
  column_settings: z
    .array(
      z.nullable(
        z.strictObject({
          align: z.enum(['left', 'center', 'right']).optional(),
          is_wrapped: z.boolean().optional(),
        }),
      ),
    )
    .max(20)
    .optional(),
})

const dataTable = z.strictObject({
  type: z.literal('data_table'),
  ...common,
  caption: z.string().min(1),
  rows: z.array(z.array(cell).min(1).max(20)).min(2).max(101),
  page_size: z.number().int().min(1).max(100).optional(),
  row_header_column_index: z.number().int().min(0).max(19).optional(),
})

const dataVisualization = z.looseObject({
  type: z.literal('data_visualization'),
  ...common,
  title: z.string().min(1).max(50),
})

const taskCard = z.strictObject({
  type: z.literal('task_card'),
  ...common,
  task_id: z.string().min(1),
  title: z.string().min(1),
  status: z.enum(['pending', 'in_progress', 'complete', 'error']),
  details: richTextBlock.optional(),
  output: richTextBlock.optional(),
  sources: z
    .array(z.strictObject({ type: z.literal('url'), url: address, text: z.string().min(1) }))
    .optional(),
})

const plan = z.strictObject({
  type: z.literal('plan'),
  ...common,
  title: z.string().min(1),
  tasks: z.array(taskCard).optional(),
})

const alert = z.strictObject({
  type: z.literal('alert'),
  ...common,
  text: anyText(200),
  level: z.enum(['default', 'info', 'warning', 'error', 'success']).optional(),
})

const card = z
  .strictObject({
    type: z.literal('card'),
    ...common,
    hero_image: imageElement.optional(),
    icon: imageElement.optional(),
    title: mrkdwn(150).optional(),
    subtitle: mrkdwn(150).optional(),
    body: mrkdwn(200).optional(),
    actions: z.array(cardButton).min(1).max(3).optional(),
  })
  .refine(
    (block) => [block.hero_image, block.title, block.actions, block.body].some((part) => part !== undefined),
    {
      error: 'must define one of `hero_image`, `title`, `actions` or `body`',
    },
  )

const carousel = z.strictObject({
  type: z.literal('carousel'),
  ...common,
  elements: z.array(card).min(1).max(10),
})

const video = z.strictObject({
  type: z.literal('video'),
  ...common,
  video_url: address,
  thumbnail_url: address,
  alt_text: z.string().min(1).max(200),
  title: plainText(200),
  title_url: address.optional(),
  author_name: z.string().max(50).optional(),
  provider_name: z.string().max(50).optional(),
  provider_icon_url: address.optional(),
  description: plainText(200).optional(),
})

const container = z
  .strictObject({
    type: z.literal('container'),
    ...common,
    title: plainText(150).optional(),
    rich_text_title: richTextBlock.optional(),
    subtitle: anyText(150).optional(),
    child_blocks: z
      .array(
        z.discriminatedUnion('type', [
          actions,
          context,
          divider,
          header,
          image,
          input,
          richTextBlock,
          section,
          table,
          video,
        ]),
      )
      .min(1)
      .max(10),
    width: z.enum(['narrow', 'standard', 'wide', 'full']).optional(),
    icon: imageElement.optional(),
    is_collapsible: z.boolean().optional(),
    default_collapsed: z.boolean().optional(),
    has_header_divider: z.boolean().optional(),
  })
  .refine((block) => block.title !== undefined || block.rich_text_title !== undefined, {
    error: 'must define either `title` or `rich_text_title`',
  })

const everywhere = [actions, context, divider, header, image, input, richTextBlock, section, video] as const

/** One block, by surface. A type that the surface does not show is as unknown as one that does not exist. */
export const BLOCK: Readonly<Record<Surface, z.ZodType>> = {
  message: z.discriminatedUnion('type', [
    ...everywhere,
    markdown,
    table,
    dataTable,
    dataVisualization,
    plan,
    taskCard,
    card,
    carousel,
    container,
    contextActions,
  ]),
  modal: z.discriminatedUnion('type', [...everywhere, alert]),
  home: z.discriminatedUnion('type', everywhere),
}

export const MOST_BLOCKS: Readonly<Record<Surface, number>> = { message: 50, modal: 100, home: 100 }
