import { isObject, textAt } from '../json.ts'
import type { Finding } from './findings.ts'

/**
 * Slack does not document how long the blocks of a message may be together. Reports agree on about 13,200 characters
 * of text with a share for each container on top (slackapi/bolt-js issues 2509 and 2867); twenty per object is an
 * estimate on the safe side.
 */
const LONGEST_TOTAL = 13_200
const CONTAINER_SHARE = 20
const LONGEST_MARKDOWN = 12_000
const COUNTED_FIELDS = new Set(['text', 'title', 'subtitle', 'caption', 'alt_text'])

export function isTooLong(blocks: readonly unknown[]): boolean {
  const markdown = blocks.filter((block) => textAt(block, 'type') === 'markdown')
  const markdownLength = markdown.reduce<number>(
    (sum, block) => sum + (textAt(block, 'text') ?? '').length,
    0,
  )
  return markdownLength > LONGEST_MARKDOWN || totalLength(blocks) > LONGEST_TOTAL
}

/** The characters a message's blocks count for, as far as it can be known from outside. */
export function totalLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + totalLength(item), 0)
  if (!isObject(value)) return 0
  return Object.entries(value).reduce<number>((sum, [field, inner]) => {
    if (typeof inner === 'string') return sum + (COUNTED_FIELDS.has(field) ? inner.length : 0)
    return sum + totalLength(inner)
  }, CONTAINER_SHARE)
}

/** Block ids that come twice in one message or view, and action ids that come twice in one block. */
export function findDuplicates(blocks: readonly unknown[]): Finding[] {
  const blockIds = blocks.map((block, index) => ({
    id: textAt(block, 'block_id'),
    pointer: `/${index}/block_id`,
  }))
  const actionIds = blocks.flatMap((block, index) => {
    const elements = isObject(block) && Array.isArray(block['elements']) ? block['elements'] : []
    return repeated(
      'action_id',
      elements.map((element, at) => ({
        id: textAt(element, 'action_id'),
        pointer: `/${index}/elements/${at}/action_id`,
      })),
    )
  })
  return [...repeated('block_id', blockIds), ...actionIds]
}

export function tooManyTables(blocks: readonly unknown[]): Finding[] {
  const places = blocks.flatMap((block, index) => (textAt(block, 'type') === 'table' ? [index] : []))
  return places.slice(1).map((index) => ({
    code: 'only_one_table_allowed',
    message: 'only_one_table_allowed',
    pointer: `/${index}`,
    constraint: 1,
  }))
}

export function missingSubmit(blocks: readonly unknown[]): Finding[] {
  if (!blocks.some((block) => textAt(block, 'type') === 'input')) return []
  return [{ code: 'missing_field', message: 'missing required field: submit', pointer: '', field: 'submit' }]
}

function repeated(field: string, places: readonly { id: string | undefined; pointer: string }[]): Finding[] {
  const seen = new Set<string>()
  return places.flatMap(({ id, pointer }) => {
    if (id === undefined) return []
    if (!seen.has(id)) {
      seen.add(id)
      return []
    }
    return [{ code: 'duplicate', message: `\`${field}\` "${id}" already exists`, pointer, field }]
  })
}
