import { mustVoteAgain } from '../../domain/team/changes.ts'
import type { CutoverState } from '../../domain/state.ts'
import type { AllowedChange } from '../../domain/team/state.ts'
import { section, type Content } from '../blocks.ts'
import { actor, clock, mentions, value } from './words.ts'

/** `Hotfix 42 — allowed by @ana 01:12: customers cannot pay`. */
export const changeLine = ({ text, reason, by, at }: AllowedChange): string =>
  `${value(text, 200)} — allowed by ${actor(by)} ${clock(at)}: ${value(reason, 200)}`

/** For the board: the last one, and how many there were before it. */
export function changesText({ changes }: CutoverState): string {
  const last = changes.at(-1)
  if (last === undefined) return ''
  const before = changes.length === 1 ? '' : `, and ${changes.length - 1} before`
  return `during the freeze: ${value(last.text, 120)}, allowed by ${actor(last.by)} ${clock(last.at)}${before}`
}

/** The record of it in the channel, which calls whoever has to decide again. */
export function changeMessage(state: CutoverState, change: AllowedChange): Content {
  const people = mustVoteAgain(state, change)
  const again = people.length === 0 ? '' : `${mentions(people)}  `
  const lines = [
    `${again}*Changed during the freeze*, allowed by ${actor(change.by)} ${clock(change.at)}`,
    value(change.text, 1_200),
    `Why it cannot wait: ${value(change.reason, 1_200)}`,
    ...(people.length === 0
      ? []
      : ['Your GO was given before it and does not count any more; decide again.']),
  ]
  return {
    text: `${again}${actor(change.by)} allows a change during the freeze: ${value(change.text, 300)}`,
    blocks: [section(lines.join('\n'))],
  }
}
