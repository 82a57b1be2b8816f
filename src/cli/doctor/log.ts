import type { Pool } from 'pg'
import { LogUnavailable } from '../../app/log-errors.ts'
import { lookAtSchema, lookAtServer, type LogHealth, type SchemaHealth } from '../../postgres/health.ts'
import { knownMigrations } from '../../postgres/migrate.ts'
import { ConfigError, databaseConnection } from '../config.ts'
import { lastWords } from '../last-words.ts'
import { error, ok, warning, type Finding } from './finding.ts'
import type { Look, Place } from './place.ts'

const OLDEST = 140_000

export const log: Look = {
  title: 'Log',
  async look(place) {
    const { config, log: pool } = place
    if (pool === null) return [unreachable(config)]
    try {
      const server = await lookAtServer(pool)
      return [...serverFindings(server), ...(await schemaFindings(pool, place))]
    } catch (caught) {
      if (!(caught instanceof LogUnavailable)) throw caught
      return [
        error(
          (lastWords(caught).text ?? '').replace(/ Nothing was started\.$/, ''),
          'Start it, or correct its address.',
        ),
      ]
    }
  },
}

/** No pool could be made of the settings, which say why. */
function unreachable(config: Place['config']): Finding {
  try {
    databaseConnection(config)
  } catch (caught) {
    if (caught instanceof ConfigError) return error(caught.message, 'docs/configuration.md, “The log”.')
    throw caught
  }
  return error('The log cannot be reached.', 'Start its PostgreSQL.')
}

function serverFindings(server: LogHealth): readonly Finding[] {
  const name = `PostgreSQL ${server.version}, database ${server.database}, as ${server.login}`
  return [
    server.versionNumber < OLDEST
      ? error(`The log is a PostgreSQL ${server.version}.`, 'Bring it to 14 or newer.')
      : ok(name),
    ...(server.isStandby
      ? [
          error(
            'It is a standby: nothing can be recorded there.',
            'Let CUTOVER_DATABASE_URL name the primary.',
          ),
        ]
      : []),
    ...(server.isDurable
      ? []
      : [
          error(
            'It may forget what it has confirmed: fsync or synchronous_commit is off.',
            'Set both to on: an acknowledged GO would be lost in a power cut.',
          ),
        ]),
    ...(server.encoding === 'UTF8'
      ? []
      : [error(`Its encoding is ${server.encoding}.`, 'Make the database anew with encoding UTF8.')]),
    ...(server.ownsTheLog
      ? [
          warning(
            `${server.login} owns the log: whoever has this login can rewrite the record.`,
            'Give each process a login of its own: `cutover migrate --serve-password-file FILE`, `cutover pool login POOL --password-file FILE`.',
          ),
        ]
      : []),
  ]
}

async function schemaFindings(pool: Pool, place: Place): Promise<readonly Finding[]> {
  const schema = await lookAtSchema(pool)
  if (schema === null)
    return [error('It has no schema of Cutover yet.', 'Run `cutover migrate`; `serve` does it too.')]
  return [...(await versionFindings(schema)), ...rightsOf(schema, place)]
}

function rightsOf(schema: SchemaHealth, { isBotHost, pool }: Place): readonly Finding[] {
  if (!schema.mayRead)
    return [
      error(
        'This login may not read the log.',
        'Use one that `cutover migrate --serve-password-file` or `cutover pool login` has made.',
      ),
    ]
  if (isBotHost && (schema.pool !== null || !schema.mayAppend))
    return [
      error('This login is not one for `serve`.', '`cutover migrate --serve-password-file FILE` makes one.'),
    ]
  if (pool !== undefined && schema.pool !== null && schema.pool !== pool)
    return [
      error(
        `This login is that of the pool ${schema.pool}, and this is a worker of ${pool}: nothing it says would be taken.`,
        `\`cutover pool login ${pool} --password-file FILE\` makes the right one.`,
      ),
    ]
  return []
}

async function versionFindings({ applied, mayRead }: SchemaHealth): Promise<readonly Finding[]> {
  const known = await knownMigrations()
  const missing = known.filter((name) => !applied.includes(name))
  const newer = applied.filter((name) => !known.includes(name))
  // A login without any right sees no list, which is told as such.
  if (!mayRead && applied.length === 0) return []
  if (missing.length > 0)
    return [
      error(
        `Its schema is older than this version: ${missing.join(', ')} not applied.`,
        'Run `cutover migrate`.',
      ),
    ]
  if (newer.length > 0)
    return [
      warning(
        `Its schema is newer than this version: it has ${newer.join(', ')}.`,
        'Deploy the newer version here as well; cutovers with newer events can only be looked at from here.',
      ),
    ]
  return [ok('Its schema is up to date')]
}
