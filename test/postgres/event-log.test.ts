import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Append } from '../../src/app/ports.ts'
import { handleCommand } from '../../src/app/handle-command.ts'
import type { CutoverEvent } from '../../src/domain/events.ts'
import { eventHash, GENESIS } from '../../src/postgres/hash.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { rebuildSummaries } from '../../src/postgres/summaries.ts'
import { inTransaction } from '../../src/postgres/transaction.ts'
import { storedEvents } from '../../src/postgres/verify.ts'
import { LEADER, person } from '../support/cutover.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan } from '../support/plans.ts'

let test: TestLog
beforeAll(async () => {
  test = await startTestLog()
})
afterAll(() => test.stop())

const rehearsal = () => aPlan().do('stop').run('copy', { begin: 'auto' }).with({ live: false, targets: {} })
const note = (text: string): CutoverEvent => ({ type: 'note added', data: { text } })
const append = (cutover: string, expected: number, over: Partial<Append> = {}): Append => ({
  cutover,
  expected,
  events: [note('hello')],
  actor: person(ANA),
  key: `${cutover}/${Math.random()}`,
  ...over,
})

async function positionOf(cutover: string): Promise<number> {
  return (await test.log.load(cutover))?.state.position ?? 0
}

async function count(table: string, where: string, values: readonly unknown[]): Promise<number> {
  const { rows } = await test.pool.query(`select count(*)::int as n from cutover.${table} where ${where}`, [
    ...values,
  ])
  return rows[0].n
}

describe('an append', () => {
  it('is refused when somebody appended since the decision', async () => {
    const id = await opening(test.log, rehearsal().build())
    const at = await positionOf(id)

    expect(await test.log.append(append(id, at))).toMatchObject({ ok: true })
    expect(await test.another().log.append(append(id, at))).toEqual({ ok: false, why: 'stale' })
    expect(await positionOf(id)).toBe(at + 1)
  })

  it('succeeds once when many come at the same position at the same moment', async () => {
    const id = await opening(test.log, rehearsal().build())
    const at = await positionOf(id)
    const logs = [test.log, test.another().log, test.another().log]
    await Promise.all(logs.map((log) => log.load(id)))

    const all = await Promise.all(
      Array.from({ length: 30 }, (_, n) => logs[n % 3]!.append(append(id, at, { key: `${id}/${n}` }))),
    )

    expect(all.filter((one) => one.ok)).toHaveLength(1)
    expect(all.filter((one) => !one.ok && one.why === 'stale')).toHaveLength(29)
    expect(await positionOf(id)).toBe(at + 1)
  })

  it('chains each event to the one before by a hash over the exact stored text', async () => {
    const id = await opening(test.log, rehearsal().build())
    await say(test.log, id, { type: 'note', text: 'Grüße, 🚢 თბილისი' }, person(ANA))

    const rows = await storedEvents(test.pool, id)

    expect(rows.length).toBeGreaterThan(1)
    expect(rows[0]?.previous).toBe(GENESIS)
    rows.forEach((row, n) => {
      expect(row.hash).toBe(eventHash(row))
      expect(row.previous).toBe(n === 0 ? GENESIS : rows[n - 1]?.hash)
    })
  })

  it('goes down as a whole when a ticket is not where the log says', async () => {
    const id = await opening(test.log, rehearsal().build())
    const attempt = `${id}.copy.1`
    const at = await positionOf(id)
    const dispatched: CutoverEvent = {
      type: 'attempt dispatched',
      data: { attempt, step: 'copy', n: 1, pool: 'db' },
    }
    const running: CutoverEvent = { type: 'attempt running', data: { attempt, host: 'h1' } }

    await expect(test.log.append(append(id, at, { events: [dispatched, running] }))).rejects.toThrow(
      /ticket of "attempt running"/,
    )

    expect(await positionOf(id)).toBe(at)
    expect(await count('event', 'cutover = $1', [id])).toBe(at)
    expect(await count('ticket', 'cutover = $1', [id])).toBe(0)
    expect(await count('outbox', 'attempt = $1', [attempt])).toBe(0)
    expect(await count('cutover', 'id = $1 and position = $2', [id, at])).toBe(1)
  })

  it('writes events, ticket, outbox and summary together', async () => {
    const id = await opening(test.log, rehearsal().build())
    await say(test.log, id, { type: 'hold', reason: 'wait' }, person(ANA))
    const at = await positionOf(id)
    const attempt = `${id}.copy.1`

    const done = await test.log.append(
      append(id, at, {
        events: [{ type: 'attempt dispatched', data: { attempt, step: 'copy', n: 1, pool: 'db' } }],
      }),
    )

    expect(done).toMatchObject({ ok: true, state: { position: at + 1 } })
    expect(await count('ticket', `attempt = $1 and status = 'dispatched'`, [attempt])).toBe(1)
    expect(await count('outbox', 'attempt = $1', [attempt])).toBe(1)
    expect(await count('cutover', 'id = $1 and position = $2', [id, at + 1])).toBe(1)
  })
})

describe('the database', () => {
  it.each(['event', 'registry'])('refuses update, delete and truncate of %s', async (table) => {
    await opening(test.log, rehearsal().build())
    for (const sql of [
      `update cutover.${table} set hash = 'x'`,
      `delete from cutover.${table}`,
      `truncate cutover.${table} cascade`,
    ]) {
      await expect(test.pool.query(sql)).rejects.toThrow('append-only')
    }
  })

  it('is brought up to date by several processes at the same moment', async () => {
    const url = await test.server.createDatabase('fresh')
    const applied = await Promise.all([1, 2, 3].map(() => migrate(test.another(url).pool)))
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1)
  })
})

describe('an idempotency key', () => {
  it('counts once, however many use it at the same moment', async () => {
    const id = await opening(test.log, rehearsal().build())
    const logs = [test.log, test.another().log]

    const all = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        handleCommand(
          logs[n % 2]!,
          id,
          { type: 'note', text: 'once' },
          { actor: person(ANA), key: `${id}/once` },
        ),
      ),
    )

    expect(all.every((one) => one.ok)).toBe(true)
    expect(all.filter((one) => one.ok && !one.repeated)).toHaveLength(1)
    expect((await test.log.load(id))?.state.notes).toHaveLength(1)
  })

  it('opens one cutover when two processes open with it at the same moment', async () => {
    const events = (await test.log.events(await opening(test.log, rehearsal().build()))).slice(0, 1)
    const open = (cutover: string, log = test.log) =>
      log.append({ cutover, expected: 0, events, actor: person(ANA), key: 'open twice' })

    const all = await Promise.all([open('twice1'), open('twice2', test.another().log)])

    expect(all.filter((one) => one.ok)).toHaveLength(1)
    const winner = all[0]?.ok ? 'twice1' : 'twice2'
    expect(all.find((one) => !one.ok)).toEqual({ ok: false, why: 'repeated', cutover: winner })
    expect(await count('cutover', `id in ('twice1', 'twice2')`, [])).toBe(1)
  })

  it('counts for one of two cutovers that are written to with it at the same moment', async () => {
    const ids = [await opening(test.log, rehearsal().build()), await opening(test.log, rehearsal().build())]
    const logs = [test.log, test.another().log]
    for (let round = 0; round < 20; round += 1) {
      const all = await Promise.all(
        ids.map((id, n) =>
          handleCommand(
            logs[n]!,
            id,
            { type: 'note', text: 'mine' },
            { actor: person(ANA), key: `shared/${round}` },
          ),
        ),
      )
      expect(all.filter((one) => one.ok)).toHaveLength(1)
      expect(all.find((one) => !one.ok)).toMatchObject({ refusal: { code: 'key used' } })
    }
  })

  it('of another cutover is refused in words, and nothing changes', async () => {
    const [one, two] = [
      await opening(test.log, rehearsal().build()),
      await opening(test.log, rehearsal().build()),
    ]
    const key = `${one}/shared`
    const command = { type: 'note', text: 'mine' } as const
    await handleCommand(test.log, one, command, { actor: person(ANA), key })

    const second = await handleCommand(test.log, two, command, { actor: person(ANA), key })

    expect(second).toMatchObject({ ok: false, refusal: { code: 'key used' } })
    expect((await test.log.load(two))?.state.notes).toHaveLength(0)
  })
})

describe('two live cutovers', () => {
  const live = (target: string) =>
    aPlan()
      .do('stop')
      .with({ live: true, targets: { main: { name: 'main', kind: 'sqlite', locator: target } } })
      .build()

  it('never hold the same target, also when they are opened at the same moment', async () => {
    const logs = [test.log, ...Array.from({ length: 3 }, () => test.another().log)]
    await Promise.all(logs.map((log) => log.now()))
    for (let round = 0; round < 20; round += 1) {
      const opened = await Promise.allSettled(
        logs.map((log, n) => opening(log, live(`data/${round}.db`), `live${round}n${n}`)),
      )
      expect(opened.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect(opened.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { message: expect.stringContaining('target taken') },
      })
    }
  })

  it('are one when they are opened with the same key: its answer was lost, not its target taken', async () => {
    const id = await opening(test.log, live('data/lost.db'), 'lost1')
    const events = (await test.log.events(id)).slice(0, 1)
    const again = { cutover: 'lost2', expected: 0, events, actor: person(ANA), key: `${id}/open` }
    expect(await test.log.append(again)).toEqual({ ok: false, why: 'repeated', cutover: id })
  })
})

describe('a summary', () => {
  it('can be rebuilt from the events alone', async () => {
    const id = await opening(test.log, rehearsal().build())
    await say(test.log, id, { type: 'advance' }, LEADER)
    await say(test.log, id, { type: 'hold', reason: 'wait' }, person(ANA))
    const { rows: before } = await test.pool.query('select * from cutover.cutover order by id')
    await test.tamper(
      `update cutover.cutover set position = 0, head = '', status = 'scheduled', title = '?', runbook = '?',
         environment = '?', live = true, channel_name = '?', planned_start_ms = 0, wake_at_ms = 1 where id = $1`,
      [id],
    )

    await inTransaction(test.pool, rebuildSummaries)

    const { rows: after } = await test.pool.query('select * from cutover.cutover order by id')
    // When the leader looks again depends on the moment of the look.
    const timeless = (row: object) => ({ ...row, wake_at_ms: null })
    expect(after.map(timeless)).toEqual(before.map(timeless))
  })
})

describe('speed', () => {
  it('of a click does not grow with the log: 2,000 events are folded once', async () => {
    const id = await opening(test.log, rehearsal().build())
    const events = Array.from({ length: 500 }, (_, n) => note(`note ${n}`))
    for (let block = 0; block < 4; block += 1) {
      await test.log.append(append(id, await positionOf(id), { events }))
    }
    const cold = test.another()
    const queries: number[] = []
    const ask = cold.pool.query.bind(cold.pool)
    cold.pool.query = (async (...all: Parameters<typeof ask>) => {
      const answer = await ask(...all)
      queries.push((answer as unknown as { rows: unknown[] }).rows.length)
      return answer
    }) as unknown as typeof cold.pool.query

    await cold.log.load(id)
    expect(Math.max(...queries)).toBeGreaterThan(2000)
    queries.length = 0
    await say(cold.log, id, { type: 'note', text: 'one more' }, person(ANA))
    await cold.log.load(id)
    expect(Math.max(...queries)).toBeLessThanOrEqual(1)
  })

  it('lists open cutovers without those that are over', async () => {
    const id = await opening(test.log, rehearsal().build())
    const over = await opening(test.log, rehearsal().build())
    await say(test.log, over, { type: 'abandon', reason: 'not needed' }, person(ANA))
    const open = (await test.log.open()).map((one) => one.id)
    expect(open).toContain(id)
    expect(open).not.toContain(over)
    expect((await test.log.list()).map((one) => one.id)).toContain(over)
  })
})
