import type { PoolEvent, Recorded } from '../events.ts'
import { workOfPool } from '../pools.ts'
import type { CutoverState, PoolAnswer } from '../state.ts'
import { changeStep } from './patch.ts'

/** What a pool says of itself. Whether its steps may begin is another choice then. */
export function pools(state: CutoverState, event: Recorded<PoolEvent>): CutoverState {
  const { pool } = event.data
  const before = state.pools[pool]
  const after = answerOf(event)
  const next = { ...state, pools: { ...state.pools, [pool]: after } }
  const isOther = (before?.ready ?? true) !== after.ready
  if (!isOther) return next
  return workOfPool(state.plan, pool).reduce((so, step) => changeStep(so, step, event, (one) => one), next)
}

function answerOf({ at, ...event }: Recorded<PoolEvent>): PoolAnswer {
  if (event.type === 'pool ready') {
    const { hash, programs, ignored } = event.data
    return { ready: true, at, hash, programs, ignored, differs: [] }
  }
  const { why, differs } = event.data
  return { ready: false, at, why, differs, programs: [], ignored: [] }
}
