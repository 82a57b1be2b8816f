import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { handleCommand } from '../../src/app/handle-command.ts'
import { decide } from '../../src/domain/decide.ts'
import type { Actor } from '../../src/domain/events.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { HOLDERS, person } from '../support/cutover.ts'
import { startInstallation, type Installation } from '../support/installation.ts'
import { makeKnown } from '../support/known-plans.ts'
import { ANA, aPlan, BEN, HOUR } from '../support/plans.ts'

let installation: Installation
let opened = 0

beforeAll(async () => {
  installation = await startInstallation()
  await installation.startWorker()
})
afterAll(() => installation.stop())

async function open(plan: Plan, actor: Actor = person(ANA)): Promise<string> {
  const { log } = installation
  opened += 1
  const cutover = `skeleton${opened}`
  const at = await log.now()
  const decision = decide(
    null,
    { type: 'open', plan, plannedStart: at + HOUR, holders: HOLDERS, channelName: 'migration-test' },
    { actor, at },
  )
  if (!decision.ok) throw new Error(decision.refusal.message)
  makeKnown(log, cutover, plan)
  await log.append({ cutover, expected: 0, events: decision.events, actor, key: cutover })
  return cutover
}

describe('a do, a run and a decide', () => {
  it('go from the opening to the last gate through log, queue, worker and runner', async () => {
    const plan = aPlan()
      .do('stop')
      .run('copy', {
        begin: 'auto',
        irreversible: 'a test',
        mutating: true,
        lateMs: 24 * HOUR,
        work: { uses: 'command', with: { argv: ['bash', '-c', 'echo one; echo two'] } },
      })
      .decide('go')
      .with({ targets: {}, live: true })
      .build()
    const cutover = await open(plan)
    const { log, until } = installation

    await until(cutover, (state) => state.steps['stop']?.status === 'due')
    const ticked = await handleCommand(
      log,
      cutover,
      { type: 'tick', step: 'stop', result: 'done', fields: {} },
      { actor: person(ANA) },
    )
    expect(ticked.ok).toBe(true)

    const copied = await until(cutover, (state) => state.steps['copy']?.status === 'done')
    const attempt = copied.attempts[copied.steps['copy']?.attempts[0] ?? '']
    expect(attempt).toMatchObject({ status: 'ended', outcome: 'succeeded', exit: 0 })

    await until(cutover, (state) => state.gates['go']?.open === true)
    await handleCommand(log, cutover, { type: 'vote', gate: 'go', vote: 'go' }, { actor: person(ANA) })
    await handleCommand(log, cutover, { type: 'vote', gate: 'go', vote: 'go' }, { actor: person(BEN) })
    const decided = await until(cutover, (state) => state.gates['go']?.decision !== undefined)

    expect(decided.gates['go']?.decision?.decision).toBe('go')
  })
})
