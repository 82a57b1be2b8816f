import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rehearsalOf } from '../../src/app/tell-rehearsals.ts'
import { handleCommand } from '../../src/app/handle-command.ts'
import { decide } from '../../src/domain/decide.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { atStart, HOLDERS, person } from '../support/cutover.ts'
import { startInstallation, type Installation } from '../support/installation.ts'
import { ANA, aPlan, BEN, HOUR } from '../support/plans.ts'

let installation: Installation

beforeAll(async () => {
  installation = await startInstallation()
})
afterAll(() => installation.stop())

const plan = (change: Partial<Plan>): Plan =>
  aPlan()
    .do('look')
    .decide('go', {
      criteria: [
        { kind: 'rehearsed', id: 'rehearsed', sameHash: true, rollback: false, issuesResolved: false },
      ],
    })
    .with({ runbook: 'told', targets: {}, guardMs: 0, ...change })
    .build()

async function open(cutover: string, opened: Plan): Promise<void> {
  const { log } = installation
  const at = await log.now()
  const command = {
    type: 'open',
    plan: opened,
    plannedStart: at + HOUR,
    holders: HOLDERS,
    channelName: 'migration-test',
  } as const
  const decision = decide(null, command, { actor: person(ANA), at })
  if (!decision.ok) throw new Error(decision.refusal.message)
  await log.append({ cutover, expected: 0, events: decision.events, actor: person(ANA), key: cutover })
}

const act = (cutover: string, who: string, command: Parameters<typeof handleCommand>[2]) =>
  handleCommand(installation.log, cutover, command, { actor: person(who) })

/** A rehearsal that is gone through to its closing. */
async function rehearse(cutover: string, change: Partial<Plan> = {}): Promise<void> {
  const { until } = installation
  await open(cutover, plan({ live: false, environment: 'demo', ...change }))
  await until(cutover, (state) => state.steps['look']?.status === 'due')
  await act(cutover, ANA, { type: 'tick', step: 'look', result: 'done', fields: {} })
  for (const gate of ['go', 'complete']) {
    await until(cutover, (state) => state.gates[gate]?.open === true)
    for (const who of [ANA, BEN]) await act(cutover, who, { type: 'vote', gate, vote: 'go' })
  }
  await until(cutover, (state) => state.status === 'closed')
}

describe('a rehearsal', () => {
  it('tells how long each migration took, of the attempt that went well', () => {
    const c = atStart(aPlan().run('migrate', { undo: 'run' }).run('load', { undo: 'run' }).build())
    const part = (name: string, durationMs?: number) =>
      ({ name, outcome: 'done', ...(durationMs === undefined ? {} : { durationMs }) }) as const
    c.by(ANA, { type: 'run', step: 'migrate' })
    c.work('migrate', { outcome: 'failed', parts: [part('0001', 9_000)] })
    c.by(ANA, { type: 'retry', step: 'migrate', reason: 'mended' })
    c.work('migrate', { parts: [part('0001', 4_000), part('0002', 7_000), part('0000')] })
    c.by(ANA, { type: 'run', step: 'load' })
    c.work('load')

    expect(rehearsalOf(c.state).parts).toEqual({ migrate: { '0001': 4_000, '0002': 7_000 } })
  })
})

describe('a live cutover that asks to have been rehearsed', () => {
  it('is told the rehearsals of its own runbook, each once, those that end later too', async () => {
    await rehearse('rehearsal1')
    await rehearse('stranger1', { runbook: 'another' })
    await open('live1', plan({ live: true }))

    const told = await installation.until('live1', (state) => state.rehearsals.length === 1)
    expect(told.rehearsals[0]).toMatchObject({
      cutover: 'rehearsal1',
      hash: told.plan.hash,
      rolledBack: false,
    })

    await rehearse('rehearsal2')
    await act('live1', ANA, { type: 'note', text: 'a second rehearsal was closed' })
    await installation.until('live1', (state) => state.rehearsals.length === 2)
    const recorded = (await installation.log.events('live1')).filter(
      ({ type }) => type === 'rehearsal recorded',
    )
    expect(recorded).toHaveLength(2)
  })
})
