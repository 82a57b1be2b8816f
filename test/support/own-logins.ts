import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

type Settings = Readonly<Record<string, string>>

/** Settings of the owner of the log, as `cutover migrate` wants them. */
interface Owner {
  readonly settings: Settings
  readonly folder: string
}

/** Migrates the log by the command, and gives the settings with which `serve` logs in as itself. */
export async function loginOfServe(owner: Owner): Promise<Settings> {
  const file = join(owner.folder, 'serve.password')
  await cutover(owner, ['migrate', '--serve-password-file', file])
  return loginAs('cutover_serve', file, owner.settings)
}

/** Makes the login of a pool by the command, and gives the settings with which its worker logs in. */
export async function loginOfPool(owner: Owner, pool: string): Promise<Settings> {
  const file = join(owner.folder, `pool-${pool}.password`)
  await cutover(owner, ['pool', 'login', pool, '--password-file', file])
  return loginAs(`cutover_pool_${pool}`, file, owner.settings)
}

function loginAs(login: string, file: string, settings: Settings): Settings {
  const url = new URL(settings['CUTOVER_DATABASE_URL'] ?? '')
  url.username = login
  return { CUTOVER_DATABASE_URL: url.href, CUTOVER_DATABASE_PASSWORD_FILE: file }
}

async function cutover({ settings, folder }: Owner, words: readonly string[]): Promise<void> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, ...settings }
  await promisify(execFile)(process.execPath, [MAIN, ...words], { env })
}
