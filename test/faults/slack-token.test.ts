import { afterAll, beforeAll, expect } from 'vitest'
import { makeSlackAlarm } from '../../src/app/alarm-of-slack.ts'
import { handleCommand } from '../../src/app/handle-command.ts'
import { makeTellingOfSlack } from '../../src/app/tell-of-slack.ts'
import { repeatedly } from '../../src/cli/repeatedly.ts'
import { outageNow } from '../../src/domain/outages.ts'
import { makeContacts } from '../../src/postgres/contacts.ts'
import { makeNoticeClaims } from '../../src/postgres/notice-claims.ts'
import { openOffice, type Office } from '../bot/support/office.ts'
import { quiet } from '../support/installation.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { eventually } from '../workspace/support/control.ts'
import { faultWithoutQueue } from './support/fault.ts'

const ALARM_WITHIN_MS = 60_000

let server: TestPostgres
beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(() => server.stop())

interface Letter {
  readonly to: readonly string[]
  readonly notice: { readonly subject?: string; readonly text: string }
}

/** An office in which somebody watches Slack as `serve` does, with every wait as it is there. */
async function watched(
  body: (office: Office, told: { readonly lines: string[]; readonly mails: Letter[] }) => Promise<void>,
): Promise<void> {
  const office = await openOffice({ server })
  const lines: string[] = []
  const mails: Letter[] = []
  const tell = makeTellingOfSlack({
    log: office.log,
    logger: { ...quiet, error: (_, message) => void lines.push(message) },
    alarm: makeSlackAlarm({
      claims: makeNoticeClaims(office.pool),
      contacts: makeContacts(office.pool),
      directory: office.bot.directory,
      logins: office.logins,
      logger: quiet,
      mail: async (letter) => {
        mails.push(letter)
        return { rejected: [] }
      },
    }),
  })
  const looking = repeatedly(3_000, async () => tell(await office.bot.lookAtSlack()), quiet)
  try {
    await body(office, { lines, mails })
  } finally {
    await looking.stop()
    await office.stop()
  }
}

faultWithoutQueue(
  'T36',
  'the token is revoked in the midst: the cutover goes on, posts wait, and people are told within a minute',
  () =>
    watched(async (office, { lines, mails }) => {
      const { cutover, channel } = await office.open()
      const revoked = performance.now()
      await office.control.post('faults', { token: 'bot', state: 'revoked' })

      await eventually(() => mails.length > 0 && lines.length > 0, ALARM_WITHIN_MS)
      expect(performance.now() - revoked).toBeLessThan(ALARM_WITHIN_MS)
      expect(lines).toEqual([expect.stringContaining('SLACK IS AWAY')])
      expect(mails).toHaveLength(1)
      expect(mails[0]?.to).toEqual(
        expect.arrayContaining([expect.stringContaining('ana'), expect.stringContaining('giorgi')]),
      )
      expect(mails[0]?.notice.text).toContain('CUTOVER_SLACK_BOT_TOKEN')
      expect(office.bot.trouble()).toMatchObject({
        how: 'refused',
        why: expect.stringContaining('token_revoked'),
      })
      expect(outageNow(await office.state(cutover))).toMatchObject({ how: 'refused' })

      // It goes on by the command line.
      const tick = { type: 'tick', step: 'told', result: 'done', fields: {} } as const
      const actor = { kind: 'person', person: office.id('giorgi'), via: 'cli' } as const
      expect(await handleCommand(office.log, cutover, tick, { actor })).toMatchObject({ ok: true })
      await office.until(cutover, ({ steps }) => steps['counted']?.status === 'due')
      office.bot.changed(cutover)
      await eventually(() => office.bot.parked() > 0, 15_000)
      const calls = (await office.control.calls('chat.postMessage')).length

      await office.control.post('faults', { token: 'bot', state: 'valid' })
      await office.until(cutover, (state) => outageNow(state) === undefined)
      office.bot.changed(cutover)
      await eventually(async () => {
        const messages = await office.control.messages(channel)
        return messages.some(({ plain }) => /Slack was away/.test(plain) && /Tell the shops/.test(plain))
      }, 15_000)
      await eventually(() => office.bot.parked() === 0, 15_000)
      // The summary, and who is asked now: nothing of what was overtaken.
      expect((await office.control.calls('chat.postMessage')).length - calls).toBeLessThanOrEqual(3)
      expect(mails).toHaveLength(1)
    }),
)

faultWithoutQueue(
  'no socket',
  'nothing that is pressed arrives: the board says so, where it still can, and a call that is lost now and then is no alarm',
  () =>
    watched(async (office, { mails }) => {
      const { cutover, channel } = await office.open()
      await office.control.post('faults', { method: 'auth.test', kind: 'close', times: 2 })
      await office.control.post('faults', {
        faults: [{ socket: 'refuse', times: 'always' }, { socket: 'drop' }],
      })

      const state = await eventually(async () => {
        const now = await office.state(cutover)
        return outageNow(now) === undefined ? undefined : now
      }, ALARM_WITHIN_MS)
      expect(outageNow(state)).toMatchObject({ how: 'deaf' })
      await eventually(() => mails.length > 0, 10_000)
      expect(mails[0]?.notice.text).toContain('does not arrive')
      office.bot.changed(cutover)
      await eventually(async () => {
        const [board] = (await office.control.messages(channel)).filter(({ pinned }) => pinned)
        return board?.plain.includes('what you press here does not arrive')
      }, 15_000)
    }),
  { timeoutMs: 120_000, takesMinutes: true },
)
