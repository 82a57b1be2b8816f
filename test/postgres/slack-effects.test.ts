import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SlackEffect } from '../../src/app/ports.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { makeSlackEffects } from '../../src/postgres/slack-effects.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'

let server: TestPostgres
let pool: Pool

beforeAll(async () => {
  server = await startTestPostgres()
  pool = new Pool({ connectionString: await server.createDatabase('effects'), max: 8 })
  pool.on('error', () => undefined)
  await migrate(pool)
})

afterAll(async () => {
  await pool.end()
  await server.stop()
})

const sending = (key: string): SlackEffect => ({ cutover: 'c1', key, kind: 'message', state: 'sending' })

test('of many that begin the same thing at once one does, and what it wrote stands', async () => {
  const effects = makeSlackEffects(pool)

  for (let round = 0; round < 50; round += 1) {
    const begun = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        effects.begin({ ...sending(`first/${round}`), contentHash: `by ${index}` }),
      ),
    )

    const winners = begun.filter((one) => one !== null)
    expect(winners).toHaveLength(1)
    const stored = (await effects.of('c1')).find(({ key }) => key === `first/${round}`)
    expect(stored).toEqual(winners[0])
  }
})

test('what has to be sent again is begun by one of those who saw it so', async () => {
  const effects = makeSlackEffects(pool)

  for (let round = 0; round < 50; round += 1) {
    const pending = await effects.put({ ...sending(`again/${round}`), state: 'pending' })
    const begun = await Promise.all(
      Array.from({ length: 8 }, () => effects.begin({ ...pending, state: 'sending' })),
    )

    expect(begun.filter((one) => one !== null)).toHaveLength(1)
  }
})

test('nothing is begun over what another has written since, nor over what is there unseen', async () => {
  const effects = makeSlackEffects(pool)
  const mine = await effects.begin(sending('taken over'))
  await effects.put({ ...sending('taken over'), state: 'done', ts: '1.0' })

  expect(mine?.version).toBeDefined()
  expect(await effects.begin({ ...sending('taken over'), version: mine?.version ?? '' })).toBeNull()
  expect(await effects.begin(sending('taken over'))).toBeNull()
  expect((await effects.of('c1')).find(({ key }) => key === 'taken over')).toMatchObject({
    state: 'done',
    ts: '1.0',
  })
})
