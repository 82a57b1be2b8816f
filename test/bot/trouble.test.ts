import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { LogUnavailable } from '../../src/app/log-errors.ts'
import type { CutoverLog } from '../../src/app/ports.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { eventually } from '../workspace/support/control.ts'
import { offering, openOffice, type Office, type OfficeOptions } from './support/office.ts'

let server: TestPostgres
const open: Office[] = []

beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(() => server.stop())
afterEach(async () => {
  for (const office of open.splice(0)) await office.stop()
})

async function anOffice(options: Omit<OfficeOptions, 'server'> = {}): Promise<Office> {
  const office = await openOffice({ server, ...options })
  open.push(office)
  return office
}

/** A log that does as it is told from a moment on. */
function faultyLog() {
  const faults: { load?: () => Promise<void>; append?: () => Promise<void>; after?: () => Promise<void> } = {}
  const wrapLog = (log: CutoverLog): CutoverLog => ({
    ...log,
    async load(...args) {
      await faults.load?.()
      return log.load(...args)
    },
    async append(append) {
      await faults.append?.()
      const appended = await log.append(append)
      await faults.after?.()
      return appended
    },
  })
  return { faults, wrapLog }
}

const away = async (): Promise<void> => {
  throw new LogUnavailable(new Error('ECONNREFUSED'))
}

describe('when the log is away', () => {
  it('a click is told at once that nothing was recorded, with a reference that is in the log', async () => {
    const { faults, wrapLog } = faultyLog()
    const office = await anOffice({ wrapLog })
    const { cutover, channel } = await office.open()
    const message = await eventually(() => offering(office.control, channel, 'step.tick', 'told'))
    const before = await office.log.events(cutover)
    faults.load = away

    await office.press('giorgi', channel, 'step.tick', { about: 'told', message })

    const [told = ''] = await office.told('giorgi')
    expect(told).toMatch(/The log does not answer\. \*Nothing was recorded\.\*.*Reference `([0-9a-f]{8})`/)
    const reference = /`([0-9a-f]{8})`/.exec(told)?.[1]
    expect(JSON.stringify(office.lines)).toContain(`"request":"${reference}"`)
    expect(await office.log.events(cutover)).toHaveLength(before.length)
  })

  it('and only hangs, nothing is recorded later either', async () => {
    const { faults, wrapLog } = faultyLog()
    const office = await anOffice({ wrapLog, timings: { ackAfterMs: 200, giveUpAfterMs: 500 } })
    const { cutover, channel } = await office.open()
    const message = await eventually(() => offering(office.control, channel, 'step.tick', 'told'))
    faults.load = () => sleep(1_200)

    const clicked = await office.press('giorgi', channel, 'step.tick', { about: 'told', message })
    expect(clicked).toMatchObject({ ack: { status: 'acknowledged' } })

    const told = await eventually(async () => (await office.told('giorgi'))[0])
    expect(told).toContain('*Nothing was recorded.*')
    delete faults.load
    await sleep(1_200)
    expect((await office.log.events(cutover)).some(({ type }) => type === 'step ticked')).toBe(false)
  })
})

describe('an answer that takes long', () => {
  it('follows its acknowledgement', async () => {
    const { faults, wrapLog } = faultyLog()
    const office = await anOffice({ wrapLog, timings: { ackAfterMs: 150, giveUpAfterMs: 3_000 } })
    const { cutover, channel } = await office.open()
    faults.append = () => sleep(500)

    const answer = await office.say('ana', channel, '/cutover note slowly')
    expect(answer.ack).toMatchObject({ status: 'acknowledged' })
    expect(answer.ephemeral).toEqual([])

    expect(await eventually(async () => (await office.told('ana'))[0])).toBe('Recorded: note added.')
    expect((await office.state(cutover)).notes).toHaveLength(1)
  })

  it('keeps a form open and says in it how it ended', async () => {
    const { faults, wrapLog } = faultyLog()
    const office = await anOffice({ wrapLog, timings: { ackAfterMs: 150, giveUpAfterMs: 3_000 } })
    const { channel } = await office.open()
    await office.press('giorgi', channel, 'step.tick-failed', { about: 'told' })
    faults.append = () => sleep(500)

    await office.submit('giorgi', { reason: 'nobody answers' })
    expect(JSON.stringify((await office.modal('giorgi')).blocks)).toContain('Recording…')

    await eventually(async () => JSON.stringify((await office.modal('giorgi')).blocks).includes('Recorded.'))
  })

  it('that the log never gives is not guessed', async () => {
    const { faults, wrapLog } = faultyLog()
    const office = await anOffice({ wrapLog, timings: { ackAfterMs: 150, giveUpAfterMs: 400 } })
    const { cutover, channel } = await office.open()
    faults.after = () => sleep(1_500)

    await office.press('giorgi', channel, 'step.tick', { about: 'told' })

    const told = await eventually(async () => (await office.told('giorgi'))[0])
    expect(told).toContain('did not say whether this was recorded')
    expect((await office.state(cutover)).steps['told']?.status).toBe('done')
  })
})

describe('an acknowledgement that fails after the decision was recorded', () => {
  it('is answered by an ephemeral message', async () => {
    const { faults, wrapLog } = faultyLog()
    const office = await anOffice({ wrapLog })
    const { cutover, channel } = await office.open()
    faults.after = async () => {
      delete faults.after
      await office.control.post('faults', { faults: [{ socket: 'refuse', times: 2 }, { socket: 'drop' }] })
      await sleep(100)
    }

    const answer = await office.say('ana', channel, '/cutover hold the line')
    expect(answer.ack.status).not.toBe('acknowledged')

    expect((await office.state(cutover)).held).toBeDefined()
    const told = await eventually(async () =>
      (await office.told('ana')).find((text) => text.startsWith('Recorded')),
    )
    expect(told).toBe('Recorded: cutover held.')
    await eventually(() => office.bot.connected(), 5_000)
  })
})

describe('while Slack is away', () => {
  it('the bot starts, and works when Slack is back', async () => {
    const office = await anOffice({
      connection: async (workspace) => {
        await fetch(`${workspace.url}/control/faults`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            faults: [
              { token: 'bot', state: 'revoked' },
              { socket: 'refuse', times: 3 },
            ],
          }),
        })
        return { botToken: workspace.botToken, appToken: workspace.appToken, apiUrl: workspace.apiUrl }
      },
    })
    expect(office.bot.connected()).toBe(true)
    await office.control.post('faults', { token: 'bot', state: 'valid' })

    const { cutover, channel } = await office.open()
    await office.press('giorgi', channel, 'step.tick', { about: 'told' })
    expect((await office.state(cutover)).steps['told']?.status).toBe('done')
  })

  it('sockets that Slack renews are open again at once', async () => {
    const office = await anOffice()
    const { cutover, channel } = await office.open()
    await office.control.post('faults', { socket: 'disconnect', reason: 'refresh_requested' })

    const began = performance.now()
    await eventually(async () => {
      const answer = await office.say('ana', channel, '/cutover note after the refresh')
      return answer.ack.status === 'acknowledged'
    })

    expect(performance.now() - began).toBeLessThan(1_000)
    expect((await office.state(cutover)).notes.length).toBeGreaterThan(0)
  })
})
