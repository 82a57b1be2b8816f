import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, expect, test } from 'vitest'
import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts'
import { EmbeddedPostgresError, startEmbeddedPostgres } from '../../src/postgres/embedded.ts'

const folders: string[] = []
const servers: EmbeddedPostgres[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cutover-embedded-'))
  folders.push(folder)
  return folder
}

async function start(options: Parameters<typeof startEmbeddedPostgres>[0]): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(options)
  servers.push(server)
  return server
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ answer: unknown }>(sql)
    return rows[0]?.answer
  } finally {
    await client.end()
  }
}

test('a fresh folder becomes a server on 127.0.0.1 with the settings asked for', async () => {
  const server = await start({ folder: await freshFolder(), settings: { work_mem: '7MB' } })

  expect(await ask(server.url('postgres'), `select current_setting('work_mem') as answer`)).toBe('7MB')
  expect(await ask(server.url('postgres'), `select current_setting('listen_addresses') as answer`)).toBe(
    '127.0.0.1',
  )
  expect(await ask(server.url('postgres'), `select current_setting('server_encoding') as answer`)).toBe(
    'UTF8',
  )
})

test('a kept folder is started again with its data and its password', async () => {
  const folder = await freshFolder()
  const first = await start({ folder, password: 'pa ss/@%' })
  await ask(first.url('postgres'), `create table kept as select 42 as n`)
  await first.stop()

  const second = await start({ folder })

  expect(await ask(second.url('postgres'), `select n as answer from kept`)).toBe(42)
})

test('a wrong password is refused by the server', async () => {
  const server = await start({ folder: await freshFolder() })

  await expect(
    ask(`postgres://postgres:no@127.0.0.1:${server.port}/postgres`, 'select 1 as answer'),
  ).rejects.toThrow(/password authentication failed/)
})

test('a pid file that names another program does not keep the server from starting', async () => {
  const folder = await freshFolder()
  const first = await start({ folder })
  await first.stop()
  await writeFile(join(folder, 'data', 'postmaster.pid'), `${process.pid}\n${folder}/data\n`)

  const second = await start({ folder })

  expect(await ask(second.url('postgres'), `select 1 as answer`)).toBe(1)
})

test('a server whose owner was killed is stopped and started anew; one whose owner lives is refused', async () => {
  const folder = await freshFolder()
  const first = await start({ folder })
  await expect(startEmbeddedPostgres({ folder })).rejects.toThrow(/belongs to this process, which is running/)
  const dead = Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }))
  await writeFile(join(folder, 'owner.pid'), String(dead))

  const second = await start({ folder })

  expect(second.pid).not.toBe(first.pid)
  expect(await ask(second.url('postgres'), `select 1 as answer`)).toBe(1)
})

test('a taken port is said, with the log to read', async () => {
  const server = await start({ folder: await freshFolder() })

  const second = startEmbeddedPostgres({ folder: await freshFolder(), port: server.port })

  await expect(second).rejects.toThrow(new RegExp(`did not start on port ${server.port}`))
  await expect(second).rejects.toBeInstanceOf(EmbeddedPostgresError)
})

test.runIf(process.getuid?.() === 0)(
  'as root, a folder below a closed home is refused with the way out',
  async () => {
    const home = await freshFolder()
    await chmod(home, 0o700)
    const folder = join(home, 'data')
    await mkdir(folder)

    await expect(startEmbeddedPostgres({ folder })).rejects.toThrow(`${home} is closed to other users`)
  },
)

test('the password lies in a file that only its owner reads', async () => {
  const folder = await freshFolder()
  await start({ folder, password: 'quiet' })

  expect(await readFile(join(folder, 'password'), 'utf8')).toBe('quiet\n')
  expect((await stat(join(folder, 'password'))).mode & 0o777).toBe(0o600)
  expect(existsSync(join(folder, 'password.new'))).toBe(false)
})
