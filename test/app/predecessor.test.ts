import { describe, expect, test } from 'vitest'
import type { CutoverSummary } from '../../src/app/ports.ts'
import { predecessorOf } from '../../src/app/predecessor.ts'
import { board } from '../../src/bot/views/board.ts'
import type { CutoverState } from '../../src/domain/state.ts'
import { atStart, Cutover } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, HOUR, T0 } from '../support/plans.ts'

const plan = aPlan().phase('work', at(0)).do('stop', { undo: 'do' }).do('end').build()

/** A log that holds these, by id. */
function logOf(...states: readonly CutoverState[]) {
  const summaries = states.map((state): CutoverSummary => ({
    id: state.id,
    title: state.plan.title,
    runbook: state.plan.runbook,
    environment: state.plan.environment,
    live: state.plan.live,
    status: state.status,
    channelName: state.channelName,
    plannedStart: state.plannedStart,
    position: state.position,
    head: '',
    wakeAt: null,
  }))
  return {
    list: async () => summaries,
    load: async (id: string) => {
      const state = states.find((one) => one.id === id)
      return state === undefined ? null : { state, now: T0, repeated: false }
    },
  }
}

function rolledBack(): Cutover {
  const c = atStart(plan)
  c.tick(ANA, 'stop')
  c.by(ANA, { type: 'issue', text: 'orders look odd' })
  c.by(ANA, { type: 'rollback', name: 'shop', reason: 'odd' })
  c.tick(ANA, 'undo-stop')
  for (const who of [ANA, BEN]) c.go(who, 'complete')
  return c
}

describe('a live cutover of a runbook that was rolled back', () => {
  test('is the next attempt, with what was left open', async () => {
    const before = rolledBack()
    expect(before.state.status).toBe('closed')
    expect(await predecessorOf(logOf(before.state), plan)).toEqual({
      cutover: 'c1',
      attempt: 1,
      outcome: 'rolled back',
      left: ['issue 1: orders look odd'],
    })
  })

  test('wants a reason while something is left, and shows it on the board', async () => {
    const after = await predecessorOf(logOf(rolledBack().state), plan)
    const open = (reason?: string) =>
      new Cutover(plan, { ...(after !== undefined && { after }), ...(reason !== undefined && { reason }) })
    expect(() => open()).toThrow('This is attempt 2: c1 was rolled back, and of it is still open: issue 1')
    const again = open('it was a display fault')
    expect(again.state.after).toMatchObject({ cutover: 'c1', attempt: 1, reason: 'it was a display fault' })
    const text = JSON.stringify(board(again.state, { now: again.now, progress: new Map() }).blocks)
    expect(text).toContain('attempt 2, after c1 (rolled back, 1 thing of it left open)')
    again.by(ANA, { type: 'abandon', reason: 'no' })
    expect((await predecessorOf(logOf(again.state), plan))?.attempt).toBe(2)
  })

  test('follows neither rehearsals, nor another environment, nor one that was completed', async () => {
    const state = rolledBack().state
    expect(await predecessorOf(logOf(state), { ...plan, live: false })).toBeUndefined()
    expect(await predecessorOf(logOf(state), { ...plan, environment: 'elsewhere' })).toBeUndefined()
    expect(await predecessorOf(logOf({ ...state, plan: { ...plan, live: false } }), plan)).toBeUndefined()
    const { rollback: _, ...completed } = state
    expect(await predecessorOf(logOf(completed), plan)).toBeUndefined()
    const later = { ...completed, id: 'c2', plannedStart: T0 + 24 * HOUR }
    expect(await predecessorOf(logOf(state, later), plan)).toBeUndefined()
  })
})
