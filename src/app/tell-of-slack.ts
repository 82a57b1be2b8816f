import type { SlackTrouble } from '../domain/events.ts'
import { isOver } from '../domain/lookup.ts'
import { outageNow } from '../domain/outages.ts'
import type { CutoverState, Outage } from '../domain/state.ts'
import { handleCommand } from './handle-command.ts'
import { LogUnavailable } from './log-errors.ts'
import type { CutoverLog, Logger } from './ports.ts'

/** Why people and Slack do not reach each other now, and for how many milliseconds. */
export interface SlackTroubleNow {
  readonly how: SlackTrouble
  readonly why: string
  readonly forMs: number
}

interface Deps {
  readonly log: CutoverLog
  readonly logger: Logger
  /** Reaches people past Slack. Called again and again while Slack is away; must not throw. */
  readonly alarm: (state: CutoverState, outage: Outage) => Promise<void>
}

/** Cutovers that ended while Slack was away hear of its return as well. */
const ENDED_MAX = 20

/**
 * Says in each cutover that people look at that Slack is away, and that it is back. To be called every few seconds by
 * the leader; what was said before is not said again. Throws `LogUnavailable`.
 */
export function makeTellingOfSlack(deps: Deps): (trouble: SlackTroubleNow | undefined) => Promise<void> {
  const { log } = deps
  /** An earlier leader may have said that Slack is away. */
  let isSaidBack = false

  return async (trouble) => {
    if (trouble !== undefined) {
      isSaidBack = false
      for (const { id } of await log.open()) await each(deps, id, () => away(deps, id, trouble))
      return
    }
    if (isSaidBack) return
    const all = await log.list()
    const ended = all.filter(({ status }) => isOver(status)).slice(0, ENDED_MAX)
    for (const { id } of [...all.filter(({ status }) => !isOver(status)), ...ended]) {
      await each(deps, id, () => back(deps, id))
    }
    isSaidBack = true
  }
}

/** One cutover whose record cannot be read holds up no other. */
async function each({ logger }: Deps, cutover: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof LogUnavailable) throw error
    logger.error({ cutover, error }, 'a cutover could not be told of Slack')
  }
}

async function away(deps: Deps, cutover: string, { how, why, forMs }: SlackTroubleNow): Promise<void> {
  const loaded = await deps.log.load(cutover)
  if (loaded === null) return
  const known = outageNow(loaded.state)
  // What is deaf can be shown things: that is another trouble, with another way to live with it.
  if (known !== undefined && (known.how === 'deaf') !== (how === 'deaf')) await back(deps, cutover)
  const outcome = await handleCommand(
    deps.log,
    cutover,
    { type: 'report slack away', since: Math.round(loaded.now - forMs), how, why },
    { actor: { kind: 'cutover' } },
  )
  if (!outcome.ok) return
  const outage = outageNow(outcome.state)
  if (outage === undefined) return
  if (outcome.recorded.length > 0) {
    deps.logger.error(
      { cutover, how, why, since: new Date(outage.since).toISOString() },
      'SLACK IS AWAY: nothing is shown or pressed there; people go on by the command line',
    )
  }
  await deps.alarm(outcome.state, outage)
}

async function back({ log, logger }: Deps, cutover: string): Promise<void> {
  const outcome = await handleCommand(
    log,
    cutover,
    { type: 'report slack back' },
    { actor: { kind: 'cutover' } },
  )
  if (outcome.ok && outcome.recorded.length > 0) logger.info({ cutover }, 'Slack is back')
}
