import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../postgres/embedded.ts'
import type { LocalFolder } from './folder.ts'

/** An embedded server with one database. */
export interface LocalDatabase {
  readonly server: EmbeddedPostgres
  /** With the password. */
  readonly url: string
  /** As the settings want it: without the password, which is in `passwordFile` (0600). */
  readonly urlWithoutPassword: string
  readonly passwordFile: string
}

/** A throw-away server need not survive a power cut, and is faster without. */
export const THROW_AWAY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } as const

export async function startDatabase(
  folder: LocalFolder,
  wanted: { readonly name: string; readonly settings?: Readonly<Record<string, string>> },
): Promise<LocalDatabase> {
  const { name, settings = {} } = wanted
  const server = await startEmbeddedPostgres({ folder: join(folder.databases, name), settings })
  await createDatabase(server.url('postgres'), name)
  const url = new URL(server.url(name))
  const passwordFile = join(folder.secrets, `${name}.password`)
  writeFileSync(passwordFile, decodeURIComponent(url.password), { mode: 0o600 })
  url.password = ''
  return { server, url: server.url(name), urlWithoutPassword: url.href, passwordFile }
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
}
