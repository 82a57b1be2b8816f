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

/**
 * Refuses a Redis that may throw jobs away. Under any policy but `noeviction` memory pressure silently drops
 * queued work. Throws {@link UnfitRedis}; also when Redis cannot be reached.
 */
export async function requireSafeRedis(url: string): Promise<void> {
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: 5000,
    retryStrategy: null,
  })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    const policy = /maxmemory_policy:(\S+)/.exec(await redis.info('memory'))?.[1]
    if (policy !== 'noeviction') {
      throw new UnfitRedis(
        `Redis has the eviction policy "${policy ?? 'unknown'}", which may drop queued steps.`,
        'Set `maxmemory-policy noeviction` in redis.conf (or `redis-cli config set maxmemory-policy noeviction`) and start again.',
      )
    }
  } catch (error) {
    if (error instanceof UnfitRedis) throw error
    throw new UnfitRedis(
      'Redis of CUTOVER_REDIS_URL cannot be reached.',
      'Start it or correct the URL; without CUTOVER_REDIS_URL the queue lives in PostgreSQL beside the log.',
    )
  } finally {
    redis.disconnect()
  }
}
