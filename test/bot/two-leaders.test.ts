import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from '../../src/postgres/migrate.ts'
import { makeSlackEffects } from '../../src/postgres/slack-effects.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { at, onStep } from '../support/plans.ts'
import { eventually, type Answer } from '../workspace/support/control.ts'
import { atTheEnd } from '../workspace/support/fixture.ts'
import { aStage } from './support/stage.ts'

let server: TestPostgres
let databases = 0

beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(() => server.stop())

/** A stage whose rows are in PostgreSQL, and a second `serve` that believes it leads as well. */
async function twoLeaders() {
  databases += 1
  const pool = new Pool({ connectionString: await server.createDatabase(`leaders_${databases}`), max: 8 })
  pool.on('error', () => undefined)
  atTheEnd(() => pool.end())
  await migrate(pool)
  const stage = await aStage(
    (plan) =>
      plan
        .phase('prepare', at(-60))
        .do('announce', { by: 'lead' })
        .check('answers')
        .decide('go', { criteria: [onStep('answers')] })
        .phase('migrate', at(0))
        .run('copy', { undo: 'run' })
        .with({ links: { Dashboard: 'https://example.org/board', Log: 'https://example.org/log' } }),
    { effects: makeSlackEffects(pool) },
  )
  const other = stage.another()
  return { stage, other, both: () => Promise.all([stage.show(), other.reconcile('c1')]) }
}

const keysIn = (messages: readonly Answer[]): readonly string[] =>
  messages
    .flatMap((message) => [message, ...(message.replies ?? [])])
    .flatMap(({ metadata }) => metadata?.event_payload.key ?? [])

test('two that begin at once make one channel, and in it each message once', async () => {
  for (let round = 0; round < 3; round += 1) {
    const { stage, both } = await twoLeaders()
    stage.cutover.advance()
    await both()
    await eventually(async () => (await stage.said()).length >= 3, 10_000)
    stage.cutover.tick(stage.id('ana'), 'announce')
    stage.cutover.work('answers')
    await both()
    await eventually(async () => keysIn(await stage.said()).includes('gate/go/1'), 10_000)
    stage.cutover.noGo(stage.id('giorgi'), 'go')
    await both()
    await eventually(async () => keysIn(await stage.said()).some((key) => key.startsWith('held/')), 10_000)
    await both()

    const keys = keysIn(await stage.said())
    expect(new Set(keys).size, keys.join(', ')).toBe(keys.length)
    const { channels } = await stage.control.get('channels')
    const made = channels.filter(({ name }: Answer) => name.startsWith('migration-test'))
    expect(made).toHaveLength(1)
    expect(made[0].bookmarks).toHaveLength(2)
    expect(keysIn(await stage.said('ops'))).toEqual([...new Set(keysIn(await stage.said('ops')))])
  }
}, 60_000)

test('a notice that two send at once is posted once', async () => {
  const { stage, other } = await twoLeaders()
  const notice = { cutover: 'c1', key: 'notice/start/ops', channel: '#ops', text: 'It begins.' }

  const sent = await Promise.allSettled([stage.projection.postOnce(notice), other.postOnce(notice)])

  expect(sent.map(({ status }) => status)).toContain('fulfilled')
  await Promise.all([stage.projection.postOnce(notice), other.postOnce(notice)])
  expect(keysIn(await stage.said('ops'))).toEqual([notice.key])
})
