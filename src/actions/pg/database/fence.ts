import type { Client } from 'pg'
import { escapeIdentifier, escapeLiteral } from 'pg'
import { z } from 'zod'
import type { DatabaseNote } from './note.ts'
import { writeNote } from './note.ts'
import type { DatabaseState } from './state.ts'

/** Who is kept out by a fence: `everyone`, superusers too, or `users`, for a migration that runs as a superuser. */
export const FenceKind = z.enum(['everyone', 'users'])
export type FenceKind = z.infer<typeof FenceKind>

type Fence = NonNullable<DatabaseNote['fence']>

/** The statement that closes a database to whom the fence says. */
export const closedAs = (name: string, { kind, allowed, limit }: Fence) =>
  kind === 'everyone'
    ? `alter database ${escapeIdentifier(name)} with allow_connections false connection limit ${limit}`
    : `alter database ${escapeIdentifier(name)} with allow_connections ${allowed} connection limit 0`

/**
 * Statements that close a database and write down how it was. What is written of one that is closed already is kept;
 * a swap closes a drained one to everyone for its while, and the note still tells to whom the drain had closed it.
 */
export function closing(
  database: DatabaseState,
  { by, why, kind }: { by: string; why: 'drain' | 'swap'; kind: FenceKind },
): string[] {
  const { allowed, limit, note } = database
  const own = { by, why, kind, allowed: note.fence?.allowed ?? allowed, limit: note.fence?.limit ?? limit }
  const fence = why === 'swap' ? (note.fence ?? own) : own
  return [
    closedAs(database.name, { ...fence, kind }),
    noting(database.name, database.comment, { ...note, fence }),
  ]
}

/** Statements that open a database again, as it was. */
export function opening(database: DatabaseState): string[] {
  const { fence, ...note } = database.note
  if (!fence) return []
  return [
    `alter database ${escapeIdentifier(database.name)} with allow_connections ${fence.allowed} connection limit ${fence.limit}`,
    noting(database.name, database.comment, note),
  ]
}

/** Statements after which a swap that came to nothing keeps out nobody: what a drain had closed is closed as it was. */
export function withoutSwap(database: DatabaseState): string[] {
  const { fence } = database.note
  return fence?.why === 'drain' ? [closedAs(database.name, fence)] : opening(database)
}

export function noting(name: string, own: string | null, note: DatabaseNote): string {
  const text = writeNote(own, note)
  return `comment on database ${escapeIdentifier(name)} is ${text === null ? 'null' : escapeLiteral(text)}`
}

/** Wholly or not at all. */
export async function inOneTransaction(client: Client, statements: readonly string[]): Promise<void> {
  if (statements.length === 0) return
  await client.query('begin')
  try {
    for (const statement of statements) await client.query(statement)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}
