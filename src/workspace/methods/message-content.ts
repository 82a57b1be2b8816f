import { findingMessage, validateMessageBlocks } from '../block-limits.ts'
import { completeBlocks } from '../elements.ts'
import { isObject } from '../json.ts'
import type { Block } from '../types.ts'
import { Refused } from './method.ts'

/** What Slack puts as the text of a message that came with blocks only. */
export const NO_TEXT_SHOWN = "This content can't be displayed."
const LONGEST_TEXT = 40_000

/** The blocks of a message, checked as Slack checks them. Undefined when none were given. */
export function messageBlocks(given: unknown): Block[] | undefined {
  if (given === undefined || given === null || given === '') return undefined
  if (!Array.isArray(given) || !given.every(isObject)) throw new Refused('invalid_blocks_format')
  const { findings, isTooLong } = validateMessageBlocks(given)
  if (findings.length > 0) {
    const errors = findings.map((finding) => findingMessage(finding, '/blocks'))
    throw new Refused('invalid_blocks', {
      errors,
      response_metadata: { messages: errors.map((error) => `[ERROR] ${error}`) },
    })
  }
  if (isTooLong) throw new Refused('msg_blocks_too_long')
  return completeBlocks(given)
}

/** The text of a new message; longer than Slack keeps, it is cut. */
export function messageText(given: string | undefined, blocks: readonly Block[] | undefined): string {
  const text = given ?? ''
  if (text !== '') return text.slice(0, LONGEST_TEXT)
  if (blocks === undefined || blocks.length === 0) throw new Refused('no_text')
  return NO_TEXT_SHOWN
}
