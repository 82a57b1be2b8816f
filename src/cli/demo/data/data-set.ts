import { copyFileSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { makeCalendar } from './calendar.ts'
import { makeChance } from './chance.ts'
import {
  credentials,
  devices,
  maintenanceWindows,
  notificationChannels,
  rules,
  settings,
  users,
} from './inventory.ts'
import { alerts, auditLog, interfaces, pings, traffic } from './measurements.ts'
import { sizesFor, type Making, type Row } from './tables.ts'

export interface DataSet {
  readonly rows: number
  readonly tables: number
  readonly bytes: number
}

/** In an order in which nothing points at a row that is not there yet, the one orphan apart. */
const TABLES: Readonly<Record<string, (making: Making) => Iterable<Row>>> = {
  users,
  standalone_devices: devices,
  snmp_credentials: credentials,
  device_interfaces: interfaces,
  alert_rules: rules,
  maintenance_windows: maintenanceWindows,
  notification_channels: notificationChannels,
  app_settings: settings,
  traffic_samples: traffic,
  ping_results: pings,
  alerts,
  audit_log: auditLog,
}

/**
 * Makes the SQLite database of Ward OPS at `path`: related tables with all that a move to PostgreSQL gets wrong when
 * it is careless. The same seed, number of rows and `until` (the newest moment in it) give the same rows.
 */
export function makeDataSet(wanted: {
  readonly path: string
  /** Of `sqlite-schema.sql` and `reference-data.sql`. */
  readonly schemaFolder: string
  readonly rows: number
  readonly seed: number
  readonly until: number
}): DataSet {
  const chance = makeChance(wanted.seed)
  const making = { chance, calendar: makeCalendar(wanted.until, chance), sizes: sizesFor(wanted.rows) }
  const draft = `${wanted.path}.draft`
  const database = new DatabaseSync(draft, { enableForeignKeyConstraints: false })
  try {
    // A file that is made anew after a power cut needs no journal; the service turns WAL on when it opens it.
    database.exec('pragma journal_mode = off; pragma synchronous = off')
    for (const file of ['sqlite-schema.sql', 'reference-data.sql'])
      database.exec(readFileSync(join(wanted.schemaFolder, file), 'utf8'))
    database.exec('begin')
    for (const [table, rowsOf] of Object.entries(TABLES)) fill(database, table, rowsOf(making))
    database.exec('commit')
    const counts = countRows(database)
    const rows = counts.reduce((sum, count) => sum + count, 0)
    // Prepared statements keep their file open until they are collected, long after `close`: a copy has no holder.
    copyFileSync(draft, wanted.path)
    return { rows, tables: counts.length, bytes: statSync(wanted.path).size }
  } finally {
    database.close()
    rmSync(draft, { force: true })
  }
}

function fill(database: DatabaseSyncInstance, table: string, rows: Iterable<Row>): void {
  const columns = database.prepare(`select name from pragma_table_info('${table}')`).all().length
  const marks = Array.from({ length: columns }, () => '?').join(', ')
  const insert = database.prepare(`insert into ${table} values (${marks})`)
  for (const row of rows) insert.run(...row)
}

function countRows(database: DatabaseSyncInstance): number[] {
  const names = database
    .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
    .all()
  return names.map((row) => {
    const counted = database.prepare(`select count(*) as rows from ${nameOf(row)}`).get()
    return Number((counted as { rows: number }).rows)
  })
}

function nameOf(row: unknown): string {
  return (row as { name: string }).name
}
