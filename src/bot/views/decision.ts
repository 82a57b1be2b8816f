import { anchorText, type Anchor, type AnchoredEvent } from '../../app/anchor.ts'
import type { CutoverEvent, Recorded } from '../../domain/events.ts'
import { gateStep } from '../../domain/lookup.ts'
import type { CutoverState } from '../../domain/state.ts'
import { context, section, type Content } from '../blocks.ts'
import { opsTitle } from './said.ts'
import { clock, dotted, value } from './words.ts'

type Decided = Recorded<Extract<CutoverEvent, { type: 'gate decided' }>>

/** Where the decision of a round stands in the record; undefined when the round has none. */
export function anchorOf(
  anchors: readonly AnchoredEvent[],
  gate: string,
  round: number,
): AnchoredEvent | undefined {
  return anchors.findLast(
    ({ event }) => event.type === 'gate decided' && event.data.gate === gate && event.data.round === round,
  )
}

/** Whole, and as `cutover verify --head` takes it. */
const recordText = (anchor: Anchor): string => `record \`${anchorText(anchor)}\``

/** A card with its decision's place in the record below it. */
export const anchored = ({ text, blocks }: Content, anchor: Anchor | undefined): Content => ({
  text,
  blocks: anchor === undefined ? blocks : [...blocks, context(recordText(anchor))],
})

/** One line for #ops when a decision is taken. */
export function opsDecisionLine(state: CutoverState, { data, at }: Decided, anchor: Anchor): Content {
  const word = data.decision === 'go' ? 'GO' : 'NO-GO'
  const text = dotted([
    `${opsTitle(state)}: *${word}* on ${value(gateStep(state, data.gate).title, 100)}`,
    clock(at),
    data.reason !== undefined && value(data.reason, 200),
    recordText(anchor),
  ])
  return { text, blocks: [section(text)] }
}
