import { DatabaseSync } from '@photostructure/sqlite'
import { Client } from 'pg'
import { compareDatabases } from '../dist/actions/compare/compare-databases.js'
import { copyDatabase } from '../dist/actions/copy/copy-database.js'

/** One measured run in a process of its own: `node child.mjs WHAT FILE URL` prints {ms, maxRssMb, …} as JSON. */
const [what, file, url] = process.argv.slice(2)
const source = { kind: 'sqlite', name: 'source', path: file }
const target = { kind: 'postgres', name: 'target', url }

const runs = {
  copy: async () => {
    const { rows } = await copyDatabase({ from: source, to: target, attempt: 'bench' })
    return { rows }
  },
  compare: async () => {
    const { rows, differences, differing } = await compareDatabases({ source, target, attempt: 'bench' })
    return { rows, differences, differing }
  },
  naive: compareRowByRow,
}

const run = runs[what]
if (!run) throw new Error(`no run is called ${what}`)
const began = performance.now()
const result = await run()
const ms = performance.now() - began
process.stdout.write(
  JSON.stringify({ ms, maxRssMb: Math.round(process.resourceUsage().maxRSS / 1024), ...result }),
)

/** What one writes without thinking: both sides as objects in key order, each pair brought to one form and compared. */
async function compareRowByRow() {
  const database = new DatabaseSync(file, { readOnly: true })
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('begin isolation level repeatable read read only')
  let rows = 0
  let differences = 0
  const statements = []
  for (const table of ['customers', 'orders']) {
    await client.query(`declare walk no scroll cursor for select * from ${table} order by id`)
    const theirs = fetchRows(client)
    // Held here: an iterator does not keep its statement alive.
    const statement = database.prepare(`select * from ${table} order by id`)
    statements.push(statement)
    for (const row of statement.iterate()) {
      const { value: other } = await theirs.next()
      if (!other || JSON.stringify(fromSqlite(row)) !== JSON.stringify(fromPostgres(other))) differences += 1
      rows += 1
    }
    await client.query('close walk')
  }
  await client.end()
  database.close()
  return { rows, differences, tables: statements.length }
}

async function* fetchRows(client) {
  for (;;) {
    const { rows } = await client.query('fetch 1000 from walk')
    if (rows.length === 0) return
    yield* rows
  }
}

function fromSqlite(row) {
  if (row.reference === undefined) return { ...row, id: String(row.id) }
  return {
    ...row,
    id: String(row.id),
    amount: row.amount.toFixed(2),
    is_paid: row.is_paid === 1,
    created_at: new Date(`${row.created_at.replace(' ', 'T').slice(0, 23)}Z`).toISOString(),
    details: sorted(JSON.parse(row.details)),
    token: row.token,
    payload: row.payload === null ? null : Buffer.from(row.payload).toString('hex'),
  }
}

function fromPostgres(row) {
  if (row.reference === undefined) return row
  return {
    ...row,
    created_at: row.created_at.toISOString(),
    details: sorted(row.details),
    token: row.token.replaceAll('-', ''),
    payload: row.payload === null ? null : row.payload.toString('hex'),
  }
}

function sorted(details) {
  return Object.fromEntries(Object.entries(details).sort(([a], [b]) => (a < b ? -1 : 1)))
}
