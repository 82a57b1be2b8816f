import { callPagers } from '../../app/call-pagers.ts'
import { deliverNotices } from '../../app/deliver-notices.ts'
import { draftNotices } from '../../app/draft-notices.ts'
import { type NoticeMeans } from '../../app/notice-means.ts'
import { mailTimeline, type TimelineMailMeans } from '../../app/mail-timeline.ts'
import type { Leader } from '../../app/lead.ts'
import type { CutoverLog, Logger, NoticeClaims } from '../../app/ports.ts'
import type { Bot } from '../../bot/app.ts'
import { isOver } from '../../domain/lookup.ts'
import { repeatedly } from '../repeatedly.ts'

const TICK_MS = 500
/** The loops beside it are woken; this is how long they sleep when nobody does. */
const IDLE_MS = 5000
/** Between two tries of a last mail. */
const LATER_MAX_MS = 10 * 60_000
/** The newest that ended. */
const ENDED_MAX = 20

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
  const { leader, bot, log, logger } = deps
  let leads = false
  const owing = new Set<string>()
  const later = new Map<string, { readonly waitMs: number; readonly at: number }>()

  async function send(cutover: string): Promise<void> {
    const loaded = await log.load(cutover)
    if (!loaded) return
    await callPagers(deps, loaded.state)
    await draftNotices(deps, loaded.state, loaded.now)
    await deliverNotices(deps, loaded.state, loaded.now)
    mailed(cutover, await mailTimeline(deps, loaded.state, loaded.now))
  }

  /** What a mail server did not take after the end is tried again, more and more seldom. */
  function mailed(cutover: string, how: 'done' | 'again'): void {
    if (how === 'done') {
      later.delete(cutover)
      return
    }
    const waitMs = Math.min(2 * (later.get(cutover)?.waitMs ?? IDLE_MS), LATER_MAX_MS)
    later.set(cutover, { waitMs, at: Date.now() + waitMs })
  }

  /** What ended while nobody led: its last mail may be missing, and nothing else looks at it any more. */
  async function oweWhatEnded(): Promise<void> {
    const ended = (await log.list()).filter(({ status }) => isOver(status)).slice(0, ENDED_MAX)
    for (const { id } of ended) owing.add(id)
    noticing.wake()
  }

  const projecting = repeatedly(IDLE_MS, async () => (leads ? bot.project() : undefined), logger)
  const noticing = repeatedly(
    IDLE_MS,
    async () => {
      for (const [id, { at }] of later) if (at <= Date.now()) owing.add(id)
      for (const id of owing) {
        owing.delete(id)
        await send(id).catch((error: unknown) => {
          owing.add(id)
          throw error
        })
      }
    },
    logger,
  )
  const ticking = repeatedly(
    TICK_MS,
    async () => {
      const isNew = !leads
      leads = await leader.tick()
      if (isNew && leads) await oweWhatEnded()
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
      owing.add(cutover)
      noticing.wake()
    },
    leads: () => leads,
    stop: async () => {
      await Promise.all([ticking.stop(), projecting.stop(), noticing.stop()])
    },
  }
}
