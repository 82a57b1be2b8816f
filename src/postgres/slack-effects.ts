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
  readonly version: string
}

const COLUMNS =
  'cutover, key, kind, channel, ts, content_hash, state, error, extract(epoch from changed_at)::text as version'

const INSERT = `insert into cutover.slack_effect as stored
    (cutover, key, kind, channel, ts, content_hash, state, error, changed_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp())`

const REPLACE = `update set kind = excluded.kind, channel = excluded.channel, ts = excluded.ts,
  content_hash = excluded.content_hash, state = excluded.state, error = excluded.error,
  changed_at = excluded.changed_at`

/** What exists in Slack, by stable key. */
export function makeSlackEffects(pool: Pool): SlackEffects {
  return {
    async of(cutover) {
      const { rows } = await ask<EffectRow>(
        pool,
        `select ${COLUMNS} from cutover.slack_effect where cutover = $1`,
        [cutover],
      )
      return rows.map(effectOf)
    },
    async put(effect) {
      const { rows } = await ask<EffectRow>(
        pool,
        `${INSERT} on conflict (cutover, key) do ${REPLACE} returning ${COLUMNS}`,
        valuesOf(effect),
      )
      return rows[0] === undefined ? effect : effectOf(rows[0])
    },
    async begin(effect) {
      const isNew = effect.version === undefined
      const { rows } = await ask<EffectRow>(
        pool,
        isNew
          ? `${INSERT} on conflict (cutover, key) do nothing returning ${COLUMNS}`
          : `${INSERT} on conflict (cutover, key) do ${REPLACE}
             where extract(epoch from stored.changed_at)::text = $9 returning ${COLUMNS}`,
        isNew ? valuesOf(effect) : [...valuesOf(effect), effect.version],
      )
      return rows[0] === undefined ? null : effectOf(rows[0])
    },
  }
}

const valuesOf = (effect: SlackEffect): readonly (string | null)[] => [
  effect.cutover,
  effect.key,
  effect.kind,
  effect.channel ?? null,
  effect.ts ?? null,
  effect.contentHash ?? null,
  effect.state,
  effect.error ?? null,
]

const effectOf = (row: EffectRow): SlackEffect => ({
  cutover: row.cutover,
  key: row.key,
  kind: row.kind,
  state: row.state,
  version: row.version,
  ...(row.channel === null ? {} : { channel: row.channel }),
  ...(row.ts === null ? {} : { ts: row.ts }),
  ...(row.content_hash === null ? {} : { contentHash: row.content_hash }),
  ...(row.error === null ? {} : { error: row.error }),
})
