import { Client } from 'pg'
import { ActionFailure } from '../action.ts'
import { applicationNameOf } from '../application-name.ts'
import type { PostgresTarget } from '../targets.ts'
import { postgresFailure } from './failures.ts'

const CONNECT_LIMIT_MS = 10_000
const LOCK_LIMIT_MS = 10_000

export interface ConnectOptions {
  /** The attempt's id; the session bears `cutover:<attempt>`, by which it is found and ended. */
  readonly attempt: string
  /** Limit of one statement. Default: none, for a copy may take hours. */
  readonly statementTimeoutMs?: number
  /** Limit of one wait for a lock. Default: 10 s. */
  readonly lockTimeoutMs?: number
  /** Another database of the same server, such as `postgres`. Default: the target's own. */
  readonly database?: string
}

/**
 * A connected client, in UTC and with ISO dates. The caller ends it. Throws {@link ActionFailure} when the server
 * cannot be reached, refuses the login, or has no such database. The URL is never part of a message.
 */
export async function connectPostgres(target: PostgresTarget, options: ConnectOptions): Promise<Client> {
  const place = placeOf(target, options.database)
  const client = new Client({
    connectionString: place.url,
    application_name: applicationNameOf(options.attempt),
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    keepAlive: true,
    lock_timeout: options.lockTimeoutMs ?? LOCK_LIMIT_MS,
    ...(options.statementTimeoutMs === undefined ? {} : { statement_timeout: options.statementTimeoutMs }),
  })
  // A connection that breaks between two queries is reported by the next query; unheard it would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query(`set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set client_encoding = 'UTF8'`)
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    throw connectFailure(error, target, place)
  }
}

/** The database that the address of a target means. Throws {@link ActionFailure} when it is no address. */
export function databaseOf(target: PostgresTarget): string {
  return placeOf(target, undefined).database
}

interface Place {
  readonly url: string
  readonly host: string
  readonly database: string
}

function placeOf(target: PostgresTarget, database: string | undefined): Place {
  const url = URL.canParse(target.url) ? new URL(target.url) : undefined
  if (url === undefined || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw new ActionFailure(`The address of ${target.name} is not a postgres:// URL.`, {
      hint: 'Write it as postgres://USER:PASSWORD@HOST:PORT/DATABASE; special characters in the password are percent-encoded.',
      changed: 'nothing was changed',
    })
  }
  const wanted = database ?? target.database
  if (wanted !== undefined) url.pathname = `/${encodeURIComponent(wanted)}`
  return {
    url: url.href,
    host: url.host || 'the local socket',
    database:
      decodeURIComponent(url.pathname.slice(1)) || decodeURIComponent(url.username) || 'its default database',
  }
}

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name service does not answer',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ECONNRESET: 'it closes the connection at once',
  EACCES: 'its socket may not be used',
  ENOENT: 'there is no such socket',
}

const LOGIN: Readonly<Record<string, { readonly why: (database: string) => string; readonly hint: string }>> =
  {
    '28P01': {
      why: () => 'the password is wrong',
      hint: 'Check the secret that holds the address; on the command line PGPASSWORD or ~/.pgpass.',
    },
    '28000': {
      why: () => 'the server does not let this user in from here',
      hint: 'Check the user, pg_hba.conf, and whether the server wants TLS (sslmode=require).',
    },
    '3D000': {
      why: (database) => `it has no database called ${database}`,
      hint: 'Create the database, or correct its name in the runbook.',
    },
    '53300': {
      why: () => 'all its connections are taken',
      hint: 'End idle sessions, or raise max_connections.',
    },
    '57P03': { why: () => 'it is starting or stopping', hint: 'Wait until it is up, then try again.' },
    '55000': {
      why: (database) => `${database} accepts no connections`,
      hint: 'It was fenced off, perhaps by an earlier rollback: alter database … allow_connections true.',
    },
  }

function connectFailure(error: unknown, target: PostgresTarget, place: Place): ActionFailure {
  const where = `${target.name} (PostgreSQL at ${place.host})`
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const login = LOGIN[code]
  if (login) {
    return failure(`${where} refuses the connection: ${login.why(place.database)}.`, login.hint, error)
  }
  const network = NETWORK[code] ?? (isTimeout(error) ? 'it does not answer within 10 s' : undefined)
  if (network !== undefined) {
    return failure(
      `${where} cannot be reached: ${network}.`,
      'Check host, port and firewall from this machine.',
      error,
    )
  }
  if (/password must be a string|no password/i.test(messageOf(error))) {
    return failure(
      `${where} asks for a password, and the address has none.`,
      'Add it to the secret that holds the address; on the command line set PGPASSWORD or write it into ~/.pgpass.',
      error,
    )
  }
  if (/SSL|certificate|self.signed/i.test(`${code} ${messageOf(error)}`)) {
    return failure(
      `${where} and this machine do not agree on TLS.`,
      'Check sslmode in the address, and the certificate of the server.',
      error,
    )
  }
  return postgresFailure(error, { what: `Connecting to ${where}`, changed: 'nothing was changed' })
}

function isTimeout(error: unknown): boolean {
  // pg gives this one no code.
  return /timeout expired|Connection terminated due to connection timeout/.test(messageOf(error))
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

function failure(message: string, hint: string, cause: unknown): ActionFailure {
  return new ActionFailure(message, { hint, changed: 'nothing was changed', cause })
}
