import { describe, expect, test } from 'vitest'
import type { Actor } from '../../src/domain/events.ts'
import type { PersonCommand } from '../../src/domain/commands.ts'
import { atStart } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, CAI } from '../support/plans.ts'

const by = (person: string, via: 'slack' | 'cli'): Actor => ({ kind: 'person', person, via })
const GO: PersonCommand = { type: 'vote', gate: 'go', vote: 'go' }
const reason = 'because'

describe('one person, in Slack and by the command line,', () => {
  test('is one vote', () => {
    const c = atStart(aPlan().phase('work', at(0)).decide('go').build())

    expect(c.decide(GO, by(ANA, 'slack')).ok).toBe(true)
    expect(c.decide(GO, by(ANA, 'cli'))).toMatchObject({ refusal: { code: 'already voted' } })
    c.advance()
    expect(c.state.gates['go']?.decision).toBeUndefined()

    expect(c.decide(GO, by(BEN, 'cli')).ok).toBe(true)
    c.advance()
    expect(c.state.gates['go']?.decision?.decision).toBe('go')
  })

  test('is no second person for what needs two', () => {
    const c = atStart(aPlan().phase('work', at(0)).do('stop', { critical: true }).build())
    const skip: PersonCommand = { type: 'skip', step: 'stop', reason }

    expect(c.decide(skip, by(ANA, 'cli'))).toMatchObject({ events: [{ type: 'second person asked' }] })
    expect(c.decide(skip, by(ANA, 'slack'))).toMatchObject({ refusal: { code: 'second person needed' } })
    expect(c.decide(skip, by(BEN, 'slack'))).toMatchObject({ events: [{ type: 'step skipped' }] })
  })

  test('hands on no role alone', () => {
    const c = atStart(aPlan().phase('work', at(0)).do('stop').build())
    const assign: PersonCommand = { type: 'assign', role: 'lead', person: 'UDIA', reason }

    expect(c.decide(assign, by(BEN, 'slack'))).toMatchObject({ events: [{ type: 'handover asked' }] })
    expect(c.decide(assign, by(BEN, 'cli'))).toMatchObject({ refusal: { code: 'second person needed' } })
    expect(c.decide(assign, by(CAI, 'cli')).ok).toBe(true)
    expect(c.state.holders['lead']?.person).toBe('UDIA')
  })
})
