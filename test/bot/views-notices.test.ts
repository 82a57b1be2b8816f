import { describe, expect, test } from 'vitest'
import { desired } from '../../src/bot/projection/desired.ts'
import { anchorsOf, Cutover } from '../support/cutover.ts'
import { ANA, aPlan, at, CAI, HOUR, T0 } from '../support/plans.ts'

const plan = aPlan()
  .phase('early', at(-60))
  .tell('announce', { approve: 'communicator', by: 'communicator' })
  .phase('work', at(0))
  .do('change', { undo: 'do' })
  .build()

function messages(c: Cutover, posted: readonly string[] = []) {
  const all = desired(c.state, {
    now: c.now,
    progress: new Map(),
    posted: new Set(['channel', ...posted]),
    anchors: anchorsOf(c),
  })
  return (key: string): string =>
    JSON.stringify(all.find((one) => one.kind === 'message' && one.key === key) ?? null)
}

function drafted(): Cutover {
  const c = new Cutover(plan)
  c.waitUntil(T0 - 80 * 60_000)
  c.leader({
    type: 'report draft',
    step: 'announce',
    hash: 'abc',
    texts: [
      { audience: 'staff', medium: 'email', subject: 'It begins', text: 'We <begin>\nat ten.' },
      { audience: 'ops', medium: 'slack', text: '*We begin*' },
    ],
  })
  return c
}

describe('a draft', () => {
  test('is shown before its time to whoever approves it, with what may be done', () => {
    const card = messages(drafted())('need/announce/0')
    expect(card).toContain(`<@${CAI}>`)
    expect(card).toContain('staff (e-mail), ops (Slack)')
    expect(card).toContain('It begins')
    expect(card).toContain('>We &lt;begin&gt;\\n>at ten.')
    for (const label of ['Approve', 'Edit…', 'Reject…']) expect(card).toContain(label)
    expect(card).not.toContain('Send it')
  })

  test('that nobody has approved in time is asked for in a message of its own', () => {
    const c = drafted()
    c.waitUntil(T0 - HOUR)
    expect(messages(c)('unapproved/announce/0')).toBe('null')
    c.wait(11 * 60_000)
    expect(messages(c)('unapproved/announce/0')).toContain('waits for approval')
    c.by(CAI, { type: 'approve', step: 'announce' })
    expect(messages(c, ['need/announce/0'])('need/announce/0')).not.toContain('Edit…')
  })
})

test('the board says what the public is told, and where that is not what happens', () => {
  const c = new Cutover(plan)
  c.waitUntil(T0 - HOUR)
  c.leader({
    type: 'report notice',
    step: 'announce',
    since: c.step('announce').startedAt ?? 0,
    audience: 'page',
    medium: 'webhook',
    to: ['page'],
    text: 'x',
    rejected: [],
    page: { id: 'e1', state: 'scheduled' },
  })
  expect(messages(c)('board')).toContain('page: scheduled since')
  expect(messages(c)('board')).not.toContain('tell them')
  c.by(ANA, { type: 'abandon', reason: 'no', left: [] })
  expect(messages(c)('board')).toContain('*the cutover is abandoned*: tell them')
})

test('whom the mail server refused is said in the channel', () => {
  const c = new Cutover(aPlan().tell('announce').build())
  c.advance()
  c.leader({
    type: 'report notice',
    step: 'announce',
    since: c.step('announce').startedAt ?? 0,
    audience: 'ops',
    medium: 'slack',
    to: ['#ops'],
    text: 'x',
    rejected: [{ address: 'b@example.org', reason: 'no such user' }],
  })
  expect(c.step('announce').status).toBe('done')
  expect(messages(c)('refused/announce/0')).toContain('b@example.org: no such user')
})
