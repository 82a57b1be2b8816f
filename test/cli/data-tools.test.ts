import { execa } from 'execa'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { makeSqlite } from '../support/sqlite.ts'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

let folder: string
let server: TestPostgres

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-data-tools-'))
  server = await startTestPostgres()
  makeSqlite(
    join(folder, 'shop.db'),
    `create table item (id integer primary key, name text not null);
     insert into item values (1, 'pen'), (2, 'ink');`,
  )
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

/** A new database: its URL as people write it, and the password that belongs to it. */
async function database(name: string): Promise<{ readonly url: string; readonly password: string }> {
  const url = new URL(await server.createDatabase(name))
  const password = decodeURIComponent(url.password)
  url.password = ''
  return { url: url.href, password }
}

function cutover(words: readonly string[], settings: Readonly<Record<string, string>> = {}) {
  return execa(process.execPath, [MAIN, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...settings },
    extendEnv: false,
    reject: false,
    timeout: 20_000,
  })
}

describe('cutover copy and compare', () => {
  it('copy the rows and find them the same, with the password from PGPASSWORD', async () => {
    const { url, password } = await database('same')
    const copied = await cutover(['copy', 'shop.db', url, '--json'], { PGPASSWORD: password })
    const compared = await cutover(['compare', 'shop.db', url, '--json'], { PGPASSWORD: password })

    expect(copied).toMatchObject({ exitCode: 0 })
    expect(JSON.parse(copied.stdout)).toMatchObject({ rows: 2, tables: { item: 2 } })
    expect(compared).toMatchObject({ exitCode: 0 })
    expect(JSON.parse(compared.stdout)).toMatchObject({ differences: 0 })
  })

  it('find a changed row, say which, and end with 1', async () => {
    const { url, password } = await database('changed')
    await cutover(['copy', 'shop.db', url], { PGPASSWORD: password })
    const client = await server.connect(server.url.replace(/\/postgres$/, '/changed'))
    await client.query(`update item set name = 'nib' where id = 2`)

    const compared = await cutover(['compare', 'shop.db', url], { PGPASSWORD: password })

    expect(compared.exitCode).toBe(1)
    expect(compared.stdout).toContain('item')
  })

  it('read the password from ~/.pgpass, and say nothing of the driver', async () => {
    const { url, password } = await database('passfile')
    const file = join(folder, '.pgpass')
    writeFileSync(file, `*:*:passfile:*:${password}\n`, { mode: 0o600 })

    const copied = await cutover(['copy', 'shop.db', url, '--json'])

    expect(copied.exitCode).toBe(0)
    expect(copied.stderr).not.toMatch(/warning|deprecat|node/i)
    rmSync(file)
  })

  it.each(['copy', 'compare'])(
    '%s refuses a password in its arguments and does not repeat it',
    async (name) => {
      const ran = await cutover([name, 'shop.db', 'postgres://me:hush-hush@127.0.0.1:1/shop'])

      expect(ran.exitCode).toBe(3)
      expect(ran.stderr).toMatch(/holds a password.*nothing was changed[^]*PGPASSWORD.*\.pgpass/)
      expect(ran.stderr + ran.stdout).not.toContain('hush')
    },
  )

  it('say where the password goes when there is none', async () => {
    const { url } = await database('none')

    const ran = await cutover(['copy', 'shop.db', url])

    expect(ran.exitCode).toBe(3)
    expect(ran.stderr).toMatch(/asks for a password[^]*PGPASSWORD/)
  })

  it('refuse a target that is not empty, and leave it as it was', async () => {
    const { url, password } = await database('taken')
    const client = await server.connect(server.url.replace(/\/postgres$/, '/taken'))
    await client.query(
      `create table item (id bigint primary key, name text); insert into item values (9, 'x')`,
    )

    const ran = await cutover(['copy', 'shop.db', url], { PGPASSWORD: password })

    expect(ran.exitCode).toBe(3)
    expect(ran.stderr).toContain('nothing was changed')
    expect((await client.query('select id from item')).rows).toEqual([{ id: '9' }])
  })

  it.each([
    [['copy', 'shop.db', 'other.db'], /goes from a SQLite file to PostgreSQL/],
    [['copy', 'shop.db', 'postgres://me@127.0.0.1/x', '--nul', 'keep'], /one of refuse, strip/],
  ])('%j is not understood: 2', async (words, said) => {
    const ran = await cutover(words)

    expect(ran.exitCode).toBe(2)
    expect(ran.stderr).toMatch(said)
  })
})
