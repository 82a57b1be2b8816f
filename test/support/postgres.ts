import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { startEmbeddedPostgres } from '../../src/postgres/embedded.ts'

const REVIVALS = 25

export interface TestPostgres {
  /** Of the database `postgres`. */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** A connected client; ended by `stop` at the latest. */
  readonly connect: (url?: string) => Promise<Client>
  /** A new database; `undefined` options give UTF8 and the C locale. Returns its URL. */
  readonly createDatabase: (name: string, options?: string) => Promise<string>
  /** Ends the server, politely or by SIGKILL; its data stays for `revive`, which is the same port again. */
  readonly halt: (how?: 'politely' | 'killed') => Promise<void>
  readonly revive: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** A throw-away server of its own, once per test file: `beforeAll(async () => { server = await startTestPostgres() })`. */
export async function startTestPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'cutover-pg-'))
  const options = {
    folder,
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', ...settings },
  }
  let server = await startEmbeddedPostgres(options)
  const { port, pid } = server
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
    port,
    pid,
    connect,
    createDatabase: async (name, options = '') => {
      const client = await connect()
      await client.query(`create database ${client.escapeIdentifier(name)} ${options}`)
      await client.end()
      return server.url(name)
    },
    halt: async (how = 'politely') => {
      if (how === 'killed') process.kill(server.pid, 'SIGKILL')
      await server.stop()
    },
    revive: async () => {
      // After a SIGKILL its children have the shared memory for a moment longer.
      for (let tries = 1; ; tries += 1) {
        try {
          server = await startEmbeddedPostgres({ ...options, port })
          return
        } catch (error) {
          if (tries === REVIVALS) throw error
          await sleep(200)
        }
      }
    },
    stop: async () => {
      await Promise.allSettled(clients.map((client) => client.end()))
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
