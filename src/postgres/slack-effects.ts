import type { Pool } from 'pg'
import type { SlackEffect, SlackEffects } from '../app/ports.ts'
import { ask } from './ask.ts'

interface EffectRow {
  readonly cutover: string
  readonly key: string
  readonly kind: string
  readonly channel: string | null
  readonly ts: string | null
  readonly content_hash: string | null
  readonly state: SlackEffect['state']
  readonly error: string | null
}

/** What exists in Slack, by stable key. */
export function makeSlackEffects(pool: Pool): SlackEffects {
  return {
    async of(cutover) {
      const { rows } = await ask<EffectRow>(
        pool,
        'select cutover, key, kind, channel, ts, content_hash, state, error from cutover.slack_effect where cutover = $1',
        [cutover],
      )
      return rows.map((row) => ({
        cutover: row.cutover,
        key: row.key,
        kind: row.kind,
        state: row.state,
        ...(row.channel === null ? {} : { channel: row.channel }),
        ...(row.ts === null ? {} : { ts: row.ts }),
        ...(row.content_hash === null ? {} : { contentHash: row.content_hash }),
        ...(row.error === null ? {} : { error: row.error }),
      }))
    },
    async put(effect) {
      await ask(
        pool,
        `insert into cutover.slack_effect (cutover, key, kind, channel, ts, content_hash, state, error, changed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, now())
         on conflict (cutover, key) do update set kind = excluded.kind, channel = excluded.channel, ts = excluded.ts,
           content_hash = excluded.content_hash, state = excluded.state, error = excluded.error, changed_at = now()`,
        [
          effect.cutover,
          effect.key,
          effect.kind,
          effect.channel ?? null,
          effect.ts ?? null,
          effect.contentHash ?? null,
          effect.state,
          effect.error ?? null,
        ],
      )
    },
  }
}
