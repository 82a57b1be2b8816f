import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { loginFile } from '../client/login-file.ts'
import { clientOf, type Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'

/** As long as a code is good for. */
const WAIT_MS = 10 * 60_000
const LOOK_EVERY_MS = 1000

export function addLogin(program: Command, terminal: Terminal): void {
  program
    .command('login')
    .description('become your Slack user in this terminal: shows a code to confirm in Slack')
    .action(async () => {
      const client = clientOf(terminal)
      const token = randomBytes(32).toString('base64url')
      const tokenHash = createHash('sha256').update(token).digest('hex')
      const { code } = await client.post<{ code: string }>('/v1/logins', { tokenHash }, 'cutover login')
      const logins = loginFile(terminal.environment)
      for (const url of client.urls) logins.save(url, token)

      terminal.out(`In Slack, send:  /cutover login ${code}\nWaiting for it (10 minutes at most)…`)
      const person = await confirmed(client.get)
      terminal.out(
        `You are logged in as ${person}. The login is kept in your configuration folder, for you alone.`,
      )
    })
}

async function confirmed(get: <T>(path: string) => Promise<T>): Promise<string> {
  const until = Date.now() + WAIT_MS
  while (Date.now() < until) {
    try {
      return (await get<{ person: string }>('/v1/me')).person
    } catch (error) {
      if (!(error instanceof CommandEnd) || error.exitCode !== EXIT.refused) throw error
    }
    await sleep(LOOK_EVERY_MS)
  }
  throw new CommandEnd('Nobody confirmed the code in 10 minutes. Run `cutover login` again.', EXIT.waits)
}
