import { Pool } from 'pg'
import { prepareQueue } from '../jobs/queue-schema.ts'
import { migrate } from '../postgres/migrate.ts'
import { makePoolLogin, makeServeLogin, removePoolLogin } from '../postgres/pool-logins.ts'
import { makePresence } from '../postgres/presence.ts'
import { makeRoles, ROLES } from '../postgres/roles.ts'
import { PoolName } from '../runbook/schema/primitives.ts'
import { databaseConnection, readConfig, type DatabaseConnection } from './config.ts'
import type { Terminal } from './context.ts'
import { CommandEnd, EXIT } from './exit-codes.ts'
import { writePassword } from './password-file.ts'

/** Brings the log's schema up to date, with the queue's beside it, and gives the roles what they need. */
export function migrateLog(
  terminal: Terminal,
  { servePasswordFile }: { readonly servePasswordFile?: string },
): Promise<void> {
  return withLog(terminal, async (pool, connection) => {
    const applied = await migrate(pool)
    // Also where the queue is in Redis now: it costs nothing, and the roles have it when that changes.
    await prepareQueue({ kind: 'postgres', ...connection })
    terminal.out(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'The log is up to date.')
    const made = await makeRoles(pool)
    terminal.out(
      made.ok
        ? `The roles ${ROLES.serve} and ${ROLES.worker} have what they need.`
        : `There are no roles for \`serve\` and the workers: the login ${made.login} may not make any. With this one login for all everything works. For separate ones do, as a superuser, \`alter role ${made.login} createrole\`, then this again.`,
    )
    if (servePasswordFile === undefined) return
    await writePassword(servePasswordFile, async (password) => {
      const refused = made.ok
        ? await makeServeLogin(pool, password)
        : 'Without roles there is no login for it.'
      if (refused !== null) throw new CommandEnd(refused, EXIT.refused)
    })
    terminal.out(
      `\`serve\` logs in as ${ROLES.serve}, by the password in ${servePasswordFile}. A \`serve\` that runs has to be started again.`,
    )
  })
}

/** Gives a pool a login of its own, or that login another password. */
export function loginPool(
  terminal: Terminal,
  name: string,
  { passwordFile }: { readonly passwordFile: string },
): Promise<void> {
  requirePoolName(name)
  return withLog(terminal, async (pool) => {
    const { login, what } = await writePassword(passwordFile, async (password) => {
      const made = await makePoolLogin(pool, name, password)
      if (!made.ok) throw new CommandEnd(made.why, EXIT.refused)
      return made
    })
    terminal.out(
      what === 'made'
        ? `The workers of the pool ${name} log in as ${login}, by the password in ${passwordFile}.`
        : `${login} has another password, in ${passwordFile}; whoever was logged in with the old one is out. Start the worker of the pool ${name} again: what runs goes on.`,
    )
  })
}

/** Takes a pool's login away. */
export function removePool(terminal: Terminal, name: string): Promise<void> {
  return withLog(terminal, async (pool) => {
    const refused = await removePoolLogin(pool, name)
    if (refused !== null) throw new CommandEnd(refused, EXIT.refused)
    terminal.out(`The login of the pool ${name} is gone. Nothing can be written with it any more.`)
  })
}

/** Frees a pool, so that another host may register its name. */
export function releasePool(terminal: Terminal, name: string): Promise<void> {
  return withLog(terminal, async (pool) => {
    if (!(await makePresence(pool).releasePool(name))) {
      throw new CommandEnd(
        `The pool ${name} is not free: there is no such pool, or an attempt of it is not over. Nothing was changed.`,
        EXIT.refused,
      )
    }
    terminal.out(`The pool ${name} is free.`)
  })
}

function requirePoolName(name: string): void {
  if (PoolName.safeParse(name).success) return
  throw new CommandEnd(
    `"${name}" is no pool: small letters, digits, dashes and underscores, at most 40, as in the runbooks. Nothing was changed.`,
    EXIT.usage,
  )
}

async function withLog(
  terminal: Terminal,
  work: (pool: Pool, connection: DatabaseConnection) => Promise<void>,
): Promise<void> {
  const connection = databaseConnection(readConfig(terminal.environment))
  const pool = new Pool({ ...connection, max: 2 })
  try {
    await work(pool, connection)
  } finally {
    await pool.end()
  }
}
