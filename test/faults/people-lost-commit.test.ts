import { afterAll, beforeAll, expect } from 'vitest'
import { openOffice } from '../bot/support/office.ts'
import { startCuttingProxy } from '../support/cutting-proxy.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { faultWithoutQueue } from './support/fault.ts'
import { atTheGate } from './support/shop-gate.ts'

let server: TestPostgres
let proxy: Awaited<ReturnType<typeof startCuttingProxy>>

beforeAll(async () => {
  server = await startTestPostgres()
  proxy = await startCuttingProxy(server.port)
})
afterAll(async () => {
  await proxy.stop()
  await server.stop()
})

faultWithoutQueue(
  'T16',
  'the connection cut during the COMMIT of a GO, before and after the server heard it: one GO, and the person told so',
  async (trial) => {
    const office = await openOffice({ server, logPort: proxy.port })
    try {
      for (const how of ['before', 'after'] as const) {
        const { cutover, channel } = await atTheGate(office)
        proxy.cutAtNextCommit(how)

        const answer = await office.press('giorgi', channel, 'gate.go')

        expect(proxy.armed()).toBe(false)
        // Acknowledged without a word is “recorded”; what is not recorded would be said.
        expect(answer).toMatchObject({ ack: { status: 'acknowledged' } })
        expect(await office.told('giorgi')).toEqual([])
        const votes = (await office.log.events(cutover)).filter(({ type }) => type === 'vote cast')
        expect(votes, how).toHaveLength(1)
        await office.press('ana', channel, 'gate.go')
        await office.until(cutover, ({ gates }) => gates['go']?.decision?.decision === 'go')
        const ana = (await office.log.events(cutover)).filter(({ type }) => type === 'gate decided')
        expect(ana).toHaveLength(1)
      }
      trial.runs(2)
    } finally {
      await office.stop()
    }
  },
)
