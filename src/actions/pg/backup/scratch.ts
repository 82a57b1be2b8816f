import { createHash, randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import { connectPostgres } from '../connect.ts'
import type { PostgresTarget } from '../../targets.ts'
import type { DatabaseShape } from './manifest.ts'
import { createDatabaseLike } from './restore-into.ts'

/** Makes a name that nobody has; `create database` refuses it all the same where it is taken. */
function scratchName(attempt: string): string {
  const hash = createHash('sha256').update(`${attempt} ${randomUUID()}`).digest('hex')
  return `cutover_scratch_${hash.slice(0, 16)}`
}

/**
 * Gives `use` an empty database of its own on the server of `target`, like the saved one, and drops it afterwards
 * whatever has happened: only because this call made it. Its name is logged, for the case that nothing can drop it.
 */
export async function withScratch<Result>(
  target: PostgresTarget,
  {
    attempt,
    shape,
    log,
  }: { readonly attempt: string; readonly shape: DatabaseShape; readonly log: (line: string) => void },
  use: (database: string) => Promise<Result>,
): Promise<Result> {
  const name = scratchName(attempt)
  const maker = await connectPostgres(target, { attempt })
  try {
    await dropLeftovers(maker, { attempt, log })
    await createDatabaseLike(maker, name, shape)
    log(`made the scratch database ${name}`)
    await maker.query(
      `comment on database ${maker.escapeIdentifier(name)} is ${maker.escapeLiteral(markOf(attempt))}`,
    )
  } finally {
    await maker.end()
  }
  try {
    return await use(name)
  } finally {
    await dropScratch(target, { attempt, name, log })
  }
}

const markOf = (attempt: string): string => `scratch database of ${attempt}`

/** An earlier attempt of the same step that was killed could not drop its own; nobody is in it any more. */
async function dropLeftovers(
  client: Client,
  { attempt, log }: { attempt: string; log: (line: string) => void },
) {
  const step = attempt.replace(/\.\d+$/, '')
  const { rows } = await client.query<{ name: string; mark: string }>(
    `select d.datname as name, shobj_description(d.oid, 'pg_database') as mark from pg_database d
     where d.datname ~ '^cutover_scratch_[0-9a-f]{16}$' and shobj_description(d.oid, 'pg_database') is not null
       and not exists (select from pg_stat_activity a where a.datid = d.oid)`,
  )
  for (const { name, mark } of rows) {
    if (!mark.startsWith(`${markOf(step)}.`) || mark === markOf(attempt)) continue
    await client.query(`drop database ${client.escapeIdentifier(name)}`)
    log(`dropped ${name}, which an attempt before left`)
  }
}

async function dropScratch(
  target: PostgresTarget,
  { attempt, name, log }: { attempt: string; name: string; log: (line: string) => void },
) {
  try {
    // Of another name than the attempt's own: whoever ends its sessions leaves this one its work.
    const client = await connectPostgres(target, { attempt: `${attempt}.drop` })
    try {
      await client.query(`drop database ${client.escapeIdentifier(name)} with (force)`)
      log(`dropped the scratch database ${name}`)
    } finally {
      await client.end()
    }
  } catch {
    log(`the scratch database ${name} could not be dropped; drop it by hand`)
  }
}
