import type { Client } from 'pg'
import { escapeIdentifier, escapeLiteral } from 'pg'
import { z } from 'zod'
import type { DatabaseNote } from './note.ts'
import { writeNote } from './note.ts'
import type { DatabaseState } from './state.ts'

/** Who is kept out by a fence. */
export const FENCES = {
  /** Nobody can connect, superusers neither. */
  everyone: 'allow_connections false',
  /** Superusers still can: a migration that runs as one. */
  users: 'connection limit 0',
} as const
export const FenceKind = z.enum(['everyone', 'users'])
export type FenceKind = z.infer<typeof FenceKind>

/** Statements that close a database and write down how it was. One that is closed already keeps what was written. */
export function closing(
  database: DatabaseState,
  { by, why, kind }: { by: string; why: 'drain' | 'swap'; kind: FenceKind },
): string[] {
  const { allowed, limit } = database
  const fence = database.note.fence ?? { by, why, allowed, limit }
  return [
    `alter database ${escapeIdentifier(database.name)} with ${FENCES[kind]}`,
    noting(database.name, database.comment, { ...database.note, fence }),
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
