import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { startInstallation, type Installation } from '../../support/installation.ts'
import { startTestRedis } from '../../support/redis.ts'
import { startServeProcess, type ServeProcess } from '../../support/serve-process.ts'
import { startWorkerProcess, type WorkerProcess } from '../../support/worker-process.ts'
import { createEffects, readEffects } from '../support/effects.ts'
import { brokenPromises } from '../support/promises.ts'
import { reconcileHost } from '../support/reconcile.ts'
import type { Backend } from '../support/rig.ts'
import { startDeciding, type Deciding } from './decisions.ts'

/** One host: a pool with its spool and two workers, as in a deploy. The first one has the spool. */
export interface Lane {
  readonly pool: string
  readonly workers: WorkerProcess[]
}

/**
 * A log, two `serve` and a worker for each lane, all processes that are killed and started again, and a target with
 * a table of effects.
 */
export interface Company {
  readonly installation: Installation
  readonly target: string
  readonly lanes: readonly Lane[]
  readonly deciding: Deciding
  /** Milliseconds by the log's clock. */
  now(): Promise<number>
  /** Kills the worker that has the spool of the lane; another one is started behind the one that takes it over. */
  killWorker(lane: Lane): Promise<void>
  /** Kills the `serve` that leads, and starts another one in its place. */
  killLeader(): Promise<void>
  /** Ends all processes and looks at the promises A to E. Gives what was broken. */
  close(cutovers: readonly string[]): Promise<readonly string[]>
}

export async function startCompany(backend: Backend, pools: readonly string[]): Promise<Company> {
  const redis = backend === 'redis' ? await startTestRedis() : undefined
  const queue = redis === undefined ? {} : { redisUrl: redis.url }
  const installation = await startInstallation({
    // Log, queue and target of all lanes are on this one server; what was committed must be there after a kill.
    settings: { max_connections: '500', synchronous_commit: 'on' },
    ...(redis === undefined ? {} : { queue: { kind: 'redis', url: redis.url } }),
  })
  await installation.pauseServe()
  const { server, pool, folder, url } = installation
  const target = await server.createDatabase('target')
  await createEffects(target)
  const startWorker = (pool: string) => startWorkerProcess({ url, folder, pool, ...queue })
  const startServe = () => startServeProcess({ url, folder, ...queue })
  const serves = [{ serve: await startServe() }, { serve: await startServe() }]
  const lanes = await Promise.all(
    pools.map(async (pool): Promise<Lane> => ({
      pool,
      workers: [await startWorker(pool), await startWorker(pool)],
    })),
  )
  const deciding = await startDeciding(pool, serves)

  return {
    installation,
    target,
    lanes,
    deciding,
    async killWorker({ pool, workers }) {
      await workers.shift()?.kill()
      workers.push(await startWorker(pool))
    },
    async now() {
      const { rows } = await pool.query<{ now: string }>(
        'select floor(extract(epoch from clock_timestamp()) * 1000)::text as now',
      )
      return Number(rows[0]?.now)
    },
    async killLeader() {
      const leads = await Promise.all(serves.map(({ serve }) => isLeading(serve)))
      const place = serves[Math.max(0, leads.indexOf(true))]
      if (place === undefined) return
      await place.serve.kill()
      place.serve = await startServe()
    },
    async close(cutovers) {
      await Promise.all([
        ...lanes.flatMap(({ workers }) => workers.map((worker) => worker.kill())),
        ...serves.map(({ serve }) => serve.kill()),
      ])
      await pool.query('delete from cutover.lease')
      const broken = await brokenPromises({
        log: installation.log,
        pool,
        cutovers,
        acknowledged: [],
        effects: () => readEffects(target),
        async reconcile() {
          await installation.leader.tick()
          for (const { pool } of lanes) await reconcileHost(installation, { pool, host: hostname() })
        },
      })
      await installation.stop()
      await redis?.stop()
      return broken
    },
  }
}

async function isLeading({ url }: ServeProcess): Promise<boolean> {
  const answer = await Promise.race([fetch(`${url}/readyz`), sleep(1000, null)]).catch(() => null)
  if (answer === null) return false
  const { parts } = (await answer.json()) as { readonly parts?: { readonly leader?: boolean } }
  return parts?.leader === true
}
