import type { NoticeMeans } from '../../app/notice-means.ts'
import type { TimelineMailMeans } from '../../app/mail-timeline.ts'
import type { Leader } from '../../app/lead.ts'
import type { CutoverLog, Logger, NoticeClaims } from '../../app/ports.ts'
import type { Bot } from '../../bot/app.ts'
import { repeatedly } from '../repeatedly.ts'
import { startNoticing } from './noticing.ts'

const TICK_MS = 500
/** The loops beside it are woken; this is how long they sleep when nobody does. */
const IDLE_MS = 5000

export interface Loops {
  /** Something was appended: by this process or another. */
  wake(): void
  /** This cutover was brought up to date: its notices may be due. */
  advanced(cutover: string): void
  leads(): boolean
  stop(): Promise<void>
}

/** Three loops, so that a mail server or a Slack that hangs never holds up a timer or a step. */
export function startLoops(deps: {
  readonly leader: Leader
  readonly bot: Pick<Bot, 'project' | 'changed'>
  readonly log: CutoverLog
  readonly claims: NoticeClaims
  readonly means: NoticeMeans & TimelineMailMeans
  readonly logger: Logger
}): Loops {
  const { leader, bot, logger } = deps
  let leads = false
  const noticing = startNoticing({ ...deps, leads: () => leads })
  const projecting = repeatedly(IDLE_MS, async () => (leads ? bot.project() : undefined), logger)
  const ticking = repeatedly(
    TICK_MS,
    async () => {
      const isNew = !leads
      leads = await leader.tick()
      if (isNew && leads) await noticing.oweWhatEnded()
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
      await Promise.all([ticking.stop(), projecting.stop(), noticing.stop()])
    },
  }
}
