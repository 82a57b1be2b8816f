import { randomUUID } from 'node:crypto'
import { cutoverRoutes } from '../../../src/http/routes/cutovers.ts'
import { startHttpServer } from '../../../src/http/server.ts'
import { makeContacts } from '../../../src/postgres/contacts.ts'
import type { Office } from '../../bot/support/office.ts'
import { quiet } from '../../support/installation.ts'
import { tokenOf } from '../../support/serving.ts'

export interface Said {
  readonly status: number
  readonly code?: string
  readonly message?: string
}

export interface Terminal {
  /** A command of the person who is logged in here. */
  say(cutover: string, command: object): Promise<Said>
}

/** The endpoint of the command line beside an office, with terminals of people who are logged in. */
export async function startTerminals(office: Office) {
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    logger: quiet,
    routes: cutoverRoutes({
      log: office.log,
      logins: office.logins,
      contacts: makeContacts(office.pool),
      directory: office.bot.directory,
      logger: quiet,
      runbooks: { list: async () => [], resolve: async () => ({ ok: false, problems: ['none here'] }) },
      records: { timeline: async () => null, exported: async () => null, verify: async () => null },
    }),
  })
  return {
    async of(user: string): Promise<Terminal> {
      const token = await tokenOf(office.logins, office.id(user))
      return {
        async say(cutover, command) {
          const response = await fetch(new URL(`/v1/cutovers/${cutover}/commands`, server.url), {
            method: 'POST',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            body: JSON.stringify({ command, key: randomUUID() }),
          })
          const { code, message } = (await response.json()) as Omit<Said, 'status'>
          return {
            status: response.status,
            ...(code === undefined ? {} : { code }),
            ...(message === undefined ? {} : { message }),
          }
        },
      }
    },
    stop: () => server.close(),
  }
}
