import type { NoticeMeans } from '../../app/notice-means.ts'
import type { TimelineMailMeans } from '../../app/mail-timeline.ts'
import type { Leader } from '../../app/lead.ts'
import type { CutoverLog, Logger, NoticeClaims } from '../../app/ports.ts'
import { makeTellingOfSlack, type SlackTroubleNow } from '../../app/tell-of-slack.ts'
import type { CutoverState, Outage } from '../../domain/state.ts'
import type { Bot } from '../../bot/app.ts'
import { repeatedly } from '../repeatedly.ts'
import { startNoticing } from './noticing.ts'

const TICK_MS = 500
/** The loops beside it are woken; this is how long they sleep when nobody does. */
const IDLE_MS = 5000
/** Somebody who revokes our token is noticed within seconds. */
const SLACK_LOOK_MS = 3000

const NO_SLACK = { look: async () => undefined, alarm: async () => undefined }

export interface Loops {
  /** Something was appended: by this process or another. */
  wake(): void
  /** This cutover was brought up to date: its notices may be due. */
  advanced(cutover: string): void
  leads(): boolean
  stop(): Promise<void>
}

/** Loops beside each other, so that a mail server or a Slack that hangs never holds up a timer or a step. */
export function startLoops(deps: {
  readonly leader: Leader
  readonly bot: Pick<Bot, 'project' | 'changed'>
  readonly log: CutoverLog
  readonly claims: NoticeClaims
  readonly means: NoticeMeans & TimelineMailMeans
  /** Absent where there is no Slack at all. */
  readonly slack?: {
    readonly look: () => Promise<SlackTroubleNow | undefined>
    /** Reaches people past Slack. */
    readonly alarm: (state: CutoverState, outage: Outage) => Promise<void>
  }
  readonly logger: Logger
}): Loops {
  const { leader, bot, logger } = deps
  let leads = false
  const noticing = startNoticing({ ...deps, leads: () => leads })
  const projecting = repeatedly(IDLE_MS, async () => (leads ? bot.project() : undefined), logger)
  const { look, alarm } = deps.slack ?? NO_SLACK
  let tellOfSlack = makeTellingOfSlack({ ...deps, alarm })
  const looking = repeatedly(
    SLACK_LOOK_MS,
    async () => {
      const trouble = await look()
      if (leads) await tellOfSlack(trouble)
    },
    logger,
  )
  const ticking = repeatedly(
    TICK_MS,
    async () => {
      const isNew = !leads
      leads = await leader.tick()
      if (isNew && leads) {
        tellOfSlack = makeTellingOfSlack({ ...deps, alarm })
        await noticing.oweWhatEnded()
      }
      projecting.wake()
    },
    logger,
  )

  return {
    wake() {
      ticking.wake()
      projecting.wake()
    },
    advanced(cutover) {
      bot.changed(cutover)
      noticing.owe(cutover)
    },
    leads: () => leads,
    stop: async () => {
      await Promise.all([ticking.stop(), projecting.stop(), noticing.stop(), looking.stop()])
    },
  }
}
