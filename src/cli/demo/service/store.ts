import { DatabaseSync } from '@photostructure/sqlite'
import { Pool, type ClientConfig } from 'pg'

export type DatabaseName = 'sqlite' | 'postgresql'

/** What the service does with its database, whichever it is. */
export interface Store {
  readonly database: DatabaseName
  /** What the dashboard shows. */
  counts(): Promise<Readonly<Record<string, number>>>
  /** A background job has pinged a device. */
  writePing(ping: { readonly at: Date; readonly rttMs: number }): Promise<void>
  /** The service notes what it did itself. */
  writeAudit(action: string, at: Date): Promise<void>
  close(): Promise<void>
}

const COUNTS = `
  select
    (select count(*) from standalone_devices) as devices,
    (select count(*) from alert_rules) as rules,
    (select count(*) from alerts where closed_at is null) as open_alerts`
// The devices take turns, so that every one of them has a recent ping after a while.
const PINGED_DEVICE = `coalesce(
  (select min(id) from standalone_devices where id > (select device_id from ping_results order by id desc limit 1)),
  (select min(id) from standalone_devices))`
const INSERT_PING = `insert into ping_results (device_id, checked_at, is_up, rtt_ms, packet_loss)
  values (${PINGED_DEVICE}, $1, $2, $3, 0)`
const INSERT_AUDIT = `insert into audit_log (action, object_type, happened_at) values ($1, 'service', $2)`

/** SQLite as the service has always used it: in WAL mode, so -wal and -shm lie beside the file while it runs. */
export function openSqliteStore(path: string): Store {
  const database = new DatabaseSync(path, { timeout: 5000 })
  database.exec('pragma journal_mode = wal')
  const prepare = (sql: string) => database.prepare(sql.replaceAll(/\$\d/g, '?'))
  return {
    database: 'sqlite',
    counts: async () => numbersIn(database.prepare(COUNTS).get()),
    writePing: async ({ at, rttMs }) => void prepare(INSERT_PING).run(sqliteText(at), 1, rttMs),
    writeAudit: async (action, at) => void prepare(INSERT_AUDIT).run(action, sqliteText(at)),
    close: async () => database.close(),
  }
}

/** `2026-11-20T02:31:07Z`. */
function sqliteText(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`
}

export function openPostgresStore(connection: ClientConfig, onTrouble: (message: string) => void): Store {
  const pool = new Pool({ ...connection, max: 3 })
  pool.on('error', (error) => onTrouble(error.message))
  return {
    database: 'postgresql',
    counts: async () => numbersIn((await pool.query(COUNTS)).rows[0]),
    writePing: async ({ at, rttMs }) => void (await pool.query(INSERT_PING, [at, true, rttMs])),
    writeAudit: async (action, at) => void (await pool.query(INSERT_AUDIT, [action, at])),
    close: () => pool.end(),
  }
}

function numbersIn(row: unknown): Record<string, number> {
  return Object.fromEntries(Object.entries(Object(row)).map(([name, value]) => [name, Number(value)]))
}
