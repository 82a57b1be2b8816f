import { execFileSync } from 'node:child_process'
import { POSTGRES_TABLES, POSTGRES_INDEXES, POSTGRES_SCHEMA } from './sample-data.mjs'
import { best, child, ratio, seconds } from './measure.mjs'

const LIMIT = 1.25

/** `sqlite.copy` against the plain pipe of the same data, both ending with the same keys, indexes and statistics. */
export async function benchCopy({ file, rows, database, rounds }) {
  if (!available('sqlite3') || !available('psql')) {
    console.log('sqlite.copy: not measured, for the plain pipe needs sqlite3 and psql on the PATH.')
    return true
  }
  const pipe = []
  const ours = []
  // In turns, so that a machine that slows down slows both.
  for (let round = 0; round < rounds; round++) {
    const piped = await database(`piped${round}`, POSTGRES_TABLES)
    pipe.push(timed(() => plainPipe(file, piped)))
    const copied = await database(`copied${round}`, POSTGRES_SCHEMA)
    ours.push((await child('copy', file, copied)).ms)
  }
  const factor = best(ours) / best(pipe)
  console.log(
    `sqlite.copy, ${rows.toLocaleString('en-US')} rows of 12 columns, with keys, indexes and statistics:`,
  )
  console.log(`  plain pipe (sqlite3 | psql \\copy)   ${seconds(best(pipe))}`)
  console.log(`  sqlite.copy                          ${seconds(best(ours))}`)
  return ratio(`  sqlite.copy / plain pipe`, factor, factor <= LIMIT, `at most ${LIMIT}`)
}

/** The load with keys, then indexes and foreign keys, then statistics: the way that somebody does it who knows. */
function plainPipe(file, url) {
  const columns = {
    customers: '*',
    orders: `id, customer_id, reference, amount, discount, is_paid, weight, created_at, note, details, token,
      case when payload is null then null else '\\x' || hex(payload) end`,
  }
  for (const [table, select] of Object.entries(columns)) {
    const script = `set -euo pipefail
      sqlite3 -readonly -csv "$FILE" "$SELECT" | psql -qX -v ON_ERROR_STOP=1 "$URL" -c "\\copy $TABLE from stdin with (format csv)"`
    execFileSync('bash', ['-c', script], {
      env: {
        ...process.env,
        PGTZ: 'UTC',
        FILE: file,
        URL: url,
        TABLE: table,
        SELECT: `select ${select} from ${table}`,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }
  execFileSync('psql', [
    '-qX',
    '-v',
    'ON_ERROR_STOP=1',
    url,
    '-c',
    `set maintenance_work_mem = '256MB'; ${POSTGRES_INDEXES}; analyze`,
  ])
}

function timed(work) {
  const began = performance.now()
  work()
  return performance.now() - began
}

function available(program) {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
