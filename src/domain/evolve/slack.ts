import type { Recorded, SlackEvent } from '../events.ts'
import type { CutoverState } from '../state.ts'

/** Nothing that people may do depends on it: no revision moves. */
export function slack(state: CutoverState, event: Recorded<SlackEvent>): CutoverState {
  if (event.type === 'slack went away') return { ...state, outages: [...state.outages, event.data] }
  return {
    ...state,
    outages: state.outages.map((outage) =>
      outage.until === undefined ? { ...outage, until: event.at } : outage,
    ),
  }
}
