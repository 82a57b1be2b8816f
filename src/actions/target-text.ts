import { basename, resolve } from 'node:path'
import { ActionFailure } from './action.ts'
import type { AnyTarget } from './targets.ts'

/**
 * SOURCE or TARGET of a command: a `postgres://` URL without a password, or the path of a SQLite file. The name that
 * messages use is the file's, or the database's with its host. Throws {@link ActionFailure}.
 */
export function parseTarget(text: string): AnyTarget {
  if (text.trim() === '' || text.includes('\0'))
    throw refusal('A database is named by a path or a URL; this is empty.')
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase()
  if (/^sqlite:/i.test(text)) throw refusal('A SQLite file is named by its path, without “sqlite:”.')
  if (scheme === 'postgres' || scheme === 'postgresql') return postgres(text)
  if (scheme !== undefined) throw refusal(`Cutover does not know ${scheme}:// databases.`)
  return { kind: 'sqlite', name: basename(text), path: resolve(text) }
}

function postgres(text: string): AnyTarget {
  if (!URL.canParse(text)) {
    throw refusal('This is not a valid postgres:// URL; special characters are percent-encoded.')
  }
  const url = new URL(text)
  if (url.password !== '' || url.searchParams.has('password')) {
    throw refusal(
      'The URL holds a password, which every user of this machine could read in the list of processes.',
      'Leave it out of the URL and set PGPASSWORD, or write it into ~/.pgpass. Change it if others use this machine.',
    )
  }
  const database = url.pathname.slice(1)
  if (database === '') throw refusal(`The URL of ${url.host || 'the local server'} names no database.`)
  return {
    kind: 'postgres',
    name: `${decodeURIComponent(database)} on ${url.host || 'the local socket'}`,
    url: text,
  }
}

const FORMS =
  'Write a path such as data/app.db, or postgres://USER@HOST:PORT/DATABASE with the password in PGPASSWORD or ~/.pgpass.'

function refusal(message: string, hint = FORMS): ActionFailure {
  return new ActionFailure(message, {
    hint,
    changed: 'nothing was changed',
  })
}
