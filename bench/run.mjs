import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Client } from 'pg'
import { startEmbeddedPostgres } from '../dist/postgres/embedded.js'
import { benchBackup } from './backup.mjs'
import { benchCancel } from './cancel.mjs'
import { benchClicks } from './clicks.mjs'
import { benchCompare } from './compare.mjs'
import { benchCopy } from './copy.mjs'
import { benchImport } from './import.mjs'
import { benchRestore } from './restore.mjs'
import { makeSampleDatabase } from './sample-data.mjs'

/**
 * Measures the promises about speed, as ratios within one run, on a PostgreSQL of its own. Exit code 1: one is broken.
 * `--rows` (1,000,000), `--rounds` (3), `--only copy|compare|clicks|backup|restore|cancel|import`.
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
})
const rows = Number(values.rows)
const rounds = Number(values.rounds)
const folder = await mkdtemp(join(tmpdir(), 'cutover-bench-'))
// As root the server runs as nobody, who must be able to pass.
await chmod(folder, 0o711)
const server = await startEmbeddedPostgres({
  folder: join(folder, 'postgres'),
  settings: { shared_buffers: '1GB', max_wal_size: '8GB', maintenance_work_mem: '256MB' },
})

const file = join(folder, 'sample.db')
const smallFile = join(folder, 'small.db')
try {
  const results = []
  // First, while the server is idle: what the others leave behind is still being written back.
  if (wants('clicks')) results.push(await benchClicks({ folder, database }))
  if (wants('copy') || wants('compare')) {
    makeSampleDatabase(file, rows)
    makeSampleDatabase(smallFile, Math.ceil(rows / 4))
  }
  const place = { file, smallFile, rows, rounds, database }
  if (wants('copy')) results.push(await benchCopy(place))
  if (wants('compare')) results.push(await benchCompare(place))
  if (wants('import')) results.push(await benchImport({ folder, rounds }))
  if (wants('cancel')) results.push(await benchCancel({ folder, rounds, database }))
  if (wants('restore')) results.push(await benchRestore({ folder, rows, rounds, database }))
  if (wants('backup')) results.push(await benchBackup({ folder, rows, rounds, database }))
  if (results.includes(false)) process.exitCode = 1
} finally {
  await server.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}

function wants(name) {
  return values.only === undefined || values.only === name
}

/** A fresh database with the given tables; its URL. */
async function database(name, sql) {
  const admin = new Client({ connectionString: server.url('postgres') })
  await admin.connect()
  await admin.query(`create database ${name}`)
  await admin.end()
  const client = new Client({ connectionString: server.url(name) })
  await client.connect()
  await client.query(sql)
  await client.query('checkpoint')
  await client.end()
  return server.url(name)
}
