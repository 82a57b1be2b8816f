import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { damageCopy } from '../../src/cli/demo/damage.ts'
import { keepCopy } from '../../src/cli/demo/same-as-before.ts'
import { PYTHON } from '../support/python.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { differencesSince, makePlaces, rehearse, type Rehearsing } from '../support/rehearsal.ts'
import { startWardOps, type WardOps } from '../support/ward-ops.ts'

const ROWS = 4000
let server: TestPostgres
let places: ReturnType<typeof makePlaces>
let wardOps: WardOps
let target: string

beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(() => server.stop())
beforeEach(async () => {
  places = makePlaces()
  wardOps = await startWardOps(places.folder, ROWS)
  target = await server.createDatabase('ward_ops')
})
afterEach(async () => {
  await wardOps.stop()
  const client = await server.connect()
  await client.query('drop database ward_ops with (force)')
  await client.end()
  places.remove()
})

const asked = (): Rehearsing => ({
  runbook: join(wardOps.place.runbooks, 'ward-ops.yaml'),
  environment: 'demo',
  folder: wardOps.place.home,
  secrets: { TARGET_URL: target },
})

describe('the rehearsal of Ward OPS', { timeout: 300_000 }, () => {
  it('moves it to PostgreSQL where nobody is', async () => {
    const done = await rehearse(asked())
    expect(done.exit, done.told).toBe(0)
    expect(done.outcome).toBe('completed')
    expect(done.findings).toEqual([])
    for (const id of ['copy', 'same', 'healthy', 'job-wrote', 'first-hour'])
      expect([id, done.steps[id]]).toEqual([id, 'done'])
  })

  it.skipIf(PYTHON === undefined)(
    'moves it by the script of the team, which asks before it copies',
    async () => {
      const done = await rehearse({
        ...asked(),
        vars: {
          python: PYTHON ?? '',
          copy_script: join(wardOps.place.runbooks, 'ward-ops/demo/migrate_to_postgres.py'),
        },
        words: ['--choose', 'copying=own-script'],
      })

      expect(done.exit, done.told).toBe(0)
      expect(done.steps).toMatchObject({ 'copy-by-script': 'done', same: 'done', copy: 'not applicable' })
      expect(
        done.events.flatMap((event) => (event.type === 'attempt asked' ? [event.data] : [])),
      ).toMatchObject([{ prompt: expect.stringContaining('Proceed?'), then: 'answered' }])
    },
  )

  it('rolls it back when the copy is damaged, and leaves the data as it was', async () => {
    const before = join(places.folder, 'before.db')
    await keepCopy(wardOps.place.sqlite, before)
    const stopped = new AbortController()
    const damage = damageCopy(target, stopped.signal)

    const done = await rehearse(asked())
    stopped.abort()
    await damage

    expect(done.exit, done.told).toBe(10)
    expect(done.outcome).toBe('rolled back')
    expect(done.findings).toEqual([])
    const sides = [before, wardOps.place.sqlite].map((path, at) => ({
      kind: 'sqlite' as const,
      name: ['before', 'now'][at]!,
      path,
    }))
    expect(await differencesSince(sides[0]!, sides[1]!, { mayGrow: true })).toEqual([])
  })
})
