import { afterAll, beforeAll, expect, it } from 'vitest'
import { decide } from '../../src/domain/decide.ts'
import { HOLDERS, person } from '../support/cutover.ts'
import { startInstallation, type Installation } from '../support/installation.ts'
import { makeKnown } from '../support/known-plans.ts'
import { ANA, aPlan, HOUR } from '../support/plans.ts'

let installation: Installation

beforeAll(async () => {
  installation = await startInstallation()
})
afterAll(() => installation.stop())

it('a worker that drains starts nothing more and stays until what runs has ended and was told', async () => {
  const { log, until } = installation
  const worker = await installation.startWorker()
  const cutover = await openWith(['bash', '-c', 'sleep 2; echo done'])
  await until(cutover, (state) => Object.values(state.attempts)[0]?.status === 'running')

  const draining = worker.drain()
  const later = await openWith(['true'])
  await draining

  const ended = (await log.load(cutover))?.state
  expect(Object.values(ended?.attempts ?? {})).toMatchObject([{ status: 'ended', outcome: 'succeeded' }])
  const waiting = await until(later, (state) => Object.keys(state.attempts).length > 0)
  expect(Object.values(waiting.attempts)).toMatchObject([{ status: 'dispatched' }])
})

async function openWith(argv: readonly string[]): Promise<string> {
  const { log } = installation
  const at = await log.now()
  const plan = aPlan()
    .run('work', {
      begin: 'auto',
      irreversible: 'a test',
      mutating: true,
      lateMs: 24 * HOUR,
      work: { uses: 'command', with: { argv } },
    })
    .with({ targets: {}, live: true })
    .build()
  const decision = decide(
    null,
    { type: 'open', plan, plannedStart: at + HOUR, holders: HOLDERS, channelName: 'migration-drain' },
    { actor: person(ANA), at },
  )
  if (!decision.ok) throw new Error(decision.refusal.message)
  const cutover = `drain-${argv.length}`
  makeKnown(log, cutover, plan)
  await log.append({ cutover, expected: 0, events: decision.events, actor: person(ANA), key: cutover })
  return cutover
}
