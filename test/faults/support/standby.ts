import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { preparePrograms } from '../../../src/postgres/embedded-binaries.ts'
import type { TestPostgres } from '../../support/postgres.ts'

const run = promisify(execFile)
const NOBODY = 65_534
const READY_MS = 30_000

export const hasBaseBackup = spawnSync('pg_basebackup', ['--version']).status === 0

export interface Standby {
  readonly port: number
  /** From now on it takes writes. */
  promote(): Promise<void>
  stop(): Promise<void>
}

/** A synchronous standby of the server: what was committed there is here. Needs `pg_basebackup` on the PATH. */
export async function startStandby(primary: TestPostgres): Promise<Standby> {
  const folder = await mkdtemp(join(tmpdir(), 'cutover-standby-'))
  const asRoot = process.getuid?.() === 0
  const user = asRoot ? { uid: NOBODY, gid: NOBODY } : {}
  if (asRoot) await chown(folder, NOBODY, NOBODY)
  const data = join(folder, 'data')
  const port = await freePort()
  await run('pg_basebackup', ['-D', data, '-R', '-X', 'stream', '-c', 'fast', '-d', primary.url], {
    ...user,
    cwd: '/',
  })
  const programs = await preparePrograms(folder, asRoot)
  const settings = {
    port: `${port}`,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
  }
  const words = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(join(programs, 'bin', 'postgres'), ['-D', data, ...words], {
    ...user,
    cwd: '/',
    stdio: 'ignore',
  })
  const url = primary.url.replace(`:${primary.port}/`, `:${port}/`)
  await until(() => says(url, 'select pg_is_in_recovery() as so'))
  await ask(primary.url, `alter system set synchronous_standby_names = '*'`)
  await ask(primary.url, 'select pg_reload_conf()')
  await until(() =>
    says(primary.url, `select exists (select from pg_stat_replication where sync_state = 'sync') as so`),
  )
  return {
    port,
    promote: async () => void (await ask(url, 'select pg_promote()')),
    async stop() {
      const gone = once(server, 'exit')
      server.kill('SIGINT')
      await gone
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function ask(url: string, sql: string): Promise<readonly { readonly so?: boolean }[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<{ so?: boolean }>(sql)).rows
  } finally {
    await client.end()
  }
}

const says = async (url: string, sql: string): Promise<boolean> => (await ask(url, sql))[0]?.so === true

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + READY_MS
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > deadline) throw new Error('the standby does not come up')
    await sleep(100)
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
