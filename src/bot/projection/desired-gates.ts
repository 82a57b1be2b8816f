import type { CutoverState } from '../../domain/state.ts'
import { anchored, anchorOf } from '../views/decision.ts'
import { gateCard, pastRound } from '../views/gate-card.ts'
import type { DesiredMessage, Look } from './kinds.ts'

/** A message for each round, a decision with its place in the record; earlier rounds are only put to rest. */
export const gateMessages = (state: CutoverState, { now, anchors }: Look): readonly DesiredMessage[] =>
  Object.entries(state.gates)
    .filter(([, { round }]) => round > 0)
    .toSorted(([, one], [, other]) => (one.openedAt ?? 0) - (other.openedAt ?? 0))
    .flatMap(([gate, { round }]) => {
      const past = Array.from({ length: round - 1 }, (_, index): DesiredMessage => ({
        ...common(gate, index + 1),
        content: anchored(pastRound(state, gate, index + 1), anchorOf(anchors, gate, index + 1)),
        onlyIfPosted: true,
        settled: true,
      }))
      return [
        ...past,
        {
          ...common(gate, round),
          content: anchored(gateCard(state, gate, now), anchorOf(anchors, gate, round)),
        },
      ]
    })

const common = (gate: string, round: number) =>
  ({
    kind: 'message',
    key: `gate/${gate}/${round}`,
    channel: 'own',
    priority: 'decision',
    about: [gate],
  }) as const
