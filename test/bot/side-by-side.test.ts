import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { handleCommand } from '../../src/app/handle-command.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { eventually } from '../workspace/support/control.ts'
import { offering, openOffice } from './support/office.ts'

let server: TestPostgres

beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(() => server.stop())

/** Sooner than a call that hangs is given up. */
const SOON_MS = 4_000

test('a cutover whose channel hangs in Slack holds up no other one', async () => {
  const office = await openOffice({ server })
  try {
    const [one, other] = [await office.open(), await office.open()]
    const tick = (cutover: string) =>
      handleCommand(
        office.log,
        cutover,
        { type: 'tick', step: 'told', result: 'done', fields: {} },
        { actor: { kind: 'person', person: office.id('giorgi'), via: 'cli' } },
      )
    await eventually(() => offering(office.control, one.channel, 'step.tick', 'told'), 10_000)
    await eventually(() => offering(office.control, other.channel, 'step.tick', 'told'), 10_000)
    // What has just been posted waits a moment for further changes; this is about calls that are on their way.
    await sleep(3_500)
    await office.control.post('faults', {
      method: 'chat.update',
      kind: 'hang',
      times: 'always',
      where: { channel: one.channel },
    })

    await tick(one.cutover)
    await office.until(one.cutover, ({ steps }) => steps['counted']?.status === 'due')
    office.bot.changed(one.cutover)
    const begun = Date.now()
    await office.bot.project()
    expect(Date.now() - begun).toBeLessThan(SOON_MS)
    await tick(other.cutover)

    await eventually(() => offering(office.control, other.channel, 'step.untick', 'told'), SOON_MS)
    expect(await offering(office.control, one.channel, 'step.untick', 'told')).toBeUndefined()
  } finally {
    await office.control.delete('faults')
    await office.stop()
  }
}, 60_000)
