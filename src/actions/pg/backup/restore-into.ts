import type { Client } from 'pg'
import type { ActionContext } from '../../action.ts'
import { postgresFailure } from '../failures.ts'
import type { PostgresTarget } from '../../targets.ts'
import type { CopyProgress } from './copy-progress.ts'
import { watchCopies } from './copy-progress.ts'
import type { DatabaseShape, Manifest } from './manifest.ts'
import { totalsOf } from './manifest.ts'
import type { PostgresTool } from './tools.ts'
import { runTool } from './tools.ts'

/**
 * Creates an empty database like the saved one: same encoding and locale, from `template0`. The client is connected to
 * another database of that server. Throws an ActionFailure where the name is taken or the locale is unknown.
 */
export async function createDatabaseLike(client: Client, name: string, shape: DatabaseShape): Promise<void> {
  const words = [
    `template template0 encoding ${client.escapeLiteral(shape.encoding)}`,
    `lc_collate ${client.escapeLiteral(shape.collate)} lc_ctype ${client.escapeLiteral(shape.ctype)}`,
  ]
  if (shape.provider === 'icu')
    words.push(`locale_provider icu icu_locale ${client.escapeLiteral(shape.locale ?? '')}`)
  if (shape.provider === 'builtin') {
    words.push(`locale_provider builtin builtin_locale ${client.escapeLiteral(shape.locale ?? '')}`)
  }
  try {
    await client.query(`create database ${client.escapeIdentifier(name)} ${words.join(' ')}`)
  } catch (error) {
    throw postgresFailure(error, { what: `Creating the database ${name}`, changed: 'nothing was changed' })
  }
}

export interface RestoreOptions {
  /** The server; its own database is not touched. */
  readonly target: PostgresTarget
  /** An empty database of that server. */
  readonly database: string
  /** The backup, verified. */
  readonly path: string
  readonly manifest: Manifest
  readonly tool: PostgresTool
  /** Connections that restore at the same time. */
  readonly jobs: number
  /** Owners and privileges as saved; false where the roles may not exist and only the content counts. */
  readonly owners: boolean
  readonly context: ActionContext
  /** What a failure leaves behind: `the scratch database was dropped`. */
  readonly changed: string
  /** Rows so far, with those that the manifest promises. Default: `context.progress`. */
  readonly onProgress?: (progress: CopyProgress) => void
}

/**
 * Restores a backup with pg_restore into a database that is empty; stops at the first error. Statistics are not
 * gathered. Gives the warnings of pg_restore. Throws an ActionFailure.
 */
export async function restoreInto(options: RestoreOptions): Promise<readonly string[]> {
  const { target, database, path, manifest, tool, jobs, owners, context, changed } = options
  const into = { ...target, database }
  const { rows } = totalsOf(manifest.content)
  const report =
    options.onProgress ??
    ((progress: CopyProgress) =>
      context.progress({
        done: progress.rows,
        total: rows,
        unit: 'rows',
        label: `restoring ${progress.table}`,
      }))
  const stop = watchCopies(into, { context, onProgress: report })
  try {
    const words = [
      '--exit-on-error',
      '--no-password',
      '--no-subscriptions',
      ...(owners ? [] : ['--no-owner', '--no-privileges']),
      ...(jobs > 1 ? [`--jobs=${jobs}`] : []),
      `--dbname=${libpqName(database)}`,
      path,
    ]
    return await runTool(tool, words, {
      target: into,
      context,
      what: `Restoring ${path} into ${database}`,
      changed,
    })
  } finally {
    await stop()
  }
}

/** A database name with an equals sign would be read as a connection string. */
function libpqName(database: string): string {
  return `dbname='${database.replaceAll(/['\\]/g, String.raw`\$&`)}'`
}
