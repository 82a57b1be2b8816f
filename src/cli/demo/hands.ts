import { DatabaseSync } from '@photostructure/sqlite'
import { Client } from 'pg'
import { z } from 'zod'

/** What people do away from Slack: on a database, in a browser. Each gives the line that tells it. */
export interface Hands {
  cleanOrphans(): string
  lookAtDashboard(): Promise<string>
  lookAtSetAside(): Promise<string>
}

const Health = z.object({ database: z.string() })
const Dashboard = z.object({ devices: z.number(), rules: z.number(), open_alerts: z.number() })

export function makeHands(places: {
  readonly sqlite: string
  readonly postgres: string
  readonly health: URL
}): Hands {
  let devicesBefore: number | undefined
  return {
    cleanOrphans() {
      const database = new DatabaseSync(places.sqlite, { timeout: 5000 })
      try {
        // By `exec`: a prepared statement would keep the file open until it is collected, long after `close`.
        database.exec(
          'delete from snmp_credentials where device_id not in (select id from standalone_devices)',
        )
        return 'deletes the orphaned SNMP credential with sqlite3; the service goes on writing meanwhile'
      } finally {
        database.close()
      }
    },
    async lookAtDashboard() {
      const { database } = await read(places.health, Health)
      const counts = await read(new URL('/api/v1/dashboard', places.health), Dashboard)
      const same = devicesBefore === counts.devices ? ', as many as before' : ''
      devicesBefore ??= counts.devices
      return `opens the dashboard (on ${database}): ${counts.devices} devices${same}, ${counts.rules} rules, ${counts.open_alerts} open alerts`
    },
    async lookAtSetAside() {
      const client = new Client({ connectionString: places.postgres })
      await client.connect()
      try {
        const { rows } = await client.query<{ schema: string; tables: string }>(
          `select table_schema as schema, count(*) as tables from information_schema.tables
           where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema', 'public')
           group by table_schema order by table_schema`,
        )
        const seen = rows.map(({ schema, tables }) => `${tables} tables in schema ${schema}`)
        return `looks into PostgreSQL: ${seen.join(', ') || 'nothing was set aside'}`
      } finally {
        await client.end()
      }
    },
  }
}

async function read<T>(url: URL, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(await (await fetch(url)).json())
}
