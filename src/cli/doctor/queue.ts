import { lookAtRedis, requireSafePolicy, UnfitRedis, type RedisSeen } from '../../jobs/redis-policy.ts'
import { error, ok, warning, WITHOUT_LOG, type Finding } from './finding.ts'
import type { Look, Place } from './place.ts'

/** What BullMQ recommends; it starts with 5.0. */
const OLDEST: readonly [major: number, minor: number] = [6, 2]

export const queue: Look = {
  title: 'Queue',
  look: async (place) => {
    const url = place.config.CUTOVER_REDIS_URL
    if (url === undefined) return besideTheLog(place)
    try {
      return redisFindings(await lookAtRedis(url))
    } catch (caught) {
      if (caught instanceof UnfitRedis) return [unfit(caught)]
      throw caught
    }
  },
}

/** @internal */
export function redisFindings(redis: RedisSeen): readonly Finding[] {
  return [versionFinding(redis), policyFinding(redis), keepsFinding(redis)]
}

function versionFinding({ version }: RedisSeen): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
  return isOld
    ? error(`Redis is of version ${version}.`, `Bring it to ${OLDEST.join('.')} or newer.`)
    : ok(`BullMQ on Redis ${version}`)
}

function policyFinding(redis: RedisSeen): Finding {
  try {
    requireSafePolicy(redis)
    return ok('Its eviction policy is noeviction')
  } catch (caught) {
    if (caught instanceof UnfitRedis) return unfit(caught)
    throw caught
  }
}

function keepsFinding({ keeps }: RedisSeen): Finding {
  if (keeps === 'every write') return ok('It keeps every write (appendonly)')
  if (keeps === 'unknown') return ok('It does not say what it keeps; nothing is lost with it')
  return warning(
    keeps === 'nothing' ? 'It keeps nothing when it ends.' : 'It keeps snapshots only.',
    'Set `appendonly yes`. Nothing is lost without it: what was not begun is handed over again, some seconds later.',
  )
}

const unfit = (caught: UnfitRedis): Finding =>
  error(caught.message.slice(0, -caught.fix.length - 1), caught.fix)

async function besideTheLog({ log }: Place): Promise<readonly Finding[]> {
  const name = 'BullMQ beside the log, in the schema cutover_queue'
  if (log === null) return [WITHOUT_LOG]
  const { rows } = await log
    .query<{ there: boolean; usage: boolean | null; may: boolean }>(
      `select to_regnamespace('cutover_queue') is not null as there,
            has_schema_privilege(to_regnamespace('cutover_queue')::oid, 'usage') as usage,
            has_database_privilege(current_database(), 'create') as may`,
    )
    .catch(() => ({ rows: [] }))
  const row = rows[0]
  if (!row) return [WITHOUT_LOG]
  if (row.there ? row.usage === true : row.may)
    return [ok(row.there ? name : `${name}, which is made when it starts`)]
  return [
    error(
      row.there
        ? `${name}: this login may not use it.`
        : `${name}: it is not there, and this login may not make it.`,
      'Start `serve` once with its login, or grant usage on the schema; with CUTOVER_REDIS_URL the queue is elsewhere.',
    ),
  ]
}
