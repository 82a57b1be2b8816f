import { execFile } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { onCores } from './cores.mjs'
import { best, ratio, seconds } from './measure.mjs'
import { POSTGRES_SCHEMA } from './sample-data.mjs'

const run = promisify(execFile)
const CHILD = new URL('backup-child.mjs', import.meta.url).pathname

const SAME_FLAGS = 1.03
const DEFAULT_FLAGS = 2
const VERIFIED = 2

/** The same twelve kinds of column as the other benchmarks, made on the server. */
export const fill = (rows) => `
  insert into customers select i, 'Kundin Nr. ' || i || ' Müller', 'kundin' || i || '@example.org'
    from generate_series(1, greatest(1, ${rows} / 50)) i;
  insert into orders select i, 1 + (i * 7919) % greatest(1, ${rows} / 50), 'ORD-' || lpad(i::text, 8, '0'),
    i % 100000 / 100.0 + i % 7, case when i % 3 > 0 then i % 40 end, i % 2 = 1, i / 7.0,
    timestamptz '2023-11-14 22:13:20Z' + i * interval '1.000017 s',
    case when i % 5 > 0 then 'größere Bestellung, bitte beim Nachbarn abgeben, Nummer ' || i end,
    jsonb_build_object('source', 'web', 'items', jsonb_build_array(i % 9, i % 4), 'gift', i % 2 = 1),
    md5(i::text)::uuid, case when i % 4 > 0 then decode(md5((i * 40503)::text), 'hex') end
    from generate_series(1::bigint, ${rows}) i;
  analyze`

/** `pg.backup` and its proof by `pg.test-restore` against the bare tools, in turns. */
export async function benchBackup({ folder, rows, rounds, database }) {
  const url = await database('saved', `${POSTGRES_SCHEMA}; ${fill(rows)}`)
  const env = libpq(url)
  const place = join(folder, 'backups')
  const cores = await onCores(folder, url)
  const took = {
    default: [],
    bare: [],
    hashed: [],
    directory: [],
    ours: [],
    oursDirectory: [],
    bareApart: [],
    oursApart: [],
    restore: [],
    proof: [],
  }
  for (let round = 0; round < rounds; round++) {
    await mkdir(place, { mode: 0o700 })
    const at = (name) => join(place, `${name}${round}`)
    if (round === 0) took.default.push(await timed('pg_dump', ['-Fc', '-f', at('default')], env))
    took.bare.push(await timed('pg_dump', ['-Fc', '-Z1', '-f', at('bare')], env))
    took.hashed.push(await hashedBeside(url, () => timed('pg_dump', ['-Fc', '-Z1', '-f', at('hashed')], env)))
    took.ours.push(await child('backup', url, at('ours'), 'custom'))
    took.directory.push(await timed('pg_dump', ['-Fd', '-j2', '-Z1', '-f', at('folder')], env))
    took.oursDirectory.push(await child('backup', url, at('oursFolder'), 'directory'))
    if (cores !== undefined) {
      const { tools, apart } = cores
      const words = ['-Fc', '-Z1', '-f', at('bareApart')]
      took.bareApart.push(await apart(() => timed(join(tools, 'pg_dump'), words, env)))
      took.oursApart.push(await apart(() => child('backup', url, at('oursApart'), 'custom', tools)))
    }
    const empty = await database(`bare${round}`, 'select 1')
    const words = ['--exit-on-error', '--no-owner', '--no-privileges', '-j2', '-d', `bare${round}`]
    took.restore.push(await timed('pg_restore', [...words, at('bare')], libpq(empty)))
    await drop(url, `bare${round}`)
    took.proof.push(await child('test-restore', url, at('ours'), 'custom'))
    await rm(place, { recursive: true })
  }
  return report(rows, took)
}

function report(rows, took) {
  const least = Object.fromEntries(Object.entries(took).map(([name, values]) => [name, best(values)]))
  console.log(`pg.backup, ${rows.toLocaleString('en-US')} rows of 12 columns, while nobody writes:`)
  console.log(`  pg_dump -Fc, its default             ${seconds(least.default)}`)
  console.log(`  pg_dump -Fc -Z1                      ${seconds(least.bare)}`)
  console.log(`  the same, rows hashed beside it      ${seconds(least.hashed)}`)
  console.log(`  pg.backup, with manifest and sha256  ${seconds(least.ours)}`)
  console.log(`  pg_dump -Fd -j2 -Z1                  ${seconds(least.directory)}`)
  console.log(`  pg.backup, format: directory         ${seconds(least.oursDirectory)}`)
  if (took.oursApart.length > 0) {
    console.log(
      `  pg_dump -Fc -Z1 and its session on one core, nothing else on it: ${seconds(least.bareApart)}`,
    )
    console.log(
      `  pg.backup, its pg_dump likewise, the rest on the other core:     ${seconds(least.oursApart)}`,
    )
  }
  console.log(`  pg_restore -j2                       ${seconds(least.restore)}`)
  console.log(`  pg.test-restore                      ${seconds(least.proof)}`)
  const same = least.ours / least.hashed
  const quicker = least.default / least.ours
  const verified = (least.ours + least.proof) / (least.bare + least.restore)
  const spare = took.oursApart.length > 0 ? least.oursApart / least.bareApart : undefined
  // What the manifest costs depends on whether server and tool leave a core to it: told, not promised.
  console.log(`  pg.backup / pg_dump alone            ${(least.ours / least.bare).toFixed(2)}`)
  console.log(`  the same, format: directory          ${(least.oursDirectory / least.directory).toFixed(2)}`)
  return [
    ratio('  pg.backup / same flags, same reading', same, same <= SAME_FLAGS, `at most ${SAME_FLAGS}`),
    spare === undefined ||
      ratio('  pg.backup / pg_dump, a core to spare', spare, spare <= SAME_FLAGS, `at most ${SAME_FLAGS}`),
    ratio('  pg_dump by default / pg.backup', quicker, quicker >= DEFAULT_FLAGS, `at least ${DEFAULT_FLAGS}`),
    ratio('  verified backup / bare', verified, verified <= VERIFIED, `at most ${VERIFIED}`),
  ].every(Boolean)
}

/** The time of a dump while every row is hashed by the server, as a manifest wants it. */
async function hashedBeside(url, dump) {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('set max_parallel_workers_per_gather = 0; set jit = off')
  const began = performance.now()
  const hashes = ['customers', 'orders'].map((table) =>
    client.query(`select count(*), sum(hash_record_extended(t, 0)) from ${table} t`),
  )
  await Promise.all([dump(), ...hashes])
  const ms = performance.now() - began
  await client.end()
  return ms
}

async function child(...words) {
  const { stdout } = await run(process.execPath, [CHILD, ...words])
  return JSON.parse(stdout).ms
}

export async function timed(program, words, env) {
  const began = performance.now()
  await run(program, words, { env })
  return performance.now() - began
}

export function libpq(address) {
  const url = new URL(address)
  return {
    ...process.env,
    PGHOST: url.hostname,
    PGPORT: url.port,
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
  }
}

async function drop(url, name) {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(`drop database ${name} with (force)`)
  await client.end()
}
