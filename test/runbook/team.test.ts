import { describe, expect, test } from 'vitest'
import { codesOf, findingOf, openable, placesOf, resolve, runbookText } from './support.ts'

const GATE = '- decide: Go?\n  id: go\n  approvers: { lead: 1 }\n  criteria: [CRITERION]'
const gate = (criterion: string): string => runbookText(GATE.replace('CRITERION', criterion))
const head = (more: string): string => runbookText('- do: X', more)

/** A runbook of two phases; the first has a checkpoint. */
const phases = (checkpoint: string): string =>
  runbookText('- check: Backup looks right\n  id: looks-right\n  sql: { target: main, query: select 1 }')
    .replace('    at: T-0\n', `    at: T-0\n    checkpoint: ${checkpoint}\n`)
    .concat('  - phase: Then\n    steps:\n      - do: Later\n        id: later\n')

function planOf(text: string) {
  const resolved = resolve(openable(text))
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.findings))
  return resolved.plan
}

describe('people under way', () => {
  test('are called level after level', () => {
    const plan = planOf(
      head('escalation: [{ after: 15m, roles: [observer] }, { after: 30m, roles: [lead] }]\n'),
    )
    expect(plan.escalation).toEqual([
      { afterMs: 900_000, roles: ['observer'] },
      { afterMs: 1_800_000, roles: ['lead'] },
    ])
  })

  test.each([
    ['a role that is none', 'escalation: [{ after: 15m, roles: [cto] }]\n', 'unknown-role'],
    [
      'levels out of order',
      'escalation: [{ after: 30m, roles: [lead] }, { after: 15m, roles: [lead] }]\n',
      'bad-escalation',
    ],
    [
      'a shift of a role that is none',
      'guard: { for: 48h, shifts: [{ role: dba, length: 12h }] }\n',
      'unknown-role',
    ],
    ['a shift of no length', 'guard: { for: 48h, shifts: [{ role: lead, length: 0h }] }\n', 'bad-shift'],
    [
      'two follow-ups of one name',
      'follow_ups: [{ title: Tidy, owner: lead }, { title: Tidy, owner: lead }]\n',
      'name-taken',
    ],
    [
      'something before live that is due after it',
      'follow_ups: [{ title: Tidy, owner: lead, before: live, due: T+1d }]\n',
      'bad-follow-up',
    ],
    [
      'a due time after a step that is none',
      'follow_ups: [{ title: Tidy, owner: lead, due: { after: nothing +1d } }]\n',
      'unknown-step',
    ],
  ])('%s is refused where it stands', (_, more, code) => {
    expect(codesOf(head(more))).toEqual([code])
  })

  test('are on call in turns', () => {
    const plan = planOf(
      head('guard: { for: 48h, shifts: [{ role: lead, length: 12h }, { role: observer, length: 12h }] }\n'),
    )
    expect(plan.guardMs).toBe(48 * 3_600_000)
    expect(plan.guardShifts).toEqual([
      { role: 'lead', lengthMs: 43_200_000 },
      { role: 'observer', lengthMs: 43_200_000 },
    ])
    expect(planOf(head('guard: 48h\n')).guardShifts).toEqual([])
  })

  test('say that they are there, which a gate may want', () => {
    const plan = planOf(gate('{ ack: observer, says: available }, { ack: observer }'))
    expect(plan.steps['go']).toMatchObject({
      criteria: [
        { kind: 'ack', id: 'ack-observer-available', role: 'observer', says: 'available' },
        { kind: 'ack', id: 'ack-observer-present', role: 'observer', says: 'present' },
      ],
    })
    expect(findingOf('unknown-role', gate('{ ack: captain }')).message).toContain('captain')
  })

  test('have things left to do, by an offset, a date, or at completion', () => {
    const plan = planOf(
      head(`follow_ups:
  - { title: Add a replica, owner: observer, before: live, due: T-1d }
  - { title: Drop the old database, id: drop, owner: "user:U7", due: { after: completed +30d } }
  - { title: Renew the certificate, owner: the DBA team, due: 2026-12-01 }
review: after each live cutover
`),
    )
    expect(plan.followUps).toEqual([
      {
        id: 'add-a-replica',
        title: 'Add a replica',
        owner: 'observer',
        beforeLive: true,
        due: { kind: 'calendar', days: -1 },
      },
      {
        id: 'drop',
        title: 'Drop the old database',
        owner: 'U7',
        beforeLive: false,
        due: { kind: 'after', step: 'completed', ms: 30 * 86_400_000 },
      },
      {
        id: 'renew-the-certificate',
        title: 'Renew the certificate',
        owner: 'the DBA team',
        beforeLive: false,
        // 18:00 in Berlin, in winter.
        due: { kind: 'date', at: Date.parse('2026-12-01T17:00:00Z') },
      },
    ])
    expect(plan.reviewAfterLive).toBe(true)
  })
})

describe('a checkpoint', () => {
  test('is part of its phase', () => {
    const plan = planOf(phases('[{ step: looks-right }]'))
    expect(plan.phases.map(({ checkpoint }) => checkpoint)).toEqual([
      [{ kind: 'step', id: 'looks-right', step: 'looks-right' }],
      undefined,
    ])
  })

  test.each([
    ['a step of a later phase', '[{ step: later }]', 'bad-criterion'],
    ['a step that is none', '[{ step: looks-write }]', 'unknown-step'],
    ['what a person confirms', '[{ confirm: All is well, id: well }]', 'bad-criterion'],
    ['the same twice', '[{ step: looks-right }, { step: looks-right }]', 'name-taken'],
  ])('does not name %s', (_, checkpoint, code) => {
    expect(codesOf(phases(checkpoint))).toEqual([code])
  })

  test('is complained of where it stands', () => {
    const [place] = placesOf(phases('[{ step: later }]'))
    expect(place).toMatch(/^bad-criterion \d+:18$/)
  })
})
