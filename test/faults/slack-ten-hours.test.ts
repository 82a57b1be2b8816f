import { readFileSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect } from 'vitest'
import { outageNow } from '../../src/domain/outages.ts'
import type { Recorded } from '../../src/domain/events.ts'
import type { CutoverState } from '../../src/domain/state.ts'
import { startProduct, type Product, type Ran } from '../support/product.ts'
import { moveClockOn, shiftClock } from '../support/shifted-clock.ts'
import { handsIn, type Hands } from '../support/slack-hands.ts'
import { faultWithoutQueue, isWhole } from './support/fault.ts'
import { bringSlackBack, callsUntilNow, postedSince, takeSlackAway } from './support/slack-gone.ts'

// T32. Everything runs as processes: the log, serve, a worker, the step, the command line of each person. What is
// simulated is the length of the night: the clock of the log is moved on by half an hour twenty times while Slack
// is gone, and after each time it is waited until what had fallen due was done. Heartbeats keep the true time.

const HALF_HOURS = 20
const HALF_HOUR_MS = 30 * 60_000
const PEOPLE = ['ana', 'giorgi'] as const

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')

let product: Product
let hands: Hands

beforeAll(async () => {
  if (!isWhole) return
  product = await startProduct({
    pool: 'db',
    runbooks: { 'night.yaml': fixture('night.yaml'), 'templates/said.hbs': fixture('said.hbs') },
    prepareLog: shiftClock,
    bindings: async () => ({ environments: { production: { live: true } } }),
  })
  await copyFile(new URL('fixtures/beats.mjs', import.meta.url), join(product.folder, 'beats.mjs'))
  hands = handsIn(product)
})
afterAll(async () => {
  if (isWhole) await product.stop()
})

async function state(cutover: string): Promise<CutoverState> {
  const loaded = await product.log.load(cutover)
  if (loaded === null) throw new Error(`there is no cutover ${cutover}`)
  return loaded.state
}

async function until(
  cutover: string,
  says: (state: CutoverState) => boolean,
  what: string,
): Promise<CutoverState> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const now = await state(cutover)
    if (says(now)) return now
    if (Date.now() > deadline) throw new Error(`${what} did not come:\n${await product.output()}`)
    await sleep(100)
  }
}

/** `cutover login` in a terminal, and its code confirmed in Slack. */
async function login(who: string): Promise<void> {
  const child = product.cliProcess(who, ['login'])
  let out = ''
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  const ended = new Promise((resolve) => child.once('exit', resolve))
  while (!/login [A-Z0-9-]{9}/.test(out)) await sleep(50)
  await hands.command(who, 'general', `/cutover ${/login [A-Z0-9-]{9}/.exec(out)?.[0] ?? ''}`)
  expect(await ended).toBe(0)
}

/** Long commands of a person, as they type them. */
async function types(who: string, words: string): Promise<Ran> {
  const ran = await product.cli(who, words.split(' '))
  expect(ran, `${who}: cutover ${words}: ${ran.err}`).toMatchObject({ code: 0 })
  return ran
}

async function open(): Promise<string> {
  const at = new Date(Date.now() + 20 * 60_000).toISOString().slice(0, 16)
  const holders = ['lead=@ana', 'observer=@giorgi', 'communicator=@nino']
  const words = ['start', 'night', '--environment', 'production', '--at', at, '--json']
  const ran = await product.cli('ana', [...words, ...holders.flatMap((holder) => ['--holder', holder])])
  expect(ran).toMatchObject({ code: 0 })
  return (JSON.parse(ran.out) as { cutover: string }).cutover
}

const mailsAbout = (about: RegExp) => product.mail.messages().filter(({ subject }) => about.test(subject))

/** Twenty times half an hour, each with what it brings. Gives how many updates were promised and kept by mail. */
async function nightPasses(cutover: string): Promise<number> {
  const before = mailsAbout(/moves at night/).length
  for (let half = 1; half <= HALF_HOURS; half += 1) {
    const known = mailsAbout(/moves at night/).length
    await moveClockOn(product.logUrl, HALF_HOUR_MS)
    await expect.poll(() => mailsAbout(/moves at night/).length, { timeout: 20_000 }).toBeGreaterThan(known)
  }
  expect(outageNow(await state(cutover))).toBeDefined()
  return mailsAbout(/moves at night/).length - before
}

async function longestPauseMs(): Promise<number> {
  const beats = (await readFile(join(product.folder, 'beats.txt'), 'utf8')).trim().split('\n').map(Number)
  return Math.max(...beats.slice(1).map((at, index) => at - (beats[index] ?? at)))
}

/** Posts in the moments after Slack came back, until it has been quiet for a while. */
async function settled(after: number) {
  let last = -1
  for (;;) {
    await sleep(6_000)
    const posted = await postedSince(product, after)
    if (posted.length === last) return posted
    last = posted.length
  }
}

const typesIn = (events: readonly Recorded[], type: Recorded['type']): number =>
  events.filter((event) => event.type === type).length

faultWithoutQueue(
  'T32',
  'ten hours without Slack over two gates: done by two people at the command line, told in one message after it',
  async () => {
    for (const who of PEOPLE) await login(who)
    const cutover = await open()
    const channel = await hands.channel('night-production')
    await hands.press('ana', channel, 'step.tick', /Announce the night/)
    await hands.press('ana', channel, 'gate.go', /Go or no-go/)
    await until(cutover, ({ gates }) => gates['go']?.votes.length === 1, 'the vote in Slack')

    await takeSlackAway(product)
    const gone = performance.now()
    await until(cutover, (now) => outageNow(now) !== undefined, 'the outage')
    const noticedMs = performance.now() - gone
    await expect.poll(() => mailsAbout(/Slack is away/).length, { timeout: 20_000 }).toBe(1)
    const [alarm] = mailsAbout(/Slack is away/)
    expect(alarm?.to).toEqual(expect.arrayContaining([expect.stringContaining('ana')]))
    expect(alarm?.text).toContain(`cutover status --cutover ${cutover}`)

    // The Slack user and the login are one person: her GO counts once, his makes two.
    const twice = await product.cli('ana', ['go', 'go', '--cutover', cutover])
    expect(twice.code).not.toBe(0)
    const shown = await types('giorgi', `status --cutover ${cutover}`)
    expect(shown.out).toMatch(/Slack +away since/)
    expect(shown.out).toMatch(/Without a login of the command line.*@nino/)
    await types('giorgi', `go go --cutover ${cutover}`)
    await until(cutover, ({ steps }) => steps['go']?.status === 'done', 'the first decision')
    await moveClockOn(product.logUrl, HALF_HOUR_MS)
    await until(cutover, ({ steps }) => steps['stopped']?.status === 'due', 'the stop')
    await types('ana', `tick stopped --cutover ${cutover}`)
    // A notice for Slack holds up nothing.
    await until(cutover, ({ steps }) => steps['closed']?.status === 'done', 'the notice')
    await until(cutover, ({ steps }) => steps['moved']?.status === 'active', 'the long step')

    const updates = await nightPasses(cutover)

    await writeFile(join(product.folder, 'end'), '')
    await until(cutover, ({ gates }) => gates['reopen']?.open === true, 'the second gate')
    await types('ana', `go reopen --cutover ${cutover}`)
    await types('giorgi', `go reopen --cutover ${cutover}`)
    await until(cutover, ({ steps }) => steps['started']?.status === 'due', 'the reopening')
    await types('giorgi', `tick started --cutover ${cutover}`)
    await until(cutover, ({ steps }) => steps['looked']?.status === 'due', 'the last look')

    const before = await callsUntilNow(product)
    const back = performance.now()
    await bringSlackBack(product)
    await until(cutover, (now) => outageNow(now) === undefined, 'the end of the outage')
    const knownMs = performance.now() - back
    const posted = await settled(before)

    const ownId = (await product.control('/control/channels')) as {
      channels: readonly { id: string; name: string }[]
    }
    const own = ownId.channels.find(({ name }) => name === channel)?.id
    const inChannel = posted.filter((one) => one.channel === own && !one.isReply)
    const elsewhere = posted.filter((one) => one.channel !== own)
    const summaries = inChannel.filter(({ key }) => key.startsWith('missed/'))
    expect(noticedMs).toBeLessThan(60_000)
    expect(knownMs).toBeLessThan(60_000)
    expect(summaries).toHaveLength(1)
    expect(inChannel[0]?.key).toBe(summaries[0]?.key)
    expect(elsewhere.filter(({ key }) => key.startsWith('missed/'))).toHaveLength(1)
    expect(elsewhere.length).toBeLessThanOrEqual(3)
    expect(inChannel.length).toBeLessThanOrEqual(7)

    const summary = (await hands.sees(channel, /Slack was away/)).plain.replaceAll('*', '')
    expect(summary.match(/GO on Go or no-go\?/g)).toHaveLength(1)
    expect(summary).toMatch(/GO on Go or no-go\? · by @ana \(Slack\) and @giorgi \(command line\)/)
    expect(summary).toMatch(/GO on Reopen\? · by @ana \(command line\) and @giorgi \(command line\)/)
    expect(summary).toMatch(/record `?\d+:[0-9a-f]{64}/)
    expect(summary).toContain('Move the shop')

    const events = await product.log.events(cutover)
    expect(typesIn(events, 'gate decided')).toBe(2)
    expect(typesIn(events, 'attempt spawning')).toBe(1)
    expect(typesIn(events, 'slack went away')).toBe(1)
    expect(typesIn(events, 'slack came back')).toBe(1)
    expect(updates).toBeGreaterThanOrEqual(HALF_HOURS)
    // Something every 20 ms, on a machine that others use too.
    expect(await longestPauseMs()).toBeLessThan(2_000)

    await hands.press('giorgi', channel, 'step.tick', /Look at the numbers/)
    await until(cutover, ({ steps }) => steps['looked']?.status === 'done', 'a click after it')
  },
  { takesMinutes: true, timeoutMs: 420_000 },
)
