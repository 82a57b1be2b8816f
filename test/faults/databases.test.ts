import { spawnSync } from 'node:child_process'
import { statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Argument, Plan } from '../../src/domain/plan.ts'
import { person } from '../support/cutover.ts'
import { ANA, aPlan, BEN, onStep, type PlanBuilder } from '../support/plans.ts'
import { fault } from './support/fault.ts'
import type { Rig } from './support/rig.ts'

const hasClient = ['pg_dump', 'pg_restore'].every((tool) => spawnSync(tool, ['--version']).status === 0)
const AT_MAIN = { $: 'target', name: 'main' } as const

async function ask(rig: Rig, url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = await rig.targetServer.connect(url)
  const { rows } = await client.query(sql)
  await client.end()
  return rows
}

async function made(
  rig: Rig,
  name: string,
  what: string,
): Promise<{ readonly url: string; readonly oid: number }> {
  const url = await rig.targetServer.createDatabase(name)
  await ask(rig, url, `create table t (what text); insert into t values ('${what}')`)
  const [row] = await ask(
    rig,
    url,
    `select oid::int as oid from pg_database where datname = current_database()`,
  )
  return { url, oid: Number(row?.['oid']) }
}

function onDatabase(url: string, build: (plan: PlanBuilder) => PlanBuilder): PlanBuilder {
  const targets: Plan['targets'] = { main: { name: 'main', kind: 'postgres', locator: url } }
  return build(aPlan().with({ targets }))
}

const swapping = (url: string, input: { readonly [name: string]: Argument }): PlanBuilder =>
  onDatabase(url, (plan) =>
    plan.run('swap', {
      begin: 'auto',
      work: { uses: 'pg.swap', with: { target: AT_MAIN, stamp: '20261120T0200', ...input } },
    }),
  )

const contentOf = async (rig: Rig, url: string) => (await ask(rig, url, 'select what from t'))[0]?.['what']

fault('T40', 'the database that was to be swapped in was made anew under the same name', async (rig) => {
  await rig.worker()
  const live = `shop_${rig.backend}`
  const { url } = await made(rig, live, 'live')
  const planned = await made(rig, `${live}_restored`, 'restored')
  await ask(rig, url, `drop database ${live}_restored`)
  await made(rig, `${live}_restored`, 'somebody else')

  const cutover = await rig.open(swapping(url, { replacement: `${live}_restored`, oid: planned.oid }))
  const refused = await rig.until(cutover, ({ steps }) => steps['swap']?.status === 'failed')
  expect(Object.values(refused.attempts)[0]?.error?.message).toMatch(
    /not the database that was recorded|another/,
  )
  expect(await contentOf(rig, url)).toBe('live')
})

fault('T40', 'a swap is done a second time, by another cutover', async (rig) => {
  await rig.worker()
  const live = `twice_${rig.backend}`
  const { url } = await made(rig, live, 'old')
  const { oid } = await made(rig, `${live}_restored`, 'restored')
  const first = await rig.open(swapping(url, { replacement: `${live}_restored`, oid }))
  await rig.until(first, ({ steps }) => steps['swap']?.status === 'done')
  expect(await contentOf(rig, url)).toBe('restored')
  // Somebody fills the name that the first one left; the second must not take that for what it was told.
  await made(rig, `${live}_restored`, 'somebody else')

  const second = await rig.open(swapping(url, { replacement: `${live}_restored`, oid }))
  await rig.until(second, ({ steps }) => ['done', 'failed'].includes(steps['swap']?.status ?? ''))
  expect(await contentOf(rig, url)).toBe('restored')
})

fault(
  'T43',
  'a backup ended well and its file is cut off',
  async (rig) => {
    await rig.worker()
    const { url } = await made(rig, `saved_${rig.backend}`, 'rows')
    const folder = join(rig.folder, `backups-${rig.backend}`)
    const file = join(folder, 'shop.dump')
    const backup = { uses: 'pg.backup', with: { from: AT_MAIN, to: folder, name: 'shop.dump' } } as const
    const proof = { uses: 'pg.test-restore', with: { backup: file, target: AT_MAIN } } as const
    const cutover = await rig.open(
      onDatabase(url, (plan) =>
        plan
          .run('backup', { begin: 'auto', work: backup })
          .run('proof', { work: proof })
          .decide('migrate', { criteria: [onStep('proof')] }),
      ),
    )
    await rig.until(cutover, ({ steps }) => steps['backup']?.status === 'done')
    truncateSync(file, statSync(file).size - 100)
    await rig.until(cutover, ({ steps }) => steps['proof']?.status === 'due')
    await rig.does(cutover, { type: 'run', step: 'proof' }, person(ANA))

    const failed = await rig.until(cutover, ({ steps }) => steps['proof']?.status === 'failed')
    expect(failed.attempts[`${cutover}.proof.1`]?.error?.message).toMatch(/cut off/)
    for (const who of [ANA, BEN]) {
      const voted = await rig.say(cutover, { type: 'vote', gate: 'migrate', vote: 'go' }, person(who))
      expect(voted.ok).toBe(false)
    }
  },
  { needs: hasClient },
)
