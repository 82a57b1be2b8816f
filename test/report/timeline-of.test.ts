import { describe, expect, test } from 'vitest'
import { Timeline, timelineJson } from '../../src/report/timeline.ts'
import { timelineOf } from '../../src/report/timeline-of.ts'
import {
  BOT,
  LEAD,
  MINUTE_MS,
  NAMES,
  night,
  OBSERVER,
  opening,
  plan,
  ran,
  recorded,
  rolledBackNight,
  T0,
  ticked,
  untilCopy,
  vote,
} from './ward-night.ts'

const timeline = timelineOf(night, { names: NAMES, head: 'ab'.repeat(32) })
const step = (id: string, of = timeline) => of.steps.find((one) => one.id === id)!
const texts = (remarks: Timeline['deviations']) => remarks.map(({ step, text, by }) => [step, text, by])

describe('a night that went well', () => {
  test('says how it ended, when, and how long it took', () => {
    expect(timeline.outcome).toBe('completed')
    expect(timeline.times).toEqual({
      openedAt: T0 - 70 * MINUTE_MS,
      plannedAt: T0,
      startedAt: T0 + MINUTE_MS,
      beganAt: T0 + MINUTE_MS,
      changedAt: T0 + 40 * MINUTE_MS,
      completedAt: T0 + 101 * MINUTE_MS,
    })
    expect(timeline.durations).toEqual({
      totalMs: 39 * MINUTE_MS,
      backupMs: 112_000,
      migrateMs: 170_000,
      verifyMs: 44_000,
      downtimeMs: 38 * MINUTE_MS,
    })
  })

  test('counts a test restore as verifying, and deleting a backup as no migration', () => {
    const otherwise = (from: string, to: string) =>
      timelineOf(JSON.parse(JSON.stringify(night).replaceAll(`"uses":"${from}"`, `"uses":"${to}"`)), {
        names: NAMES,
        head: 'ab'.repeat(32),
      }).durations

    expect(otherwise('compare', 'pg.test-restore').verifyMs).toBe(44_000)
    expect(otherwise('sqlite.copy', 'backup.cleanup').migrateMs).toBeUndefined()
  })

  test('puts each step beside its plan, by upper estimates along the order', () => {
    const planned = timeline.steps.map(({ id, planned }) => [
      id,
      planned.at === undefined ? null : (planned.at - T0) / MINUTE_MS,
    ])

    expect(planned).toEqual([
      ['redis', -60],
      ['go', -60],
      ['stop', 0],
      ['backup', 0],
      ['copy', 2],
      ['same', 12],
      ['start', 15],
      ['done', 15],
      ['complete', null],
    ])
  })

  test('says who did each step, where it ran and what came out', () => {
    expect(step('redis')).toMatchObject({
      result: 'skipped',
      by: ['U02OBSERVER'],
      detail: 'no Redis in *this* environment',
    })
    expect(step('stop')).toMatchObject({ result: 'done', by: ['U01LEAD'] })
    expect(step('go')).toMatchObject({
      result: 'done',
      by: ['U01LEAD', 'U02OBSERVER'],
      detail: 'GO on 1 of 1 criteria',
    })
    expect(step('copy')).toMatchObject({
      phase: 'Migrate',
      result: 'done',
      by: ['U02OBSERVER'],
      where: 'db-1',
      detail: '3,012,884 rows',
      actual: { startedAt: T0 + 8 * MINUTE_MS, durationMs: 140_000 },
    })
    expect(step('done')).toMatchObject({ result: 'done', detail: 'to ops, staff' })
  })

  test('keeps every attempt, the failed one too', () => {
    expect(step('copy').attempts).toEqual([
      expect.objectContaining({
        n: 1,
        outcome: 'failed',
        requestedBy: 'U01LEAD',
        exit: 3,
        summary: 'The target is locked.',
      }),
      expect.objectContaining({
        n: 2,
        outcome: 'succeeded',
        requestedBy: 'U02OBSERVER',
        exit: 0,
        host: 'db-1',
      }),
    ])
  })

  test('keeps every round with its votes and the evidence they were cast on', () => {
    const [first, second, complete] = timeline.decisions

    expect(first).toMatchObject({
      round: 1,
      outcome: 'closed',
      took: 'deadline',
      votes: [{ person: 'U01LEAD', vote: 'go', staleBecause: 'No incident is open turned red' }],
    })
    expect(second).toMatchObject({
      round: 2,
      outcome: 'go',
      by: 'U02OBSERVER',
      openedFor: 'the incident is over',
    })
    expect(second!.votes.map(({ person, staleBecause }) => [person, staleBecause])).toEqual([
      ['U01LEAD', undefined],
      ['U02OBSERVER', undefined],
    ])
    expect(second!.evidence).toEqual([
      {
        criterion: 'calm',
        title: 'No incident is open',
        met: true,
        answer: 'confirmed by the lead',
        at: T0 - 5 * MINUTE_MS,
        overridden: false,
      },
    ])
    expect(complete).toMatchObject({
      gate: 'complete',
      outcome: 'go',
      evidence: [{ title: 'Compare by content' }],
    })
  })

  test('tells what people did otherwise from what did not work', () => {
    expect(texts(timeline.deviations)).toEqual([
      ['redis', 'skipped', ['U02OBSERVER']],
      ['go', 'votes of round 1 went stale: "No incident is open" turned red', []],
      ['go', 'opened again for round 2', ['U01LEAD']],
      ['copy', 'tried again, attempt 2', ['U02OBSERVER']],
    ])
    expect(texts(timeline.setbacks)).toEqual([
      ['go', 'round 1 passed its deadline without a decision', []],
      ['copy', 'failed: The target is locked. Nothing was copied.', []],
      ['done', 'refused for gone@example.org (550 no such user)', []],
    ])
    expect(timeline.remarks).toMatchObject([{ text: 'the office confirms', by: ['U02OBSERVER'] }])
  })

  test('keeps the notices as they were sent, and who was refused', () => {
    expect(timeline.notices).toMatchObject([
      { step: 'done', title: 'Announce completion', audience: 'ops', medium: 'slack', to: ['#ops'] },
      {
        audience: 'staff',
        medium: 'email',
        subject: 'Ward OPS now runs on PostgreSQL',
        rejected: [{ reason: '550 no such user' }],
      },
    ])
  })

  test('names the people, their roles, and the head of the log', () => {
    expect(timeline.people).toEqual([
      { id: 'U01LEAD', name: 'Nino Beridze', roles: ['lead'] },
      { id: 'U02OBSERVER', name: 'Giorgi Maisuradze', roles: ['observer'] },
    ])
    expect(timeline.log).toEqual({
      events: night.length,
      lastAt: T0 + 101 * MINUTE_MS,
      head: 'ab'.repeat(32),
    })
  })
})

test('a GO whose role changed hands is kept as stale, the others stand; two who overrode are both named', () => {
  const changed = timelineOf(
    recorded([
      opening(),
      [-15, BOT, { type: 'gate opened', data: { gate: 'go', round: 1 } }],
      vote(-12, LEAD, 'lead', 1),
      vote(-11, OBSERVER, 'observer', 1),
      [-10, LEAD, { type: 'role assigned', data: { role: 'observer', holder: { person: 'U03NEW' } } }],
      [
        -10,
        LEAD,
        {
          type: 'votes went stale',
          data: { gate: 'go', round: 1, role: 'observer', person: 'U02OBSERVER' },
        },
      ],
      [
        -9,
        LEAD,
        {
          type: 'criterion overridden',
          data: { gate: 'go', round: 1, criterion: 'calm', reason: 'over', second: 'U02OBSERVER' },
        },
      ],
    ]),
    { names: NAMES },
  )
  expect(changed.decisions[0]?.votes.map(({ person, staleBecause }) => [person, staleBecause])).toEqual([
    ['U01LEAD', undefined],
    ['U02OBSERVER', 'observer changed hands'],
  ])
  expect(changed.deviations.map(({ step, text, by, whom }) => [step, text, by, whom])).toEqual([
    [undefined, 'role observer handed to', ['U01LEAD'], ['U03NEW']],
    ['go', 'GO of round 1 went stale: observer changed hands; said by', [], ['U02OBSERVER']],
    ['go', 'criterion "No incident is open" overridden in round 1', ['U01LEAD', 'U02OBSERVER'], []],
  ])
})

describe('a rollback', () => {
  const back = timelineOf(rolledBackNight, { rehearsal: timeline })

  test('shows what was undone, and the inverses after the plan', () => {
    expect(back.outcome).toBe('rolled back')
    expect(back.steps.filter((one) => one.undone).map((one) => one.id)).toEqual(['stop', 'copy'])
    expect(back.steps.slice(-3).map((one) => [one.id, one.place, one.result])).toEqual([
      ['undo-copy', 'undo', 'done'],
      ['undo-stop', 'undo', 'done'],
      ['complete', 'built-in', 'not reached'],
    ])
    expect(back.durations).toMatchObject({
      totalMs: 17 * MINUTE_MS,
      rollbackMs: 6 * MINUTE_MS,
      downtimeMs: 17 * MINUTE_MS,
    })
  })

  test('names the trigger and who decided', () => {
    expect(back.deviations.at(-1)).toMatchObject({
      text: 'rolled back: the sides differ',
      by: ['U01LEAD'],
      reason: 'rows differ',
    })
    expect(back.setbacks.at(-1)).toMatchObject({
      step: 'same',
      text: 'failed: Two rows differ. Nothing was changed.',
    })
  })

  test('shows beside it how long a rehearsal took', () => {
    expect(step('copy', back).rehearsedMs).toBe(140_000)
    expect(step('stop', back).rehearsedMs).toBeUndefined()
  })
})

describe('a cutover that was postponed and carried out later', () => {
  const again = timelineOf(
    recorded([
      ...untilCopy.slice(0, 9),
      [-1, LEAD, { type: 'cutover postponed', data: { reason: 'an incident' } }],
      [
        5,
        LEAD,
        {
          type: 'cutover rescheduled',
          data: { plannedStart: T0 + 60 * MINUTE_MS, reason: 'tonight after all' },
        },
      ],
      [61, LEAD, { type: 'migration began', data: { step: 'stop' } }],
      ticked(61, OBSERVER, 'stop'),
    ]),
  )

  test('keeps what was done before it, and plans from the new time', () => {
    expect(step('redis', again)).toMatchObject({ result: 'skipped', by: ['U02OBSERVER'] })
    expect(step('stop', again)).toMatchObject({ result: 'done', planned: { at: T0 + 60 * MINUTE_MS } })
    expect(again.times.beganAt).toBe(T0 + 61 * MINUTE_MS)
    expect(again.deviations.map((one) => one.text)).toEqual(
      expect.arrayContaining(['postponed', 'planned for another time']),
    )
  })

  test('a rollback of the night that was given up is not the end of the later one', () => {
    const later = timelineOf([
      ...rolledBackNight,
      ...recorded([
        [20, LEAD, { type: 'cutover postponed', data: { reason: 'rows differ' } }],
        [
          30,
          LEAD,
          { type: 'cutover rescheduled', data: { plannedStart: T0 + 60 * MINUTE_MS, reason: 'fixed' } },
        ],
      ]).map((event, index) => ({ ...event, position: rolledBackNight.length + index + 1 })),
    ])
    expect(later.outcome).toBe('under way')
    expect(later.times.rolledBackAt).toBeUndefined()
    expect(step('copy', later).undone).toBe(true)
  })
})

describe('open states', () => {
  test('overlapping downtime counts once, other states not at all, and what is open counts until now', () => {
    const both = {
      ...plan,
      steps: {
        ...plan.steps,
        redis: { ...plan.steps['redis']!, opens: ['alerts-muted'] },
        stop: { ...plan.steps['stop']!, opens: ['maintenance', 'read-only'] },
      },
    }
    const happenings = [
      opening(both),
      ticked(-50, OBSERVER, 'redis'),
      ticked(0, LEAD, 'stop'),
      ticked(10, LEAD, 'start'),
    ]
    const result = timelineOf(recorded(happenings), { now: T0 + 30 * MINUTE_MS })

    expect(
      result.openStates.map(({ name, lengthMs, closedBy }) => [name, lengthMs / MINUTE_MS, closedBy]),
    ).toEqual([
      ['alerts-muted', 80, undefined],
      ['maintenance', 10, 'start'],
      ['read-only', 30, undefined],
    ])
    expect(result.durations.downtimeMs).toBe(30 * MINUTE_MS)
  })
})

describe('any beginning of a log', () => {
  test('has a timeline that keeps to its schema', () => {
    for (const events of [night, rolledBackNight]) {
      for (let length = 1; length <= events.length; length++) {
        const result = timelineOf(events.slice(0, length))
        expect(Timeline.safeParse(result).error?.issues ?? []).toEqual([])
      }
    }
  })

  test('is the same each time, and JSON gives it back', () => {
    expect(timelineOf(night, { names: NAMES, head: 'ab'.repeat(32) })).toEqual(timeline)
    expect(Timeline.parse(JSON.parse(timelineJson(timeline)))).toEqual(timeline)
  })

  test('a running step is under way, an open round is open', () => {
    const running = timelineOf(
      recorded([...untilCopy, ...ran(5, LEAD, 'copy', { seconds: 9, summary: '' }).slice(0, -1)]),
    )
    expect(step('copy', running)).toMatchObject({ result: 'under way', attempts: [{ outcome: 'under way' }] })
    expect(running.outcome).toBe('under way')
    expect(timelineOf(recorded(untilCopy.slice(0, 3))).decisions).toMatchObject([{ outcome: 'open' }])
  })

  test('without events there is none', () => {
    expect(() => timelineOf([])).toThrow('A cutover without events has no timeline.')
  })
})
