import type { Client } from 'pg'
import { z } from 'zod'
import type { PostgresTarget } from '../../targets.ts'
import { cancelOnAbort } from '../cancel.ts'
import { connectPostgres } from '../connect.ts'
import { postgresFailure } from '../failures.ts'
import { DatabaseShape } from './manifest.ts'

const Seen = z.object({
  snapshot: z.string(),
  version: z.number().int(),
  lsn: z.string().nullable(),
  now: z.string(),
  /** Of the whole database with its indexes, in bytes. */
  size: z.coerce.number(),
  /** Rows by the statistics. */
  estimate: z.number(),
  /** Where the server keeps its data; null where the user may not know. */
  folder: z.string().nullable(),
  /** Over a socket or the loopback: its folder is one of this host. */
  local: z.boolean(),
})

const SEEN = `
  select pg_export_snapshot() as snapshot, current_setting('server_version_num')::int as version,
    (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end)::text as lsn,
    to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as now,
    pg_database_size(current_database())::text as size,
    (select coalesce(sum(greatest(c.reltuples, 0)), 0)::float8 from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema') as estimate,
    (select setting from pg_settings where name = 'data_directory') as folder,
    coalesce(inet_server_addr() << '127.0.0.0/8' or inet_server_addr() = '::1', true) as local`

/** The newer names of the columns differ; all of them are read as one JSON object. */
const SHAPE = `
  select d.datname as name, pg_encoding_to_char(d.encoding) as encoding, d.datcollate as collate, d.datctype as ctype,
    case to_jsonb(d) ->> 'datlocprovider' when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end as provider,
    coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') as locale
  from pg_database d where d.datname = current_database()`

export interface SavedSnapshot extends z.infer<typeof Seen> {
  readonly client: Client
  readonly shape: DatabaseShape
  /** Ends the transaction, and with it the snapshot; may be called again. */
  readonly close: () => Promise<void>
}

/**
 * Opens a transaction and exports its snapshot, for pg_dump and for our own reading; both see the same rows while
 * writers go on. Aborting `signal` cancels what the client runs. Throws an ActionFailure.
 */
export async function openSnapshot(
  target: PostgresTarget,
  { attempt, signal }: { readonly attempt: string; readonly signal: AbortSignal },
): Promise<SavedSnapshot> {
  const client = await connectPostgres(target, { attempt })
  try {
    // A limit that the server or the role has set would take the snapshot away under a long dump.
    await client.query('set idle_in_transaction_session_timeout = 0')
    const stop = await cancelOnAbort(client, target, { attempt, signal })
    await client.query('begin isolation level repeatable read read only')
    const seen = Seen.parse((await client.query(SEEN)).rows[0])
    const shape = DatabaseShape.parse((await client.query(SHAPE)).rows[0])
    const end = async () => {
      stop()
      await client.end().catch(() => undefined)
    }
    let ending: Promise<void> | undefined
    return { ...seen, client, shape, close: () => (ending ??= end()) }
  } catch (error) {
    await client.end().catch(() => undefined)
    throw postgresFailure(error, {
      what: `Taking a snapshot of ${target.name}`,
      changed: 'nothing was changed',
    })
  }
}
