import type { Client } from 'pg'
import { DatabaseError } from 'pg'
import { z } from 'zod'
import { ActionFailure } from '../../action.ts'
import type { PostgresTarget } from '../../targets.ts'
import { connectPostgres, databaseOf } from '../connect.ts'
import type { DatabaseState } from './state.ts'
import { readDatabase } from './state.ts'

const NOTHING = 'nothing was changed'

export const maintenanceDatabase = () =>
  z
    .string()
    .min(1)
    .optional()
    .describe(
      'Another database of the same server, from which this is done: nobody can close or rename the one he is in. `postgres` unless said.',
    )

export interface Maintenance {
  /** Connected to another database of the same server. */
  readonly client: Client
  /** The target's database. */
  readonly name: string
  readonly end: () => Promise<void>
}

/** A connection beside the target's database, on the same server. The caller ends it. */
export async function connectBeside(
  target: PostgresTarget,
  { attempt, database }: { readonly attempt: string; readonly database: string | undefined },
): Promise<Maintenance> {
  const name = databaseOf(target)
  const beside = database ?? (name === 'postgres' ? 'template1' : 'postgres')
  if (beside === name) {
    throw new ActionFailure(`${target.name} cannot be closed or renamed from within itself.`, {
      hint: 'Name another database of the same server as `maintenance`.',
      changed: NOTHING,
    })
  }
  // Of another name than the attempt's own sessions: who ends those leaves this one to open what it had closed.
  const client = await connectPostgres(target, { attempt: `${attempt}.beside`, database: beside })
  return { client, name, end: () => client.end().catch(() => undefined) }
}

/** The database of that name; a failure that says so when there is none. */
export async function requireDatabase(client: Client, name: string, hint: string): Promise<DatabaseState> {
  const found = await readDatabase(client, name)
  if (found) return found
  throw new ActionFailure(`The server has no database called ${name}.`, { hint, changed: NOTHING })
}

/** Refuses before anything is touched what would fail halfway: to rename, one must own it and may create databases. */
export async function requireOwnership(client: Client, databases: readonly DatabaseState[]): Promise<void> {
  const { rows } = await client.query<{ me: string; super: boolean; creates: boolean }>(
    'select rolname as me, rolsuper as super, rolcreatedb as creates from pg_roles where rolname = current_user',
  )
  const [role] = rows
  if (!role || role.super) return
  for (const { name, owner } of databases) {
    const owned = await client.query<{ mine: boolean }>(
      `select pg_has_role(current_user, $1::name, 'USAGE') as mine`,
      [owner],
    )
    if (owned.rows[0]?.mine === true) continue
    throw new ActionFailure(`${role.me} does not own ${name}: it belongs to ${owner}.`, {
      hint: `Grant ${owner} to ${role.me}, or let the target name the owner or a superuser.`,
      changed: NOTHING,
    })
  }
  if (role.creates) return
  throw new ActionFailure(`${role.me} may neither create nor rename databases.`, {
    hint: `alter role ${role.me} createdb, or let the target name another user.`,
    changed: NOTHING,
  })
}

const LOCK_NOT_AVAILABLE = '55P03'

/** One at a time works on a database of that name. The lock goes with the connection. */
export async function lockDatabaseName(client: Client, name: string): Promise<void> {
  try {
    await client.query(`select pg_advisory_lock(hashtext('cutover.database'), hashtext($1))`, [name])
  } catch (error) {
    if (!(error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE)) throw error
    throw new ActionFailure(`Another step of Cutover is closing or renaming ${name} right now.`, {
      hint: 'Wait until it has ended, then try again.',
      changed: NOTHING,
      cause: error,
    })
  }
}
