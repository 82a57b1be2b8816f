import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { ActionContext, RunAction, RunResult } from '../action.ts'
import { FileName, stampOf, writeFailure } from '../files/backup-place.ts'
import { syncToDisk } from '../files/durable.ts'
import { hostPath } from '../parameters.ts'
import { postgresTarget } from '../targets.ts'
import { count } from '../wording.ts'
import { preparePlace } from './backup/copies.ts'
import { cancelOnAbort } from './cancel.ts'
import { connectPostgres } from './connect.ts'
import { postgresFailure } from './failures.ts'
import type { Mark } from './written/mark-file.ts'
import { writeMark } from './written/mark-file.ts'
import { countRows, momentOf, tablesOf, writersOf } from './written/tables.ts'

const Input = z.strictObject({
  target: postgresTarget().describe('The PostgreSQL database.'),
  to: hostPath(
    'Folder of the mark, made (0700) when it is not there; one that others may write to is refused.',
  ),
  stamp: FileName.optional().describe(
    'Stamp in the name of the file, as `$cutover.stamp`; the time in UTC unless said.',
  ),
})
type Input = z.infer<typeof Input>

export const pgMark: RunAction<Input> = {
  name: 'pg.mark',
  kind: 'run',
  mutating: false,
  summary:
    'Marks a moment of a database, as just before customers write again: the oldest transaction under way, the WAL position, and how many rows each table has. `pg.written-since` then knows what came after. What transactions wrote that were under way at that moment counts as written since: mark while nobody writes.',
  input: Input,
  facts: { file: 'path', lsn: 'text', xid: 'text', at: 'text', tables: 'int', rows: 'int', underWay: 'int' },
  run,
}

async function run({ target, to, stamp }: Input, context: ActionContext): Promise<RunResult> {
  const folder = resolve(to)
  await preparePlace(folder)
  const { attempt, signal } = context
  const client = await connectPostgres(target, { attempt })
  const stop = await cancelOnAbort(client, target, { attempt, signal })
  try {
    await client.query('begin isolation level repeatable read read only')
    await client.query('set local row_security = off')
    const { xmin, xmax: _next, at, ...moment } = await momentOf(client)
    const underWay = await writersOf(client)
    const tables: Mark['tables'] = {}
    const all = await tablesOf(client)
    for (const [done, table] of all.entries()) {
      context.progress({ done, total: all.length, unit: 'tables', label: table.name })
      tables[table.name] = { rows: await countRows(client, table), deletions: table.deletions }
    }
    const mark: Mark = { version: 1, attempt, at: at.toISOString(), ...moment, xid: xmin, tables }
    const file = await save(folder, mark, stamp)
    const rows = Object.values(tables).reduce((sum, table) => sum + table.rows, 0)
    const writing = underWay === 0 ? '' : '; somebody was writing: his rows may count as written since'
    return {
      summary: `marked at ${moment.lsn ?? 'a standby'}, ${count(rows, 'row')} in ${count(all.length, 'table')}${writing}`,
      facts: { file, lsn: moment.lsn, xid: xmin, at: mark.at, tables: all.length, rows, underWay },
    }
  } catch (error) {
    signal.throwIfAborted()
    throw postgresFailure(error, { what: `Marking ${target.name}`, changed: 'nothing was changed' })
  } finally {
    stop()
    await client.end().catch(() => undefined)
  }
}

/** Under a name that is free: an earlier mark is never written over. */
async function save(folder: string, mark: Mark, stamp: string | undefined): Promise<string> {
  const stem = `${mark.database.replaceAll(/[^A-Za-z0-9_-]/g, '_')}.${stamp ?? stampOf(new Date())}`
  for (let number = 1; ; number += 1) {
    const path = join(folder, number === 1 ? `${stem}.mark.json` : `${stem}.${number}.mark.json`)
    try {
      await writeMark(path, mark)
      await syncToDisk(path)
      await syncToDisk(folder)
      return path
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') continue
      throw writeFailure(error, `Writing ${path} failed`)
    }
  }
}
