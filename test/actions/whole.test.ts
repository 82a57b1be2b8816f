import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { aContext, failureOf, run, temporaryFolder } from '../support/attempt.ts'
import type { TestPostgres } from '../support/postgres.ts'
import { startTestPostgres } from '../support/postgres.ts'
import { makeSqlite, readSqlite } from '../support/sqlite.ts'

let server: TestPostgres
const folder = temporaryFolder()
beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(async () => {
  await server.stop()
  folder.remove()
})

it('carries a database over, finds the damage, and brings everything back', async () => {
  const path = join(folder.path, 'ward.db')
  const source = { name: 'source', kind: 'sqlite', path }
  const main = { name: 'main', kind: 'postgres', url: await server.createDatabase('ward_ops') }
  const context = aContext(folder.path)
  makeSqlite(
    path,
    `create table device (id integer primary key, name text); insert into device values (1, 'a'), (2, 'ბ')`,
  )
  mkdirSync(join(folder.path, 'sql'))
  writeFileSync(join(folder.path, 'sql', '1.sql'), 'create table device (id bigint primary key, name text);')

  const backup = await run('sqlite.backup', { from: source }, context)
  await run('pg.apply', { target: main, files: 'sql' }, context)
  const copy = await run('sqlite.copy', { from: source, to: main }, context)
  const same = await run('compare', { source, target: main }, context)
  const client = await server.connect(main.url)
  await client.query(`update device set name = 'b' where id = 2`)
  const damage = await failureOf(run('compare', { source, target: main }, context))
  await client.end()
  makeSqlite(
    join(folder.path, 'damaged.db'),
    `create table device (id, name); insert into device values (1, 'lost')`,
  )
  renameSync(join(folder.path, 'damaged.db'), path)

  expect([copy.facts['rows'], same.facts['same']]).toEqual([2, true])
  expect(damage.message).toMatch(/^source and main differ in 1 place: device/)

  await run('pg.set-aside', { target: main, stamp: 's' }, context)
  await run(
    'sqlite.restore',
    { to: source, backup: backup.facts['file'], sha256: backup.facts['sha256'] },
    context,
  )

  expect(readFileSync(path).equals(readFileSync(String(backup.facts['file'])))).toBe(true)
  expect(readSqlite(path, 'select name from device order by id')).toEqual([{ name: 'a' }, { name: 'ბ' }])
  expect((await run('pg.apply', { target: main, files: 'sql' }, context)).facts['applied']).toEqual([
    'sql/1.sql',
  ])
})
