import { expect } from 'vitest'
import { runsOf, effect } from './support/effects.ts'
import { fault } from './support/fault.ts'
import { aPlan } from '../support/plans.ts'

const ADOPTED_WITHIN_MS = 10_000
const UNKNOWN_WITHIN_MS = 30_000

fault('T01', 'kill -9 of the worker while a step runs', async (rig) => {
  const first = await rig.worker()
  await rig.worker()
  const cutover = await rig.open(aPlan().run('copy', effect('adopted')))
  const attempt = await rig.running(cutover)

  await first.kill()
  await expect.poll(() => rig.typesOf(cutover), { timeout: ADOPTED_WITHIN_MS }).toContain('attempt adopted')
  rig.letEnd('adopted')

  const state = await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
  expect(Object.keys(state.attempts)).toEqual([attempt])
  expect((await rig.typesOf(cutover)).filter((type) => type === 'attempt adopted')).toHaveLength(1)
  expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
})

fault('T02', 'kill -9 of worker, runner and command', async (rig) => {
  const first = await rig.worker()
  const cutover = await rig.open(aPlan().run('copy', effect(60)))
  const attempt = await rig.running(cutover)

  await first.kill()
  rig.killAll(rig.pidsOf(attempt))
  const before = performance.now()
  await rig.worker()

  const state = await rig.until(
    cutover,
    ({ steps }) => steps['copy']?.status === 'unknown',
    UNKNOWN_WITHIN_MS,
  )
  expect(performance.now() - before).toBeLessThan(UNKNOWN_WITHIN_MS)
  expect(state.attempts[attempt]?.status).toBe('unknown')
  // Long enough for whoever would try again by itself.
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const later = await rig.until(cutover, () => true)
  expect(Object.keys(later.attempts)).toEqual([attempt])
  expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start'])
})

fault('T02', 'kill -9 of the only worker, for longer than half a minute', async (rig) => {
  const first = await rig.worker()
  const cutover = await rig.open(aPlan().run('copy', effect('unseen')))
  const attempt = await rig.running(cutover)
  await first.kill()
  await rig.pool.query(`update cutover.pool set seen_at = now() - interval '31 seconds'`)
  const unseen = await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'unknown')
  expect(unseen.attempts[attempt]?.status).toBe('unobserved')

  await rig.worker()
  await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'active')
  rig.letEnd('unseen')
  await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
  expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
})

fault('T05', 'kill -9 of the worker within the transaction of the spawn', async (rig) => {
  const { pool } = rig
  await pool.query(`
    create function linger() returns trigger language plpgsql as $$ begin perform pg_sleep(20); return new; end $$;
    create trigger linger before insert on cutover.event for each row
      when (new.type = 'attempt spawning') execute function linger();`)
  rig.atEnd(async () => {
    await pool.query('drop trigger if exists linger on cutover.event; drop function linger')
  })
  const first = await rig.worker()
  const cutover = await rig.open(aPlan().run('copy', effect(0.5)))
  const lingers = `select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`
  await expect.poll(async () => (await pool.query(lingers)).rowCount, { timeout: 20_000 }).toBe(1)

  await first.kill()
  await pool.query(lingers.replace('from', 'pg_terminate_backend(pid) from'))
  await pool.query('drop trigger linger on cutover.event')
  const { attempts } = await rig.until(cutover, () => true)
  expect(Object.values(attempts)).toMatchObject([{ status: 'claimed' }])
  await rig.worker()
  await pool.query(
    `update cutover.ticket set changed_at = now() - interval '31 seconds' where status = 'claimed'`,
  )

  const state = await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
  expect(Object.values(state.attempts).map(({ status }) => status)).toEqual(['revoked', 'ended'])
  expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
})

fault('T39', 'no serve was seen for 15 s, and one is back', async (rig) => {
  const cutover = await rig.open(aPlan().run('copy', effect(0.5)))
  await rig.until(cutover, ({ attempts }) => Object.keys(attempts).length === 1)
  await new Promise((resolve) => setTimeout(resolve, 300))
  await rig.pauseServe()
  await rig.pool.query(`update cutover.serve set seen_at = now() - interval '16 seconds'`)
  await rig.worker()
  await rig.until(cutover, ({ attempts }) => Object.values(attempts)[0]?.status === 'claimed')
  await new Promise((resolve) => setTimeout(resolve, 2000))
  expect(await rig.typesOf(cutover)).not.toContain('attempt spawning')

  // It is as if serve had been away for half a minute.
  await rig.pool.query(
    `update cutover.ticket set changed_at = now() - interval '31 seconds' where status = 'claimed'`,
  )
  rig.resumeServe()
  await rig.until(cutover, ({ steps }) => steps['copy']?.status === 'done')
  expect(runsOf(await rig.effects(), `${cutover}.copy`)).toEqual(['start end'])
})
