import type { JsonObject } from './json.ts'
import { isObject, objectAt, objectsAt, textAt } from './json.ts'
import { secret } from './ids.ts'
import type { Block } from './types.ts'

/** An element a person can use, with the block it stands in. */
export interface PlacedElement {
  block: Block
  element: JsonObject
  actionId: string
}

/** Every element of these blocks that a person can press, choose from or type into, in reading order. */
export function interactiveElements(blocks: readonly Block[]): PlacedElement[] {
  return blocks.flatMap((block) => [
    ...elementsOf(block).flatMap((element) => placed(block, element)),
    ...nestedBlocks(block).flatMap((nested) => interactiveElements([nested])),
  ])
}

function elementsOf(block: Block): JsonObject[] {
  return [
    ...objectsAt(block, 'elements').filter(() => block.type !== 'carousel'),
    ...[block['accessory'], block['element']].filter(isObject),
    ...objectsAt(block, 'actions'),
  ]
}

function nestedBlocks(block: Block): Block[] {
  const nested = block.type === 'carousel' ? objectsAt(block, 'elements') : objectsAt(block, 'child_blocks')
  return nested.filter(isBlock)
}

function placed(block: Block, element: JsonObject): PlacedElement[] {
  const actionId = textAt(element, 'action_id')
  return actionId === undefined ? [] : [{ block, element, actionId }]
}

function isBlock(value: JsonObject): value is Block {
  return typeof value['type'] === 'string' && typeof value['block_id'] === 'string'
}

const ELEMENT_LISTS = new Set(['actions', 'context_actions'])
const NO_ACTION = new Set(['image', 'mrkdwn', 'plain_text'])

/**
 * The blocks as Slack keeps them: ids are made up where none were given, and text objects get the defaults that
 * Slack writes out. Call it on valid blocks only.
 */
export function completeBlocks(blocks: readonly JsonObject[]): Block[] {
  return blocks.map((block) => {
    const type = textAt(block, 'type') ?? ''
    const completed = mapFields(block, (field, value) => completeField(type, field, value))
    return { ...completed, type, block_id: textAt(block, 'block_id') ?? secret(5) }
  })
}

function completeField(blockType: string, field: string, value: unknown): unknown {
  if (field === 'child_blocks' || (field === 'elements' && blockType === 'carousel')) {
    return Array.isArray(value) ? completeBlocks(value.filter(isObject)) : value
  }
  if (field === 'accessory' || field === 'element') return isObject(value) ? completeElement(value) : value
  if (field === 'actions' || (field === 'elements' && ELEMENT_LISTS.has(blockType))) {
    return Array.isArray(value) ? value.filter(isObject).map(completeElement) : value
  }
  return completeTexts(value)
}

function completeElement(element: JsonObject): JsonObject {
  const completed = mapFields(element, (_field, value) => completeTexts(value))
  if (NO_ACTION.has(textAt(element, 'type') ?? '') || textAt(element, 'action_id') !== undefined)
    return completed
  return { ...completed, action_id: secret(5) }
}

function completeTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(completeTexts)
  if (!isObject(value)) return value
  const completed = mapFields(value, (_field, inner) => completeTexts(inner))
  if (value['type'] === 'plain_text') return { emoji: true, ...completed }
  if (value['type'] === 'mrkdwn') return { verbatim: false, ...completed }
  return completed
}

function mapFields(object: JsonObject, map: (field: string, value: unknown) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([field, value]) => [field, map(field, value)]))
}

/** The label of a button or of another element that has one. */
export function labelOf(element: JsonObject): string {
  return textAt(objectAt(element, 'text'), 'text') ?? textAt(objectAt(element, 'placeholder'), 'text') ?? ''
}
