import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { startEmbeddedPostgres } from '../../src/postgres/embedded.ts'

export interface TestPostgres {
  /** Of the database `postgres`. */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** A connected client; ended by `stop` at the latest. */
  readonly connect: (url?: string) => Promise<Client>
  /** A new database; `undefined` options give UTF8 and the C locale. Returns its URL. */
  readonly createDatabase: (name: string, options?: string) => Promise<string>
  readonly stop: () => Promise<void>
}

/** A throw-away server of its own, once per test file: `beforeAll(async () => { server = await startTestPostgres() })`. */
export async function startTestPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'cutover-pg-'))
  const server = await startEmbeddedPostgres({
    folder,
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', ...settings },
  })
  const clients: Client[] = []
  const connect = async (url = server.url('postgres')) => {
    const client = new Client({ connectionString: url })
    // The server may be stopped under a client; the test that does so looks at its own queries.
    client.on('error', () => undefined)
    await client.connect()
    clients.push(client)
    return client
  }
  return {
    url: server.url('postgres'),
    port: server.port,
    pid: server.pid,
    connect,
    createDatabase: async (name, options = '') => {
      const client = await connect()
      await client.query(`create database ${client.escapeIdentifier(name)} ${options}`)
      await client.end()
      return server.url(name)
    },
    stop: async () => {
      await Promise.allSettled(clients.map((client) => client.end()))
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
