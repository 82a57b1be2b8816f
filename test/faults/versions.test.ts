import { expect } from 'vitest'
import { makeLogins } from '../../src/postgres/logins.ts'
import { person } from '../support/cutover.ts'
import { ANA, aPlan } from '../support/plans.ts'
import { tokenOf } from '../support/serving.ts'
import { effect, runsOf } from './support/effects.ts'
import { fault } from './support/fault.ts'
import { otherVersion } from './support/other-version.ts'
import { startServeProcess, type ServeProcess } from './support/serve-process.ts'

const OLDER = '0.0.1'
/** As a team may have had it before: the queue itself runs a stalled job again, and thinks soon that it has stalled. */
const REPEATS_STALLED = [
  { file: 'jobs/connection.js', from: 'maxStalledCount: 0', to: 'maxStalledCount: 1' },
  { file: 'jobs/connection.js', from: 'maxStartedAttempts: 1,', to: '' },
  { file: 'jobs/connection.js', from: /LOCK_MS = \d+_?\d*/, to: 'LOCK_MS = 1000' },
  { file: 'jobs/connection.js', from: /STALL_CHECK_MS = \d+_?\d*/, to: 'STALL_CHECK_MS = 500' },
] as const

fault(
  'T13',
  'a worker whose queue runs stalled jobs again',
  async (rig) => {
    const older = otherVersion(OLDER, { changes: REPEATS_STALLED })
    const { pool } = rig
    try {
      await pool.query(`
      create function linger() returns trigger language plpgsql as $$ begin perform pg_sleep(1); return new; end $$;
      create trigger linger before insert on cutover.event for each row
        when (new.type = 'attempt claimed') execute function linger();`)
      const first = await rig.worker({ main: older.main })
      const cutover = await rig.open(aPlan().run('copy', effect(1)))
      await expect.poll(() => rig.typesOf(cutover), { timeout: 20_000 }).toContain('attempt claimed')
      first.pause()
      const second = await rig.worker({ main: older.main })

      await expect.poll(() => second.output(), { timeout: 20_000 }).toContain('attempt not claimed')
      first.resume()

      const state = await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done', 90_000)
      const [won] = Object.values(state.attempts).filter(({ outcome }) => outcome === 'succeeded')
      expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
      expect(won).toBeDefined()
    } finally {
      await pool.query('drop trigger if exists linger on cutover.event; drop function if exists linger')
      older.remove()
    }
  },
  { takesMinutes: true, timeoutMs: 180_000 },
)

fault('T13', 'a worker that is older than the log', async (rig) => {
  const older = otherVersion(OLDER, { lacks: '0006_contacts.sql' })
  try {
    const first = await rig.worker({ main: older.main })
    const cutover = await rig.open(aPlan().run('copy', effect(1)))
    await expect
      .poll(() => first.output(), { timeout: 20_000 })
      .toContain('older than the log and begins nothing')
    expect(await rig.typesOf(cutover)).not.toContain('attempt claimed')

    await first.stop()
    await rig.worker()

    await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
    expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
  } finally {
    older.remove()
  }
})

// That two bots post nothing twice is in test/bot/two-leaders.test.ts.
fault(
  'T39',
  'two of serve, one of them older, which leads',
  async (rig) => {
    const older = otherVersion(OLDER, {
      changes: [{ file: 'postgres/codec.js', from: "'note added': 1,", to: '' }],
    })
    const place = { ...rig, ...(rig.redis === undefined ? {} : { redisUrl: rig.redis.url }) }
    const serves: ServeProcess[] = []
    await rig.pauseServe()
    await rig.pool.query('delete from cutover.lease')
    try {
      const old = await startServeProcess({ ...place, main: older.main })
      serves.push(old)
      await expect.poll(() => old.leads(), { timeout: 20_000 }).toBe(true)
      const current = await startServeProcess(place)
      serves.push(current)
      await rig.worker()
      const cutover = await rig.open(aPlan().run('first', effect(1)).run('second', effect('second')))
      await rig.until(cutover, ({ attempts }) => attempts[`${cutover}.second.1`]?.status === 'running')
      expect(await Promise.all(serves.map((serve) => serve.leads()))).toEqual([true, false])

      // Something that only the newer one knows.
      await rig.say(cutover, { type: 'note', text: 'the newer one wrote this' }, person(ANA))
      const token = await tokenOf(makeLogins(rig.pool), ANA)
      const hold = (serve: ServeProcess) => command(serve, cutover, token, { type: 'hold', reason: 'to see' })
      expect(await hold(old)).toMatchObject({
        status: 409,
        body: { code: 'newer version', message: expect.stringContaining('Run the newer version') },
      })
      expect(await rig.typesOf(cutover)).not.toContain('cutover held')
      expect(await look(old, cutover, token)).toMatchObject({
        status: 200,
        body: { readOnly: expect.stringContaining('"note added" in version 1') },
      })

      rig.letEnd('second')
      await rig.until(cutover, ({ steps }) => steps['second']?.status === 'done')
      await expect.poll(() => current.leads(), { timeout: 60_000 }).toBe(true)
      expect(await old.leads()).toBe(false)
      expect((await hold(current)).status).toBe(200)

      for (const step of ['first', 'second'])
        expect(runsOf(await rig.effects(), `${cutover}.${step}`)).toEqual(['start end'])
      const dispatched = (await rig.typesOf(cutover)).filter((type) => type === 'attempt dispatched')
      expect(dispatched).toHaveLength(2)
    } finally {
      await Promise.all(serves.map((serve) => serve.kill()))
      await rig.pool.query('delete from cutover.lease')
      rig.resumeServe()
      older.remove()
    }
  },
  { takesMinutes: true, timeoutMs: 180_000 },
)

async function command(serve: ServeProcess, cutover: string, token: string, said: object) {
  const response = await fetch(`${serve.url}/v1/cutovers/${cutover}/commands`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ command: said, key: `${serve.url}/${cutover}` }),
  })
  return { status: response.status, body: (await response.json()) as object }
}

async function look(serve: ServeProcess, cutover: string, token: string) {
  const response = await fetch(`${serve.url}/v1/cutovers/${cutover}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return { status: response.status, body: (await response.json()) as object }
}
