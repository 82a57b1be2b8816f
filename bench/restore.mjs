import { execFile } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { fill, libpq, timed } from './backup.mjs'
import { best, ratio, seconds } from './measure.mjs'
import { POSTGRES_SCHEMA } from './sample-data.mjs'

const run = promisify(execFile)
const CHILD = new URL('restore-child.mjs', import.meta.url).pathname

const SAME_FLAGS = 1.03
const CLIENTS = 20
const SWAP_MS = 500

/** `pg.restore` against the bare tool with the same flags, and a rollback by swap against drop, create and restore. */
export async function benchRestore({ folder, rows, rounds, database }) {
  const url = await database('live', `${POSTGRES_SCHEMA}; ${fill(rows)}`)
  const target = { kind: 'postgres', name: 'live', url }
  const place = join(folder, 'restores')
  await mkdir(place, { mode: 0o700 })
  const { facts: saved } = await act('pg.backup', { from: target, to: place, name: 'live.dump' })
  const admin = new Client({ connectionString: url.replace(/\/live$/, '/postgres') })
  await admin.connect()
  const bare = []
  const ours = []
  const whole = []
  let standby
  const restoreBare = async (name) => {
    const empty = await database(name, 'select 1')
    const words = ['--exit-on-error', '-j2', '-d', name, saved.file]
    bare.push(await timed('pg_restore', words, libpq(empty)))
    await admin.query(`drop database ${name} with (force)`)
    await admin.query('checkpoint')
  }
  const restoreOurs = async (attempt) => {
    if (standby) await admin.query(`drop database ${standby.database} with (force)`)
    await admin.query('checkpoint')
    const { ms, facts } = await act('pg.restore-beside', { target, backup: saved.file }, attempt)
    ours.push(facts.restoreMs)
    whole.push(ms)
    standby = facts
  }
  // In turns, each of them first every other time: what is still being written back slows whoever follows.
  for (let round = 0; round < rounds; round++) {
    const both = [() => restoreBare(`bare${round}`), () => restoreOurs(`b.r${round}.1`)]
    for (const one of round % 2 === 0 ? both : both.reverse()) await one()
  }
  const swap = await rollbackBySwap(url, target, standby)
  const anew = await rollbackAnew(admin, url, saved.file)
  await admin.end()
  await rm(place, { recursive: true })
  return report({ rows, bare, ours, whole, swap, anew })
}

function report({ rows, bare, ours, whole, swap, anew }) {
  const factor = best(ours) / best(bare)
  console.log(`pg.restore, ${rows.toLocaleString('en-US')} rows of 12 columns:`)
  console.log(`  pg_restore --exit-on-error -j2       ${seconds(best(bare))}`)
  console.log(`  the same inside pg.restore           ${seconds(best(ours))}`)
  console.log(
    `  pg.restore, with sha256 of the file, statistics and proof by content  ${seconds(best(whole))}`,
  )
  console.log(`Rollback with ${CLIENTS} clients that go on working and connecting:`)
  console.log(
    `  pg.swap, from its first connection   ${Math.round(swap.ms)} ms, of these ${swap.downtimeMs} ms without a database`,
  )
  console.log(`  drop, create, pg_restore -j2         ${seconds(anew)}`)
  return [
    ratio('  pg.restore / the same flags', factor, factor <= SAME_FLAGS, `at most ${SAME_FLAGS}`),
    ratio('  ms of a rollback by swap', swap.ms, swap.ms < SWAP_MS, `less than ${SWAP_MS}`),
    ratio('  drop, create, restore / swap', anew / swap.ms, anew > swap.ms, 'more than 1'),
  ].every(Boolean)
}

async function rollbackBySwap(url, target, standby) {
  const clients = await startClients(url)
  const { ms, facts } = await act(
    'pg.swap',
    { target, replacement: standby.database, oid: standby.oid },
    'b.swap.1',
  )
  await clients.stop()
  if (facts.terminated < CLIENTS) throw new Error(`only ${facts.terminated} clients were connected`)
  return { ms, downtimeMs: facts.downtimeMs }
}

/** What a runbook without the swap does, with nothing proven. */
async function rollbackAnew(admin, url, file) {
  const clients = await startClients(url)
  const began = performance.now()
  await admin.query('alter database live allow_connections false')
  await admin.query('drop database live with (force)')
  await admin.query('create database live template template0')
  await run('pg_restore', ['--exit-on-error', '-j2', '-d', 'live', file], { env: libpq(url) })
  const ms = performance.now() - began
  await clients.stop()
  return ms
}

/** Clients as a pool has them: one short query after the other, and a new connection when one breaks. */
async function startClients(url) {
  const stop = new AbortController()
  const all = []
  await Promise.all(
    Array.from(
      { length: CLIENTS },
      () => new Promise((connected) => all.push(keepWorking(url, stop.signal, connected))),
    ),
  )
  return {
    stop: async () => {
      stop.abort()
      await Promise.all(all)
    },
  }
}

async function keepWorking(url, signal, connected) {
  while (!signal.aborted) {
    const client = new Client({ connectionString: url })
    client.on('error', () => undefined)
    try {
      await client.connect()
      connected()
      while (!signal.aborted) {
        await client.query('select count(*) from customers where id < 100')
        await sleep(5)
      }
    } catch {
      // Ended, or kept out: it comes again.
      await sleep(100)
    }
    await client.end().catch(() => undefined)
  }
}

async function act(name, input, attempt = 'b.step.1') {
  const { stdout } = await run(process.execPath, [CHILD, name, JSON.stringify(input), attempt])
  return JSON.parse(stdout)
}
