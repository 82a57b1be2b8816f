import type { Pool } from 'pg'
import { askSlack } from '../../bot/slack/health.ts'
import { lookAtServer } from '../../postgres/health.ts'
import { slackConnection } from '../serve/from-config.ts'
import { error, ok, warning, type Finding } from './finding.ts'
import type { Look, Place } from './place.ts'

const WARN_MS = 2_000
/** Slack refuses signatures, and we its requests, at five minutes. */
const ERROR_MS = 60_000
/** Its header has whole seconds. */
const SLACK_GRAIN_MS = 1_000

export const clocks: Look = {
  title: 'Clocks',
  async look(place) {
    const seen = [
      ...(place.log === null ? [] : [await ofLog(place.log, place.now)]),
      ...(place.isBotHost ? await ofSlack(place) : []),
    ]
    return seen.length > 0 ? seen : [ok('There is nothing to compare this host’s clock with')]
  },
}

async function ofLog(pool: Pool, now: () => number): Promise<Finding> {
  // A first answer opens the connection, which takes its time.
  await lookAtServer(pool)
  const asked = now()
  const { clockMs } = await lookAtServer(pool)
  const answered = now()
  return compared('the log’s server', (asked + answered) / 2 - clockMs, (answered - asked) / 2)
}

async function ofSlack({ config, now }: Place): Promise<readonly Finding[]> {
  const asked = now()
  const answer = await askSlack(slackConnection(config), 'auth.test')
  const answered = now()
  if (answer.reached === false || answer.clockMs === null) return []
  const aheadMs = (asked + answered) / 2 - (answer.clockMs + SLACK_GRAIN_MS / 2)
  return [compared('Slack', aheadMs, (answered - asked) / 2 + SLACK_GRAIN_MS)]
}

/** `unsureMs`: by how much the measurement itself may be off. */
function compared(other: string, aheadMs: number, unsureMs: number): Finding {
  const off = Math.max(0, Math.abs(aheadMs) - unsureMs)
  if (off <= WARN_MS) return ok(`This host and ${other} agree within 2 s`)
  const says = `This host’s clock is ${Math.round(off / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ${other}.`
  const fix = 'Start time synchronisation (chrony, systemd-timesyncd) on both.'
  return off > ERROR_MS ? error(says, fix) : warning(says, fix)
}
