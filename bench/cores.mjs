import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'pg'

const run = promisify(execFile)
const LOOK_EVERY_MS = 20

/**
 * Which core each session is for: pg_dump's has the first, all others the second. The first session of an attempt is
 * the one that hashes; the one that pg_dump opens bears the same name.
 */
const SESSIONS = `
  select pid, case when application_name = 'pg_dump' or (application_name = 'cutover:bench.backup.1'
    and backend_start > min(backend_start) over (partition by application_name)) then 0 else 1 end as core
  from pg_stat_activity where application_name = 'pg_dump' or application_name like 'cutover:%'`

/**
 * A core to spare, where the machine has not more of them than a dump takes: pg_dump and its session share the first
 * core, whatever else is done has the second. Gives the folder of a pg_dump that stays on the first, and `apart`, which
 * puts the sessions of what it runs where they belong. Undefined where cores cannot be assigned.
 */
export async function onCores(folder, url) {
  if (availableParallelism() < 2) return undefined
  try {
    await run('taskset', ['-c', '0,1', 'true'])
  } catch {
    console.log('  (taskset is missing: not measured with a core to spare)')
    return undefined
  }
  const tools = join(folder, 'tools')
  await mkdir(tools)
  await writeFile(join(tools, 'pg_dump'), '#!/bin/sh\nexec taskset -c 0 pg_dump "$@"\n', { mode: 0o755 })
  return { tools, apart: (work) => apart(url, work) }
}

async function apart(url, work) {
  const client = new Client({ connectionString: url })
  await client.connect()
  const ended = new AbortController()
  const placing = placeSessions(client, ended.signal)
  try {
    return await work()
  } finally {
    ended.abort()
    await placing
    await client.end()
  }
}

async function placeSessions(client, ended) {
  const placed = new Map()
  while (!ended.aborted) {
    const { rows } = await client.query(SESSIONS)
    for (const { pid, core } of rows) {
      if (placed.get(pid) === core) continue
      placed.set(pid, core)
      // It may have ended meanwhile.
      await run('taskset', ['-cp', String(core), String(pid)]).catch(() => undefined)
    }
    await pause(LOOK_EVERY_MS)
  }
}
