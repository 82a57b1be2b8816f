import { expect } from 'vitest'
import type { PersonCommand } from '../../src/domain/commands.ts'
import { aStage, type Stage } from '../bot/support/stage.ts'
import { at, HOUR, MINUTE, onStep } from '../support/plans.ts'
import { timelineOf } from '../../src/report/timeline-of.ts'
import { validateBlocks } from '../../src/workspace/block-limits.ts'
import { eventually, type Answer } from '../workspace/support/control.ts'
import { faultWithoutQueue } from './support/fault.ts'

// The same as the ten hours of slack-ten-hours.test.ts in seconds: domain, projection, Web API and workspace are real;
// the log is in memory, with a clock that is simply moved on.

const aNight = () =>
  aStage((plan) =>
    plan
      .phase('prepare', at(-60))
      .do('announce', { by: 'lead' })
      .check('answers')
      .phase('decide', at(-15))
      .decide('go', { approvers: { lead: 1, observer: 1 }, criteria: [onStep('answers')] })
      .phase('migrate', at(0))
      .do('stop', { undo: 'do', opens: ['maintenance'] })
      .run('copy', { undo: 'run' })
      .phase('again', at(60))
      .decide('reopen', { approvers: { lead: 1, observer: 1 } })
      .do('start', { undo: 'do', closes: ['maintenance'] })
      .do('look', { by: 'observer' }),
  )

/** At the command line. */
function types({ cutover, id }: Stage, user: string, command: PersonCommand): void {
  expect(cutover.decide(command, { kind: 'person', person: id(user), via: 'cli' })).toMatchObject({
    ok: true,
  })
  cutover.advance()
}

const keysOf = (messages: readonly Answer[]): readonly string[] =>
  messages.flatMap(({ metadata }) => metadata?.event_payload.key ?? [])

async function begun(): Promise<Stage> {
  const stage = await aNight()
  const { cutover } = stage
  cutover.advance()
  cutover.tick(stage.id('ana'), 'announce')
  cutover.work('answers')
  cutover.waitUntil(cutover.state.plannedStart - 15 * MINUTE)
  await stage.show()
  await eventually(async () => keysOf(await stage.said()).includes('gate/go/1'), 5_000)
  return stage
}

function goesAway({ cutover }: Stage): void {
  cutover.leader({
    type: 'report slack away',
    since: cutover.now,
    how: 'silent',
    why: 'Slack does not answer',
  })
}

faultWithoutQueue(
  'T32 in short',
  'two gates decided while Slack is away: on return one message tells it, first of all, and once for every process',
  async () => {
    const stage = await begun()
    const { cutover } = stage
    goesAway(stage)
    await stage.changes()
    for (const who of ['ana', 'giorgi']) types(stage, who, { type: 'vote', gate: 'go', vote: 'go' })
    cutover.work('answers')
    cutover.waitUntil(cutover.state.plannedStart)
    types(stage, 'ana', { type: 'tick', step: 'stop', result: 'done', fields: {} })
    types(stage, 'ana', { type: 'run', step: 'copy' })
    cutover.work('copy', { durationMs: 9 * HOUR, summary: '3,012,884 rows' })
    cutover.wait(9 * HOUR)
    for (const who of ['ana', 'giorgi']) types(stage, who, { type: 'vote', gate: 'reopen', vote: 'go' })
    types(stage, 'giorgi', { type: 'tick', step: 'start', result: 'done', fields: {} })
    await stage.show()
    // Nothing is tried while it is known to be in vain.
    expect(await stage.changes()).toEqual([])
    expect(stage.projection.parked()).toBeGreaterThan(3)

    const before = keysOf(await stage.said())
    cutover.wait(HOUR)
    cutover.leader({ type: 'report slack back' })
    await stage.show()
    await eventually(async () => keysOf(await stage.said()).includes('said/watching'), 8_000)

    const said = await stage.said()
    const fresh = keysOf(said).slice(before.length)
    expect(fresh[0]).toMatch(/^missed\//)
    expect(fresh.slice(1)).toEqual([
      'phase/migrate/1',
      'phase/again/1',
      'gate/reopen/1',
      'need/look/0',
      'said/watching',
    ])
    const summary = said[before.length]
    const text = summary?.plain.replaceAll('*', '')
    expect(text).toMatch(/Slack was away from .* \(10 h/)
    expect(text).toMatch(/GO on go · by @ana \(command line\) and @giorgi \(command line\)/)
    expect(text).toMatch(/GO on reopen/)
    expect(text).toMatch(/Carried out 3 steps: stop by @ana \(command line\), copy and start/)
    expect(validateBlocks('message', summary?.blocks)).toEqual([])
    const ops = await stage.said('ops')
    expect(keysOf(ops).filter((key) => key.startsWith('missed/'))).toHaveLength(1)
    expect(keysOf(ops).filter((key) => key.includes('/decision/'))).toEqual([])

    const record = timelineOf(cutover.events, { names: new Map(), head: 'f'.repeat(64) })
    expect(record.setbacks.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        'Slack went away: Slack does not answer',
        expect.stringMatching(/^Slack came back after 10 h/),
      ]),
    )

    await stage.changes()
    cutover.wait(2 * 24 * HOUR)
    await stage.another().reconcile('c1')
    const after = await stage.changes()
    expect(after.filter((method) => method === 'chat.postMessage')).toEqual([])
  },
)

faultWithoutQueue('a short outage', 'in which nothing was done is worth no message', async () => {
  const stage = await begun()
  goesAway(stage)
  stage.cutover.wait(2 * MINUTE)
  stage.cutover.leader({ type: 'report slack back' })
  await stage.show()
  expect(keysOf(await stage.said()).filter((key) => key.startsWith('missed/'))).toEqual([])
})

faultWithoutQueue('a long outage', 'in which nothing was decided is told as that', async () => {
  const stage = await begun()
  goesAway(stage)
  stage.cutover.wait(30 * MINUTE)
  stage.cutover.leader({ type: 'report slack back' })
  await stage.show()
  const [, , , ...fresh] = await stage.said()
  const summary = fresh.find(({ metadata }) => metadata?.event_payload.key.startsWith('missed/'))
  expect(summary?.text).toContain('Nothing was decided meanwhile')
})

faultWithoutQueue(
  'an outage that nobody looks at',
  'days before the start is no fact of the cutover',
  async () => {
    const stage = await aNight()
    const { cutover } = stage
    cutover.leader({
      type: 'report slack away',
      since: cutover.now,
      how: 'silent',
      why: 'Slack does not answer',
    })
    expect(cutover.state.outages).toHaveLength(1)
    cutover.leader({ type: 'report slack back' })
    cutover.by(stage.id('ana'), {
      type: 'postpone',
      reason: 'not this week',
      to: cutover.now + 5 * 24 * HOUR,
    })
    cutover.leader({
      type: 'report slack away',
      since: cutover.now,
      how: 'silent',
      why: 'Slack does not answer',
    })
    expect(cutover.state.outages).toHaveLength(1)
  },
)
