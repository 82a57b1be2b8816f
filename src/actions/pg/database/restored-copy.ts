import type { Client } from 'pg'
import { escapeIdentifier } from 'pg'
import { ActionFailure } from '../../action.ts'
import { freeName, stampInName } from '../names.ts'
import { likeness } from './carry.ts'
import { namesOfSessions, sessionsIn } from './empty.ts'
import { inOneTransaction, noting } from './fence.ts'
import type { DatabaseNote } from './note.ts'
import { readNote } from './note.ts'
import { sameStep } from './same-step.ts'
import type { DatabaseState } from './state.ts'
import { databaseNames, readDatabase } from './state.ts'

const NOTHING = 'nothing was changed'

/** What a copy is of; stands in its note from its making on. */
export interface CopyOf {
  readonly live: DatabaseState
  readonly attempt: string
  /** The backup, and its sha256. */
  readonly file: string
  readonly sha256: string
}

/** The copy that an earlier try of this step made of the same backup; `rows` in its note says that it is whole. */
export async function findCopy(client: Client, copy: CopyOf): Promise<DatabaseState | undefined> {
  const { rows } = await client.query<{ name: string; comment: string | null }>(
    `select datname as name, shobj_description(oid, 'pg_database') as comment from pg_database
     where shobj_description(oid, 'pg_database') like '%cutover: {%' order by oid desc`,
  )
  const found = rows.find(({ comment }) => isOf(readNote(comment).note, copy))
  return found && readDatabase(client, found.name)
}

function isOf({ restored, kept, swap }: DatabaseNote, { live, attempt, sha256 }: CopyOf): boolean {
  return (
    restored !== undefined &&
    kept === undefined &&
    swap === undefined &&
    restored.of === live.name &&
    restored.sha256 === sha256 &&
    sameStep(restored.by, attempt)
  )
}

/** An empty database like the live one, under a name that nobody has. */
export async function makeCopy(client: Client, copy: CopyOf, stamp: string): Promise<DatabaseState> {
  const { live, attempt, file, sha256 } = copy
  const suffix = `_restored_${stampInName(stamp)}`
  const name = freeName(live.name, { suffix, taken: await databaseNames(client) })
  await client.query(`create database ${escapeIdentifier(name)} ${likeness(live)}`)
  await client.query(noting(name, null, { restored: { by: attempt, of: live.name, file, sha256 } }))
  const made = await readDatabase(client, name)
  if (made) return made
  throw new ActionFailure(`Somebody dropped ${name} while it was being made.`, {
    hint: 'Find out who works on this server at the same time, then try again.',
    changed: NOTHING,
  })
}

/** Drops what a try before had left half restored. Refuses where somebody is in it. */
export async function dropUnfinished(client: Client, { oid, name }: DatabaseState): Promise<void> {
  const sessions = await sessionsIn(client, [oid])
  if (sessions.length > 0) {
    throw new ActionFailure(`${name} is half restored, and in use: ${namesOfSessions(sessions)}.`, {
      hint: 'A restore may still be at work there. End it, then try again.',
      changed: NOTHING,
    })
  }
  await client.query(`drop database ${escapeIdentifier(name)}`)
}

/** Whole and verified: nobody gets in until it takes its place, so that it stays what was verified. */
export async function sealCopy(
  client: Client,
  { name, comment, note }: DatabaseState,
  { rows, tables }: { readonly rows: number; readonly tables: number },
): Promise<void> {
  await inOneTransaction(client, [
    `alter database ${escapeIdentifier(name)} with allow_connections false`,
    noting(name, comment, {
      ...note,
      ...(note.restored ? { restored: { ...note.restored, rows, tables } } : {}),
    }),
  ])
}
