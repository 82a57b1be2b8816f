import type { KnownBlock } from '@slack/types'
import { failuresMet } from '../../domain/criteria.ts'
import { isComplete } from '../../domain/lookup.ts'
import type { Instant } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { metTriggers } from '../../domain/triggers.ts'
import { section } from '../blocks.ts'
import { criterionTitle } from './gate-criteria.ts'
import { triggerBlocks } from './turning-back.ts'
import { joined, value } from './words.ts'

/** Where it is decided whether to go on: what has happened that means failed, and what the triggers say to it. */
export function reasonsToTurnBack(state: CutoverState, gate: string, now: Instant): KnownBlock[] {
  const titles = failedCriteria(state, gate, now).map((id) => value(criterionTitle(state, gate, id), 120))
  return [
    ...(titles.length === 0
      ? []
      : [
          section(
            `*What means failed has happened:* ${joined(titles)}. Roll back, or override it with a reason.`,
          ),
        ]),
    ...(metTriggers(state).length > 0 ? triggerBlocks(state) : []),
  ]
}

/** Failure criteria that hold now; they are judged when the cutover is to be completed. */
export const failedCriteria = (state: CutoverState, gate: string, now: Instant): readonly string[] =>
  isComplete(gate) ? failuresMet(state, now).map(({ criterion }) => criterion) : []
