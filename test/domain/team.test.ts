import { describe, expect, test } from 'vitest'
import { evidenceOf } from '../../src/domain/criteria.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { debriefOf, reportsPerHour } from '../../src/domain/team/afterwards.ts'
import { phaseSummary } from '../../src/domain/team/checkpoints.ts'
import { dueOf } from '../../src/domain/team/follow-ups.ts'
import { onCall } from '../../src/domain/team/shifts.ts'
import { nextWake } from '../../src/domain/wake.ts'
import { atStart, Cutover, HOLDERS, LEADER, person } from '../support/cutover.ts'
import { acknowledgement, ANA, aPlan, at, BEN, CAI, DIA, HOUR, MINUTE, onStep, T0 } from '../support/plans.ts'

const DAY = 24 * HOUR
const reason = 'because'

/** What follows now, and what would if the leader came only when it was told to. */
const wakes = (c: Cutover): number | null => nextWake(c.state, c.now)

describe('an issue', () => {
  const plan = aPlan().do('ask', { by: 'observer' }).build()

  test('has a severity, a kind, an owner and, in the end, what became of it', () => {
    const c = atStart(plan)
    c.by(BEN, { type: 'issue', text: 'the pool is full', severity: 'high', kind: 'process', step: 'ask' })
    c.by(BEN, { type: 'change issue', issue: '1', owner: 'communicator', severity: 'critical' })
    c.by(ANA, { type: 'close issue', issue: '1', text: 'doubled the pool' })
    expect(c.state.issues).toMatchObject([
      {
        text: 'the pool is full',
        severity: 'critical',
        kind: 'process',
        owner: 'communicator',
        step: 'ask',
        resolution: 'doubled the pool',
      },
    ])
    expect(c.refused(ANA, { type: 'change issue', issue: '1', severity: 'low' })).toBe('issue unknown')
  })

  test('of a failed item belongs to the role that owns the step', () => {
    const items = [
      { id: 'a', text: 'Disk' },
      { id: 'b', text: 'Fans' },
    ]
    const c = atStart(aPlan().do('ask', { by: 'observer', items }).build())
    c.by(BEN, { type: 'tick', step: 'ask', item: 'a', result: 'failed', fields: {}, note: 'it clicks' })
    expect(c.state.issues).toMatchObject([{ text: 'Disk: it clicks', owner: 'observer', severity: 'medium' }])
  })

  test('that is changed into what it is already leaves nothing in the record', () => {
    const c = atStart(plan)
    c.by(BEN, { type: 'issue', text: 'odd', severity: 'low' })
    expect(c.by(BEN, { type: 'change issue', issue: '1', severity: 'low' })).toEqual([])
  })
})

describe('escalation', () => {
  const escalation = [
    { afterMs: 15 * MINUTE, roles: ['communicator'] },
    { afterMs: 30 * MINUTE, roles: ['lead', 'observer'] },
  ]
  const plan = aPlan().run('copy').with({ escalation }).build()
  const failed = (): Cutover => {
    const c = atStart(plan)
    c.by(ANA, { type: 'run', step: 'copy' })
    c.work('copy', { outcome: 'failed' })
    return c
  }

  test('calls level after level while a step stands still, and at no other time', () => {
    const c = failed()
    const since = c.now
    expect(c.state.escalations).toEqual({ 'step/copy': { since, level: 0 } })
    expect(wakes(c)).toBe(since + 15 * MINUTE)
    expect(c.waitUntil(since + 15 * MINUTE - 1)).toEqual([])
    expect(c.wait(1)).toEqual(['escalation raised'])
    expect(c.events.at(-1)?.data).toEqual({ subject: 'step/copy', level: 1, roles: ['communicator'] })
    expect(c.waitUntil(since + 30 * MINUTE)).toEqual(['escalation raised'])
    expect(c.wait(DAY)).toEqual([])
  })

  test('calls nobody more once somebody has it, and ends with the trouble', () => {
    const c = failed()
    expect(c.by(CAI, { type: 'take on' })).toEqual(['escalation taken'])
    expect(c.wait(HOUR)).toEqual([])
    expect(c.refused(BEN, { type: 'take on' })).toBe('nothing to take on')
    expect(c.by(ANA, { type: 'skip', step: 'copy', reason })).toContain('escalation ended')
    expect(c.state.escalations).toEqual({})
  })

  test('goes on through every try, with whoever has it, until the step is done', () => {
    const c = failed()
    const since = c.now
    c.waitUntil(since + 15 * MINUTE)
    c.by(CAI, { type: 'take on' })
    const taken = { by: person(CAI), at: c.now }
    c.now += MINUTE
    expect(c.by(ANA, { type: 'retry', step: 'copy', reason })).not.toContain('escalation ended')
    expect(c.work('copy', { outcome: 'failed' })).not.toContain('escalation began')
    expect(c.state.escalations['step/copy']).toEqual({ since, level: 1, taken })
    c.by(ANA, { type: 'retry', step: 'copy', reason })
    expect(c.work('copy')).toContain('escalation ended')
    expect(c.state.escalations).toEqual({})
  })

  test('calls the next level while a try runs that nobody has said to have', () => {
    const c = failed()
    const since = c.now
    c.by(ANA, { type: 'retry', step: 'copy', reason })
    expect(c.waitUntil(since + 15 * MINUTE)).toContain('escalation raised')
  })

  test('calls its first level at once when a rollback stops', () => {
    const c = atStart(aPlan().run('copy', { undo: 'run' }).with({ escalation }).build())
    c.by(ANA, { type: 'run', step: 'copy' })
    c.work('copy', { outcome: 'failed' })
    c.by(ANA, { type: 'rollback', name: 'shop', reason })
    c.work('undo-copy', { outcome: 'failed' })
    expect(c.state.status).toBe('rollback stopped')
    const since = c.now
    expect(c.state.escalations).toEqual({ 'step/undo-copy': { since, level: 1 } })
    expect(c.waitUntil(since + 30 * MINUTE - 1)).toEqual([])
    expect(c.wait(1)).toEqual(['escalation raised'])
  })

  test('runs for pressing issues only, and whoever takes one on owns it', () => {
    const c = atStart(plan)
    expect(c.by(BEN, { type: 'issue', text: 'odd', severity: 'medium' })).toEqual(['issue opened'])
    expect(c.by(BEN, { type: 'change issue', issue: '1', severity: 'high' })).toContain('escalation began')
    expect(c.by(CAI, { type: 'take on', subject: 'issue/1' })).toEqual(['escalation taken', 'issue changed'])
    expect(c.state.issues[0]?.owner).toBe(CAI)
    expect(c.by(BEN, { type: 'close issue', issue: '1' })).toEqual(['issue closed', 'escalation ended'])
  })

  test('runs while a watch is out of bounds', () => {
    const c = atStart(aPlan().watch('watch').with({ escalation }).build())
    const attempt = c.begin('watch')
    c.worker({ type: 'report breach', attempt, check: 'watch-ok', answer: '9 s' })
    expect(c.advance()).toEqual(['escalation began'])
  })

  test('does nothing in a runbook that names nobody', () => {
    const c = atStart(aPlan().run('copy').build())
    c.by(ANA, { type: 'run', step: 'copy' })
    expect(c.work('copy', { outcome: 'failed' })).not.toContain('escalation began')
  })
})

describe('an acknowledgement', () => {
  const criteria = [acknowledgement('observer', 'available'), acknowledgement('observer', 'present')]
  const plan = aPlan().phase('decide', at(-30)).decide('go', { criteria }).build()
  const shown = (c: Cutover) => evidenceOf(c.state, 'go', c.now).map(({ met, answer }) => ({ met, answer }))
  const opened = (holders = HOLDERS): Cutover => {
    const c = new Cutover(plan, { now: T0 - 3 * DAY, holders })
    c.advance()
    return c
  }

  test('is asked for the day a day ahead, and whether they are here when the time has come', () => {
    const c = opened()
    expect(c.events.map(({ type }) => type)).not.toContain('ack asked')
    expect(wakes(c)).toBe(T0 - 30 * MINUTE - DAY)
    expect(c.waitUntil(T0 - 30 * MINUTE - DAY)).toEqual(['ack asked'])
    expect(c.events.at(-1)?.data).toEqual({ role: 'observer', says: 'available', person: BEN })
    expect(c.waitUntil(T0 - 30 * MINUTE)).toContain('ack asked')
    expect(c.state.acks['observer/present']).toMatchObject({ askedOf: BEN, n: 1 })
  })

  test('is red until it is given, says whose stand-in to ask, and holds back GO', () => {
    const c = opened({ ...HOLDERS, observer: { person: BEN, backup: DIA } })
    c.waitUntil(T0 - 30 * MINUTE)
    const open = `<@${BEN}> has not said so; ask the stand-in <@${DIA}>`
    expect(shown(c)).toEqual([
      { met: false, answer: open },
      { met: false, answer: open },
    ])
    expect(c.refused(ANA, { type: 'vote', gate: 'go', vote: 'go' })).toBe('criteria not met')
    expect(c.refused(ANA, { type: 'ack' })).toBe('not confirmer')
    expect(c.by(BEN, { type: 'ack' })).toEqual(['role acknowledged', 'role acknowledged'])
    expect(shown(c).every(({ met }) => met)).toBe(true)
    expect(c.by(BEN, { type: 'ack' })).toEqual([])
  })

  test('can be refused, which is red and makes votes stale', () => {
    const c = opened()
    c.waitUntil(T0 - 30 * MINUTE)
    c.by(BEN, { type: 'ack' })
    c.go(ANA, 'go')
    expect(c.by(BEN, { type: 'ack', says: 'present', answer: 'no' })).toEqual([
      'role acknowledged',
      'votes went stale',
    ])
    expect(shown(c)[1]).toEqual({
      met: false,
      answer: `<@${BEN}> is not present; no stand-in is named`,
    })
  })

  test('is asked anew of whoever takes the role over', () => {
    const c = opened()
    c.waitUntil(T0 - DAY)
    c.by(BEN, { type: 'ack', says: 'available' })
    expect(c.by(ANA, { type: 'assign', role: 'observer', person: DIA })).toEqual([
      'role assigned',
      'ack asked',
    ])
    expect(c.state.acks['observer/available']).toMatchObject({ n: 2, askedOf: DIA })
    expect(shown(c)[0]?.met).toBe(false)
  })

  test('is asked anew for another date', () => {
    const c = opened()
    c.waitUntil(T0 - DAY)
    c.by(BEN, { type: 'ack', says: 'available' })
    c.by(ANA, { type: 'postpone', reason })
    c.by(ANA, { type: 'postpone', reason, to: T0 + 3 * DAY })
    expect(shown(c)[0]?.met).toBe(false)
    expect(c.waitUntil(T0 + 3 * DAY - 30 * MINUTE - DAY)).toEqual(['ack asked'])
  })

  test('that somebody is present cannot be given before it is asked', () => {
    const c = opened()
    expect(c.refused(BEN, { type: 'ack', says: 'present' })).toBe('asked later')
    expect(c.by(BEN, { type: 'ack', says: 'available' })).toEqual(['role acknowledged'])
  })
})

describe('a checkpoint', () => {
  const plan = (extra: Partial<Plan> = {}): Plan =>
    aPlan()
      .phase('backup', at(0), [onStep('looks-right')])
      .run('dump', { begin: 'auto' })
      .check('looks-right')
      .phase('migrate')
      .run('copy')
      .with(extra)
      .build()
  const judged = (verdict: 'green' | 'red'): Cutover => {
    const c = atStart(plan())
    c.work('dump', { facts: { file: 'a.dump', bytes: 412, tables: ['a'] } })
    c.work('looks-right', { verdict })
    if (verdict === 'red') c.by(ANA, { type: 'override', step: 'looks-right', reason })
    return c
  }

  test('that is green lets the next phase begin', () => {
    const c = judged('green')
    expect(c.state.checkpoints['backup']).toMatchObject({
      result: 'passed',
      afterStartMs: 0,
      evidence: [{ criterion: 'looks-right', met: true }],
    })
    expect(c.step('copy').status).toBe('due')
  })

  test('that is red stops until the lead goes on with a reason', () => {
    const c = judged('red')
    expect(c.state.checkpoints['backup']).toMatchObject({ result: 'failed' })
    expect(c.step('copy').status).toBe('pending')
    expect(c.refused(BEN, { type: 'accept checkpoint', phase: 'backup', reason })).toBe('not lead')
    expect(c.refused(ANA, { type: 'accept checkpoint', phase: 'backup', reason: ' ' })).toBe('reason missing')
    c.by(ANA, { type: 'accept checkpoint', phase: 'backup', reason })
    expect(c.step('copy').status).toBe('due')
    expect(c.state.checkpoints['backup']?.accepted).toMatchObject({ reason })
  })

  test('that turned green after another look is passed by itself', () => {
    const c = judged('red')
    c.by(ANA, { type: 'run', step: 'looks-right' })
    expect(c.work('looks-right', { verdict: 'green' })).toContain('checkpoint passed')
    expect(c.step('copy').status).toBe('due')
  })

  test('is judged again when a tick of its phase was taken back', () => {
    const c = atStart(
      aPlan()
        .phase('first', at(0), [onStep('look')])
        .do('look')
        .phase('then')
        .do('next')
        .build(),
    )
    c.tick(ANA, 'look')
    c.now += MINUTE
    c.by(ANA, { type: 'untick', step: 'look', reason })
    c.by(ANA, { type: 'tick', step: 'look', result: 'failed', fields: {}, note: 'no' })
    expect(c.by(ANA, { type: 'skip', step: 'look', reason })).toContain('checkpoint failed')
    expect(c.step('next').status).toBe('pending')
  })

  test('of the last phase holds back completing', () => {
    const c = atStart(
      aPlan()
        .phase('only', at(0), [onStep('look')])
        .do('look', { optional: true })
        .build(),
    )
    c.by(ANA, { type: 'skip', step: 'look', reason })
    expect(c.state.gates['complete']?.open).toBe(false)
    expect(c.by(ANA, { type: 'accept checkpoint', phase: 'only', reason })).toContain('gate opened')
  })

  test('knows the length, the facts and the issues of its phase', () => {
    const c = judged('green')
    c.by(BEN, { type: 'issue', text: 'it was slow', step: 'dump' })
    const [phase] = c.state.plan.phases
    if (phase === undefined) throw new Error('no phase')
    const summary = phaseSummary(c.state, phase)
    expect(summary.facts).toEqual([
      { step: 'dump', name: 'file', value: 'a.dump' },
      { step: 'dump', name: 'bytes', value: '412' },
    ])
    expect(summary.issues.map(({ text }) => text)).toEqual(['it was slow'])
  })

  test('calls people like a step that stands still', () => {
    const c = atStart(plan({ escalation: [{ afterMs: MINUTE, roles: ['lead'] }] }))
    c.work('dump')
    c.work('looks-right', { verdict: 'red' })
    c.by(ANA, { type: 'override', step: 'looks-right', reason })
    expect(Object.keys(c.state.escalations)).toEqual(['checkpoint/backup'])
  })
})

describe('on call', () => {
  const guardShifts = [
    { role: 'observer', lengthMs: 12 * HOUR },
    { role: 'communicator', lengthMs: 12 * HOUR },
  ]
  const plan = aPlan()
    .do('work')
    .with({ guardShifts, guardMs: 30 * HOUR })
    .build()
  const guarded = (): Cutover => {
    const c = atStart(plan)
    c.tick(ANA, 'work')
    c.go(ANA, 'complete')
    c.go(BEN, 'complete')
    return c
  }

  test('is somebody by name, turn by turn, until the guard ends', () => {
    const c = guarded()
    const from = c.now
    expect(onCall(c.state)).toBe(BEN)
    expect(wakes(c)).toBe(from + 12 * HOUR)
    expect(c.wait(12 * HOUR)).toEqual(['shift began'])
    expect(onCall(c.state)).toBe(CAI)
    c.wait(12 * HOUR)
    expect(c.state.shift).toMatchObject({ n: 2, role: 'observer', until: from + 30 * HOUR })
    expect(c.wait(6 * HOUR)).toEqual(['cutover closed'])
    expect(onCall(c.state)).toBeUndefined()
  })

  test('passes to who takes the role over', () => {
    const c = guarded()
    c.by(ANA, { type: 'assign', role: 'observer', person: DIA })
    expect(onCall(c.state)).toBe(DIA)
  })

  test('is whoever has the turn of this moment when the bot was away', () => {
    const c = guarded()
    expect(c.wait(25 * HOUR)).toEqual(['shift began'])
    expect(c.state.shift).toMatchObject({ n: 2, role: 'observer' })
  })
})

describe('follow-ups', () => {
  const followUps = [
    { id: 'replica', title: 'Add a replica', owner: 'observer', beforeLive: true },
    {
      id: 'drop',
      title: 'Drop the old database',
      owner: 'the DBA team',
      due: { kind: 'after', step: 'completed', ms: 2 * DAY } as const,
      beforeLive: false,
    },
  ]
  const plan = aPlan()
    .phase('decide', at(-30))
    .decide('go', { approvers: { lead: 1 } })
    .phase('work', at(0))
    .decide('more', { approvers: { lead: 1 } })
    .do('work')
    .with({ followUps, reviewAfterLive: true, guardMs: DAY })
    .build()
  const titles = (c: Cutover) => c.state.followUps.filter((one) => !one.closed).map(({ id }) => id)
  const completed = (): Cutover => {
    const c = atStart(plan)
    c.by(BEN, { type: 'close follow-up', followUp: 'replica', text: 'it streams' })
    c.go(ANA, 'go')
    c.go(BEN, 'go')
    for (const gate of ['go', 'more', 'complete']) {
      if (gate === 'complete') c.tick(ANA, 'work')
      for (const who of [ANA, BEN])
        if (c.state.gates[gate]?.open === true && c.state.gates[gate].decision === undefined) c.go(who, gate)
    }
    return c
  }

  test('that come before a live run are red on the gates before it until they are closed or waived', () => {
    const c = new Cutover(plan)
    c.advance()
    expect(titles(c)).toEqual(['replica'])
    c.waitUntil(T0 - 30 * MINUTE)
    expect(evidenceOf(c.state, 'go', c.now)).toMatchObject([{ criterion: 'follow-up-replica', met: false }])
    expect(evidenceOf(c.state, 'more', c.now)).toEqual([])
    expect(c.refused(ANA, { type: 'vote', gate: 'go', vote: 'go' })).toBe('criteria not met')
    expect(c.refused(BEN, { type: 'waive follow-up', followUp: 'replica', reason })).toBe('not lead')
    c.by(ANA, { type: 'waive follow-up', followUp: 'replica', reason })
    expect(evidenceOf(c.state, 'go', c.now)).toMatchObject([{ met: true, answer: `waived: ${reason}` }])
  })

  test('are none of a rehearsal’s business before live, and remind nobody there', () => {
    const c = new Cutover({ ...plan, live: false })
    c.advance()
    expect(titles(c)).toEqual([])
    c.waitUntil(T0 - 30 * MINUTE)
    expect(evidenceOf(c.state, 'go', c.now)).toEqual([])
  })

  test('open at completion, with the review of the runbook', () => {
    const c = completed()
    expect(c.state.status).toBe('guarded')
    expect(titles(c)).toEqual(['drop', 'review-runbook'])
    const [, drop] = c.state.followUps
    expect(drop && dueOf(c.state, drop)).toBe((c.state.completedAt ?? 0) + 2 * DAY)
  })

  test('outlive the cutover: their owners are reminded until they are closed', () => {
    const c = completed()
    const due = (c.state.completedAt ?? 0) + 2 * DAY
    expect(c.waitUntil(due - 1)).toEqual(['cutover closed'])
    expect(wakes(c)).toBe(due)
    expect(c.wait(1)).toEqual(['follow-up reminded'])
    expect(c.wait(DAY)).toEqual(['follow-up reminded'])
    expect(c.wait(DAY)).toEqual([])
    expect(c.wait(DAY)).toEqual(['follow-up reminded'])
    c.by(DIA, { type: 'close follow-up', followUp: 'drop' })
    c.by(ANA, { type: 'waive follow-up', followUp: 'review-runbook', reason })
    expect(wakes(c)).toBeNull()
  })

  test('do not open for what was turned back', () => {
    const c = atStart(aPlan().do('change', { undo: 'do' }).with({ followUps }).build())
    c.tick(ANA, 'change')
    c.by(ANA, { type: 'rollback', name: 'shop', reason })
    c.tick(ANA, 'undo-change')
    expect(titles(c)).toEqual(['replica'])
  })

  test('can be added by anybody, owned by whoever adds them unless said otherwise', () => {
    const c = atStart(plan)
    c.by(DIA, { type: 'add follow-up', title: 'Tell the auditors' })
    c.by(ANA, { type: 'add follow-up', title: 'Archive', owner: 'communicator', due: T0 + DAY })
    expect(c.state.followUps.slice(1)).toMatchObject([
      { id: 'f1', owner: DIA, dueAt: c.now + 7 * DAY },
      { id: 'f2', owner: 'communicator', dueAt: T0 + DAY },
    ])
  })
})

describe('afterwards', () => {
  test('a debrief makes its actions follow-ups of who named them', () => {
    const c = atStart(aPlan().do('work').build())
    c.tick(ANA, 'work')
    c.by(BEN, { type: 'debrief', wentWell: 'the copy', improve: ' ', actions: ['Buy disks', ' ', 'Sleep'] })
    c.by(CAI, { type: 'debrief', improve: 'the notices', actions: [] })
    const { wentWell, improve, actions } = debriefOf(c.state)
    expect(wentWell.map(({ text }) => text)).toEqual(['the copy'])
    expect(improve.map(({ text }) => text)).toEqual(['the notices'])
    expect(actions).toMatchObject([
      { id: 'f1', title: 'Buy disks', owner: BEN },
      { id: 'f2', title: 'Sleep', owner: BEN },
    ])
    expect(c.refused(BEN, { type: 'debrief', wentWell: ' ', actions: [] })).toBe('text not usable')
  })

  test('reports from users are counted by the hour', () => {
    const c = atStart(aPlan().do('work').build())
    c.by(CAI, { type: 'user report', text: 'login fails', ticket: 'SUP-7' })
    c.by(CAI, { type: 'user report', text: 'slow', count: 3 })
    c.wait(HOUR)
    c.by(CAI, { type: 'user report', text: 'fine again' })
    expect(reportsPerHour(c.state)).toEqual([
      { from: T0, count: 4 },
      { from: T0 + HOUR, count: 1 },
    ])
    expect(c.refused(CAI, { type: 'user report', text: 'many', count: 0.5 })).toBe('text not usable')
  })

  test('a rehearsal tells how many issues it ended with', () => {
    const c = atStart(aPlan().build())
    const rehearsal = {
      cutover: 'r1',
      hash: 'a',
      finishedAt: T0,
      rolledBack: false,
      openIssues: 2,
      durations: {},
    }
    c.decide({ type: 'report rehearsal', rehearsal }, LEADER)
    expect(c.state.rehearsals).toEqual([rehearsal])
  })
})
