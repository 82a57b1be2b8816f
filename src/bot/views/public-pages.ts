import { pageDisagrees } from '../../domain/public-state.ts'
import type { CutoverState } from '../../domain/state.ts'
import { clock, dotted, value } from './words.ts'

/** What the public is told now, and where that is not what happens. */
export const pagesText = (state: CutoverState): string =>
  Object.entries(state.pages)
    .map(([audience, { state: said, at }]) =>
      dotted([
        `${value(audience, 60)}: ${said} since ${clock(at)}`,
        pageDisagrees(state, said) && `*the cutover is ${state.status}*: tell them`,
      ]),
    )
    .join('\n')
