import { describe, expect, test } from 'vitest'
import { stepChoices } from '../../src/domain/choices.ts'
import type { RunStep } from '../../src/domain/plan.ts'
import { Cutover, LEADER, person, worker } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, CAI, DIA, MINUTE } from '../support/plans.ts'

const reason = 'because'

function withRun(
  change: Partial<Pick<RunStep, 'begin' | 'critical' | 'idempotent' | 'by'>> = {},
  live = true,
): Cutover {
  const plan = aPlan()
    .with({ live })
    .phase('p', at(-120))
    .run('copy', { undo: 'run', ...change })
    .check('same', { parallel: true })
    .do('next')
    .build()
  const c = new Cutover(plan)
  c.advance()
  return c
}

const begun = (change = {}): Cutover => {
  const c = withRun(change)
  if (c.step('copy').status === 'due') c.by(ANA, { type: 'run', step: 'copy' })
  c.begin('copy')
  return c
}

describe('an attempt', () => {
  test('goes from its ticket to its end, and its step is in force from the spawn on', () => {
    const c = withRun()
    c.by(BEN, { type: 'run', step: 'copy' })
    const attempt = c.attempt('copy')
    expect(attempt).toBe('c1.copy.1')
    c.worker({ type: 'claim', attempt, worker: 'w1', host: 'h1' })
    expect(c.step('copy').inForce).toBe(false)
    expect(c.worker({ type: 'spawn', attempt })).toEqual(['cutover started', 'attempt spawning'])
    expect(c.step('copy').inForce).toBe(true)
    c.worker({ type: 'report running', attempt, host: 'h1' })
    c.end('copy', { facts: { rows: 3_012_884 } })
    expect(c.step('copy')).toMatchObject({ status: 'done', facts: { rows: 3_012_884 } })
  })

  test('is never spawned once somebody said stop', () => {
    const stops: ((c: Cutover) => void)[] = [
      (c) => c.by(BEN, { type: 'hold', reason }),
      (c) => c.by(BEN, { type: 'cancel', step: 'copy', reason }),
      (c) => c.by(ANA, { type: 'postpone', reason }),
      (c) => c.by(ANA, { type: 'abandon', reason }),
    ]
    for (const stop of stops) {
      const c = withRun()
      c.by(ANA, { type: 'run', step: 'copy' })
      const attempt = c.attempt('copy')
      c.worker({ type: 'claim', attempt, worker: 'w1', host: 'h1' })
      stop(c)
      const spawn = c.decide({ type: 'spawn', attempt }, worker())
      expect(spawn.ok).toBe(false)
      expect(c.step('copy').inForce).toBe(false)
    }
  })

  test('is not spawned after its cancel, even where it was not taken back yet', () => {
    const c = withRun()
    c.by(ANA, { type: 'run', step: 'copy' })
    const attempt = c.attempt('copy')
    c.worker({ type: 'claim', attempt, worker: 'w1', host: 'h1' })
    c.record({ type: 'cancel requested', data: { attempt, reason } }, person(BEN))
    const spawn = c.decide({ type: 'spawn', attempt }, worker())
    expect(spawn.ok ? '' : spawn.refusal.message).toMatch(/it was cancelled/)
  })

  test('is spawned by its own worker, once', () => {
    const c = withRun()
    c.by(ANA, { type: 'run', step: 'copy' })
    const attempt = c.attempt('copy')
    c.worker({ type: 'claim', attempt, worker: 'w1', host: 'h1' })
    expect(c.decide({ type: 'claim', attempt, worker: 'w2', host: 'h1' }, worker('db', 'w2')).ok).toBe(false)
    expect(c.worker({ type: 'claim', attempt, worker: 'w1', host: 'h1' })).toEqual([])
    c.worker({ type: 'spawn', attempt })
    expect(c.decide({ type: 'spawn', attempt }, worker()).ok).toBe(false)
  })

  test('whose worker is gone before the spawn is taken back and asked for again', () => {
    const c = withRun()
    c.by(ANA, { type: 'run', step: 'copy' })
    c.worker({ type: 'claim', attempt: 'c1.copy.1', worker: 'w1', host: 'h1' })
    expect(c.leader({ type: 'revoke', attempt: 'c1.copy.1', why: 'its worker is gone' })).toEqual([
      'attempt revoked',
      'attempt dispatched',
    ])
    expect(c.attempt('copy')).toBe('c1.copy.2')
  })

  test('whose worker is gone is not asked for again while the cutover is held', () => {
    const c = withRun()
    c.by(ANA, { type: 'run', step: 'copy' })
    c.record({ type: 'cutover held', data: { reason, because: 'person' } }, person(BEN))
    expect(c.leader({ type: 'revoke', attempt: 'c1.copy.1', why: 'gone' })).toEqual(['attempt revoked'])
  })

  test('that the worker would not start failed without anything begun', () => {
    const c = withRun()
    c.by(ANA, { type: 'run', step: 'copy' })
    c.worker({ type: 'refuse', attempt: 'c1.copy.1', why: 'no psql', hint: 'install it' })
    expect(c.step('copy')).toMatchObject({ status: 'failed', reason: 'no psql', inForce: false })
    expect(stepChoices(c.state, 'copy', ANA)).toEqual(['retry', 'skip', 'override', 'mark'])
  })

  test('that failed is tried again by a person with a reason, and by nothing else', () => {
    const c = begun({ begin: 'auto' })
    c.end('copy', { outcome: 'failed' })
    expect(c.wait(60 * MINUTE)).not.toContain('attempt dispatched')
    c.by(ANA, { type: 'retry', step: 'copy', reason: 'the blocker is gone' })
    expect(c.attempt('copy')).toBe('c1.copy.2')
  })

  test('is reported ended twice without harm', () => {
    const c = begun()
    c.end('copy')
    expect(c.end('copy', { attempt: 'c1.copy.1' })).toEqual([])
    const other = c.decide(
      {
        type: 'report ended',
        attempt: 'c1.copy.1',
        outcome: 'failed',
        summary: '',
        facts: {},
        exit: 1,
        durationMs: 1,
        host: 'h1',
        digest: '',
      },
      worker(),
    )
    expect(other.ok).toBe(false)
  })
})

describe('an outcome nobody knows', () => {
  const lost = (change = {}): Cutover => {
    const c = begun(change)
    c.worker({ type: 'report unknown', attempt: 'c1.copy.1', why: 'the host restarted' })
    c.advance()
    return c
  }

  test('stops and asks; two people try again, and the first attempt is declared over', () => {
    const c = lost({ begin: 'auto' })
    expect(c.step('copy').status).toBe('unknown')
    expect(c.by(ANA, { type: 'retry', step: 'copy', reason })).toEqual(['second person asked'])
    expect(c.refused(ANA, { type: 'retry', step: 'copy', reason })).toBe('second person needed')
    expect(c.by(BEN, { type: 'retry', step: 'copy', reason: '' })).toEqual([
      'step marked',
      'attempt dispatched',
    ])
    expect(c.events.findLast((event) => event.type === 'attempt dispatched')?.data).toMatchObject({
      second: ANA,
      reason,
    })
    expect(c.state.attempts['c1.copy.1']).toMatchObject({ status: 'ended', outcome: 'failed' })
  })

  test('is declared by two people who agree; a different answer asks anew', () => {
    const c = lost()
    const mark = { type: 'mark', step: 'copy', outcome: 'failed', reason } as const
    c.by(ANA, mark)
    expect(c.refused(ANA, mark)).toBe('second person needed')
    expect(c.by(BEN, { type: 'mark', step: 'copy', outcome: 'succeeded', reason })).toEqual([
      'second person asked',
    ])
    expect(c.by(CAI, { type: 'mark', step: 'copy', outcome: 'succeeded', reason })).toContain('step marked')
    expect(c.step('copy').status).toBe('done')
  })

  test('of a step that belongs to one role is seconded by any other holder', () => {
    const c = lost({ by: 'lead' })
    const mark = { type: 'mark', step: 'copy', outcome: 'failed', reason } as const
    expect(c.refused(BEN, mark)).toBe('not owner')
    c.by(ANA, mark)
    expect(c.refused(BEN, { ...mark, outcome: 'succeeded' })).toBe('not owner')
    expect(c.refused(DIA, mark)).toBe('not owner')
    c.by(BEN, mark)
    expect(c.step('copy')).toMatchObject({ status: 'failed' })
  })

  test('is settled by a late proof', () => {
    const c = lost()
    c.end('copy', { attempt: 'c1.copy.1' })
    expect(c.step('copy').status).toBe('done')
  })

  test('once declared, is not changed by a late report', () => {
    const c = lost()
    c.by(ANA, { type: 'mark', step: 'copy', outcome: 'failed', reason })
    c.by(BEN, { type: 'mark', step: 'copy', outcome: 'failed', reason })
    expect(() => c.end('copy', { attempt: 'c1.copy.1' })).toThrow(/nothing more is recorded/)
  })

  test('of a check is simply looked at again, three times at most', () => {
    const c = withRun()
    for (const n of [1, 2, 3]) {
      const attempt = c.begin('same')
      expect(attempt).toBe(`c1.same.${n}`)
      c.worker({ type: 'report unknown', attempt, why: 'lost' })
      c.advance()
    }
    expect(c.step('same').status).toBe('unknown')
    expect(c.wait(MINUTE)).toEqual([])
  })

  test('of an idempotent run is tried again without asking', () => {
    const c = lost({ idempotent: true })
    expect(c.attempt('copy')).toBe('c1.copy.2')
  })
})

describe('a host that is silent', () => {
  const silent = (): Cutover => {
    const c = begun()
    c.leader({ type: 'report unobserved', attempt: 'c1.copy.1', since: c.now })
    return c
  }

  test('leaves its attempt unobserved, and nothing is lost when it speaks again', () => {
    const c = silent()
    expect(c.step('copy').status).toBe('unknown')
    c.leader({ type: 'report observed', attempt: 'c1.copy.1' })
    expect(c.step('copy').status).toBe('active')
    c.end('copy')
    expect(c.step('copy').status).toBe('done')
  })

  describe('between the spawn and the start of anything', () => {
    const silentEarly = (): Cutover => {
      const c = withRun()
      c.by(BEN, { type: 'run', step: 'copy' })
      const attempt = c.attempt('copy')
      c.worker({ type: 'claim', attempt, worker: 'w1', host: 'h1' })
      c.worker({ type: 'spawn', attempt })
      c.leader({ type: 'report unobserved', attempt, since: c.now })
      return c
    }
    const neverStarted = {
      type: 'refuse',
      attempt: 'c1.copy.1',
      why: 'It was never started.',
      hint: 'Try again.',
    } as const

    test('and is back is as far as it was, so that nothing waits for what was never started', () => {
      const c = silentEarly()
      c.leader({ type: 'report observed', attempt: 'c1.copy.1' })
      expect(c.state.attempts['c1.copy.1']?.status).toBe('spawning')
      c.worker(neverStarted)
      expect(c.step('copy').status).toBe('failed')
    })

    test('is believed that it never started it before anybody has heard of it again', () => {
      const c = silentEarly()
      c.worker(neverStarted)
      expect(c.state.attempts['c1.copy.1']?.status).toBe('refused')
      expect(c.step('copy').status).toBe('failed')
    })

    test('is in sight when it says that it runs', () => {
      const c = silentEarly()
      c.worker({ type: 'report running', attempt: 'c1.copy.1', host: 'h1' })
      expect(c.state.attempts['c1.copy.1']).toMatchObject({ status: 'running', runningAt: c.now })
      expect(c.step('copy').status).toBe('active')
      expect(c.decide(neverStarted, worker()).ok).toBe(false)
    })
  })

  test('must be declared before a rollback', () => {
    const c = silent()
    const back = { type: 'rollback', name: 'shop', reason } as const
    expect(c.refused(ANA, back)).toBe('undeclared attempts')
    c.by(ANA, { type: 'mark', step: 'copy', outcome: 'failed', reason })
    c.by(BEN, { type: 'mark', step: 'copy', outcome: 'failed', reason })
    expect(c.by(ANA, back)).toContain('rollback started')
  })

  test('has its attempt declared dead by two people before another one lives', () => {
    const c = silent()
    c.by(ANA, { type: 'retry', step: 'copy', reason })
    c.by(BEN, { type: 'retry', step: 'copy', reason })
    expect(c.attempt('copy')).toBe('c1.copy.2')
    expect(c.decide({ type: 'report observed', attempt: 'c1.copy.1' }, LEADER).ok).toBe(false)
  })
})

describe('a critical step', () => {
  test('is skipped, overridden or tried again by two people', () => {
    const c = begun({ critical: true })
    c.end('copy', { outcome: 'failed' })
    expect(c.by(ANA, { type: 'skip', step: 'copy', reason })).toEqual(['second person asked'])
    expect(c.by(BEN, { type: 'skip', step: 'copy', reason })).toContain('step skipped')
  })

  test('is not in a rehearsal with a single person, which is recorded', () => {
    const plan = aPlan().with({ live: false }).phase('p', at(-120)).run('copy', { critical: true }).build()
    const c = new Cutover(plan, { holders: { lead: { person: ANA } } })
    c.advance()
    c.by(ANA, { type: 'skip', step: 'copy', reason })
    expect(c.events.find((event) => event.type === 'step skipped')?.data).toMatchObject({ alone: true })
  })
})

describe('while held', () => {
  test('nothing new spawns, and looks, ticks and votes go on', () => {
    const c = withRun({ begin: 'auto' })
    c.by(BEN, { type: 'hold', reason })
    expect(c.state.attempts['c1.copy.1']?.status).toBe('revoked')
    c.work('same')
    expect(c.wait(MINUTE)).toEqual([])
    expect(c.by(ANA, { type: 'resume' })).toEqual(['cutover resumed', 'attempt dispatched'])
  })

  test('what runs goes on to its end', () => {
    const c = begun()
    c.by(BEN, { type: 'hold', reason })
    c.end('copy')
    expect(c.step('copy').status).toBe('done')
  })
})

test('cancelling takes back what has not begun and asks the rest to stop, once', () => {
  const c = withRun({ begin: 'auto' })
  expect(c.by(CAI, { type: 'cancel', step: 'copy', reason })).toEqual(['cancel requested', 'attempt revoked'])
  expect(c.step('copy').status).toBe('failed')
  c.by(ANA, { type: 'retry', step: 'copy', reason })
  c.begin('copy')
  expect(c.by(CAI, { type: 'cancel', step: 'copy', reason })).toEqual(['cancel requested'])
  expect(c.refused(BEN, { type: 'cancel', step: 'copy', reason })).toBe('cancelled already')
  c.end('copy', { outcome: 'cancelled', summary: 'stopped by SIGINT' })
  expect(c.step('copy')).toMatchObject({ status: 'failed', reason: 'stopped by SIGINT', inForce: true })
})
