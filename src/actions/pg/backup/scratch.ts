import { createHash, randomUUID } from 'node:crypto'
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
    await createDatabaseLike(maker, name, shape)
    log(`made the scratch database ${name}`)
  } finally {
    await maker.end()
  }
  try {
    return await use(name)
  } finally {
    await dropScratch(target, { attempt, name, log })
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
