import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { expectAcknowledged, offering, openOffice, plainView, type Office } from './support/office.ts'

let server: TestPostgres
let office: Office

beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(() => server.stop())
beforeEach(async () => {
  office = await openOffice({ server })
})
afterEach(() => office.stop())

const tickedOf = (step: string) => (state: Awaited<ReturnType<Office['state']>>) =>
  state.steps[step]?.status === 'done'

describe('a tick', () => {
  it('is recorded by one click and shows on the card', async () => {
    const { cutover, channel } = await office.open()

    expectAcknowledged(await office.press('giorgi', channel, 'step.tick', { about: 'told' }))

    const state = await office.state(cutover)
    expect(state.steps['told']).toMatchObject({
      status: 'done',
      tick: { by: { kind: 'person', person: office.id('giorgi'), via: 'slack' } },
    })
    expect(await office.told('giorgi')).toEqual([])
  })

  it('counts once however often it is pressed', async () => {
    const { cutover, channel } = await office.open()
    await office.until(cutover, (state) => state.steps['told']?.status === 'due')
    const message = await office.control.messages(channel)
    expect(message.length).toBeGreaterThan(0)
    const card = await findOffer(channel, 'told')

    const clicks = await Promise.all(
      [1, 2, 3].map(() =>
        office.press('giorgi', channel, 'step.tick', { about: 'told', message: card, stale: true }),
      ),
    )
    for (const click of clicks) expectAcknowledged(click)

    const events = await office.log.events(cutover)
    expect(events.filter(({ type }) => type === 'step ticked')).toHaveLength(1)
    expect(await office.told('giorgi')).toEqual([])
  })
})

async function findOffer(channel: string, about: string) {
  for (;;) {
    const found = await offering(office.control, channel, 'step.tick', about)
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
void plainView
void tickedOf
