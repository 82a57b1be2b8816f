import { readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { ActionFailure } from '../../action.ts'

const MarkedTable = z.object({
  rows: z.number(),
  /** Deletions that the statistics had counted; null where they are off. */
  deletions: z.number().nullable(),
})

const Mark = z.object({
  version: z.literal(1),
  attempt: z.string(),
  /** ISO 8601 */
  at: z.string(),
  database: z.string(),
  /** Of the database: another one of its name is not the one that was marked. */
  oid: z.number(),
  systemIdentifier: z.string(),
  lsn: z.string().nullable(),
  /** The oldest transaction that was under way: with its epoch, as a decimal number. */
  xid: z.string(),
  /** By quoted name with its schema. */
  tables: z.record(z.string(), MarkedTable),
})
/** A moment of a database, from which on is known what was written. */
export type Mark = z.infer<typeof Mark>

export async function readMark(path: string): Promise<Mark> {
  try {
    return Mark.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    throw new ActionFailure(`${path} is no mark of a database, or cannot be read.`, {
      hint: 'Name the fact `file` of a step with `uses: pg.mark`, on the same pool.',
      changed: 'nothing was changed',
      cause,
    })
  }
}

/** 0600; refuses (EEXIST) where a file is already: a mark is never made anew under its name. */
export async function writeMark(path: string, mark: Mark): Promise<void> {
  await writeFile(path, `${JSON.stringify(mark, null, 1)}\n`, { mode: 0o600, flag: 'wx' })
}
