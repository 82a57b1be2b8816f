import type { Pool } from 'pg'
import type { PoolInfo, Presence } from '../app/ports.ts'
import { ask } from './ask.ts'
import { makeOpenAttempts } from './open-attempts.ts'

/** Serves, leader and hosts, as rows with a time of last sight by the database's clock. */
export function makePresence(pool: Pool): Presence {
  return {
    async installation() {
      const { rows } = await ask<{ id: string }>(pool, 'select id from cutover.installation')
      const id = rows[0]?.id
      if (id === undefined) throw new Error('the log has no installation id: run `cutover migrate`')
      return id
    },
    async slackTeam(found) {
      const { rows } = await ask<{ slack_team: string | null }>(
        pool,
        'update cutover.installation set slack_team = coalesce(slack_team, $1) returning slack_team',
        [found ?? null],
      )
      return rows[0]?.slack_team ?? null
    },
    async serveSeen(instance, version) {
      await ask(
        pool,
        `insert into cutover.serve (instance, version) values ($1, $2)
         on conflict (instance) do update set seen_at = now(), version = excluded.version`,
        [instance, version],
      )
    },
    async lead(instance, forMs) {
      const { rowCount } = await ask(
        pool,
        `insert into cutover.lease (name, instance, until) values ('leader', $1, now() + $2 * interval '1 millisecond')
         on conflict (name) do update set instance = excluded.instance, until = excluded.until
         where cutover.lease.instance = excluded.instance or cutover.lease.until < now()`,
        [instance, forMs],
      )
      return rowCount === 1
    },
    async registerPool({ name, machine, pidNamespace, host, worker, version }) {
      const { rows } = await ask<{ host: string }>(
        pool,
        `insert into cutover.pool (name, machine, pid_namespace, host, worker, version) values ($1, $2, $3, $4, $5, $6)
         on conflict (name) do update set worker = excluded.worker, version = excluded.version, seen_at = now()
         where cutover.pool.machine = excluded.machine and cutover.pool.pid_namespace = excluded.pid_namespace
         returning host`,
        [name, machine, pidNamespace, host, worker, version],
      )
      if (rows.length === 1) return { ok: true }
      const taken = await ask<{ host: string }>(pool, 'select host from cutover.pool where name = $1', [name])
      return { ok: false, host: taken.rows[0]?.host ?? 'another host' }
    },
    async poolSeen(name, worker) {
      await ask(pool, 'update cutover.pool set seen_at = now(), worker = $2 where name = $1', [name, worker])
    },
    ...makeOpenAttempts(pool),
    async pools() {
      const { rows } = await ask<Omit<PoolInfo, 'silentMs'> & { silent: string }>(
        pool,
        `select name, host, worker, version, extract(epoch from now() - seen_at) * 1000 as silent
         from cutover.pool p order by p.name`,
      )
      return rows.map(({ silent, ...info }) => ({ ...info, silentMs: Number(silent) }))
    },
    async releasePool(name) {
      const { rowCount } = await ask(
        pool,
        `delete from cutover.pool p where p.name = $1
         and not exists (select from cutover.ticket t where t.pool = $1 and t.status in ('claimed', 'spawning', 'running'))`,
        [name],
      )
      return rowCount === 1
    },
  }
}
