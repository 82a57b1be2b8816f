import { Redis } from 'ioredis'

/** Redis may not be used as it is: `fix` says what to change. */
export class UnfitRedis extends Error {
  readonly fix: string

  constructor(message: string, fix: string) {
    super(`${message} ${fix}`)
    this.name = 'UnfitRedis'
    this.fix = fix
  }
}

/** What a Redis says of itself, as far as a queue cares. */
export interface RedisSeen {
  readonly version: string
  readonly policy: string
  /** What outlives its end; `unknown` where it may not be asked. */
  readonly keeps: 'every write' | 'snapshots' | 'nothing' | 'unknown'
}

/** Asks a Redis what it is. Throws {@link UnfitRedis} when it cannot be reached. */
export async function lookAtRedis(url: string): Promise<RedisSeen> {
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: 5000,
    retryStrategy: null,
  })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    const info = await redis.info()
    const read = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]
    return {
      version: read('redis_version') ?? 'unknown',
      policy: read('maxmemory_policy') ?? 'unknown',
      keeps: read('aof_enabled') === '1' ? 'every write' : await snapshots(redis),
    }
  } catch {
    throw new UnfitRedis(
      'Redis of CUTOVER_REDIS_URL cannot be reached.',
      'Start it or correct the URL; without CUTOVER_REDIS_URL the queue lives in PostgreSQL beside the log.',
    )
  } finally {
    redis.disconnect()
  }
}

/** Managed ones refuse CONFIG. */
async function snapshots(redis: Redis): Promise<RedisSeen['keeps']> {
  try {
    const answer = await redis.config('GET', 'save')
    const [, schedule] = Array.isArray(answer) ? answer : []
    return schedule === '' ? 'nothing' : 'snapshots'
  } catch {
    return 'unknown'
  }
}

/**
 * Refuses a Redis that may throw jobs away. Under any policy but `noeviction` memory pressure silently drops
 * queued work. Throws {@link UnfitRedis}; also when Redis cannot be reached.
 */
export async function requireSafeRedis(url: string): Promise<void> {
  requireSafePolicy(await lookAtRedis(url))
}

/** Throws {@link UnfitRedis}. */
export function requireSafePolicy({ policy }: Pick<RedisSeen, 'policy'>): void {
  if (policy === 'noeviction') return
  throw new UnfitRedis(
    `Redis has the eviction policy "${policy}", which may drop queued steps.`,
    'Set `maxmemory-policy noeviction` in redis.conf (or `redis-cli config set maxmemory-policy noeviction`) and start again.',
  )
}
