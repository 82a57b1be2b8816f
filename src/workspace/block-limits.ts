import { z } from 'zod'
import type { Surface } from './block-limits/blocks.ts'
import { BLOCK, MOST_BLOCKS } from './block-limits/blocks.ts'
import type { Finding } from './block-limits/findings.ts'
import { findingsOf } from './block-limits/findings.ts'
import { LONGEST_ID, plainText } from './block-limits/texts.ts'
import { findDuplicates, isTooLong, missingSubmit, tooManyTables } from './block-limits/whole.ts'

export type { Finding, Surface }

/**
 * What Slack would refuse about these blocks on this surface: an empty list means that it shows them. Pure; the
 * limits are the documented ones, and where two sources differ the stricter one.
 */
export function validateBlocks(surface: Surface, blocks: readonly unknown[]): Finding[] {
  const parsed = z.array(BLOCK[surface]).max(MOST_BLOCKS[surface]).safeParse(blocks)
  const findings = parsed.success ? [] : findingsOf(parsed.error, blocks)
  const whole = [...findDuplicates(blocks), ...tooManyTables(blocks)]
  const tooLong = surface === 'message' && isTooLong(blocks) ? [TOO_LONG] : []
  return [...findings, ...whole, ...tooLong]
}

const TOO_LONG: Finding = {
  code: 'msg_blocks_too_long',
  message: 'the blocks of a message are too long',
  pointer: '',
}

/** The same for the blocks of a message, with the total length apart: Slack gives it an error of its own. */
export function validateMessageBlocks(blocks: readonly unknown[]): {
  findings: Finding[]
  isTooLong: boolean
} {
  const all = validateBlocks('message', blocks)
  const findings = all.filter((finding) => finding !== TOO_LONG)
  return { findings, isTooLong: findings.length < all.length }
}

const viewFields = {
  blocks: z.array(z.unknown()),
  private_metadata: z.string().max(3_000).optional(),
  callback_id: z.string().max(LONGEST_ID).optional(),
  external_id: z.string().max(LONGEST_ID).optional(),
}

const View = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('home'), ...viewFields }),
  z.strictObject({
    type: z.literal('modal'),
    ...viewFields,
    title: plainText(24),
    submit: plainText(24).optional(),
    close: plainText(24).optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
  }),
])

/** What Slack would refuse about a modal or a Home tab. Pointers start at the view. */
export function validateView(view: unknown): Finding[] {
  const parsed = View.safeParse(view)
  if (!parsed.success) return findingsOf(parsed.error, view)
  const inBlocks = validateBlocks(parsed.data.type, parsed.data.blocks)
  const hasSubmit = parsed.data.type === 'home' || parsed.data.submit !== undefined
  return [
    ...inBlocks.map((finding) => ({ ...finding, pointer: `/blocks${finding.pointer}` })),
    ...(hasSubmit ? [] : missingSubmit(parsed.data.blocks)),
  ]
}

/** A finding as Slack writes it; `root` is where the checked value stands in the arguments. */
export function findingMessage(finding: Finding, root: string): string {
  return `${finding.message} [json-pointer:${root}${finding.pointer}]`
}
