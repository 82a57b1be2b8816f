import { callPagers } from '../../app/call-pagers.ts'
import { deliverNotices, receiversOwed, type Receiver } from '../../app/deliver-notices.ts'
import { draftNotices } from '../../app/draft-notices.ts'
import { mailTimeline, type TimelineMailMeans } from '../../app/mail-timeline.ts'
import type { NoticeMeans } from '../../app/notice-means.ts'
import type { CutoverLog, Logger, NoticeClaims } from '../../app/ports.ts'
import { isOver } from '../../domain/lookup.ts'
import type { CutoverState } from '../../domain/state.ts'
import { repeatedly } from '../repeatedly.ts'
import { startLanes } from './lanes.ts'

const IDLE_MS = 5000
/** Between two tries of what an ended cutover still owes. */
const LATER_MAX_MS = 10 * 60_000
/** The newest that ended. */
const ENDED_MAX = 20
/** Cutovers that are looked at, and as many that are paged for, at the same time. */
const AT_ONCE = 4
/** Receivers that are sent to at the same time: one that hangs is given up after seconds. */
const RECEIVERS_AT_ONCE = 16

export interface Noticing {
  /** This cutover may owe somebody a notice. */
  owe(cutover: string): void
  /** What ended while nobody led: its last mail may be missing, and nothing else looks at it any more. */
  oweWhatEnded(): Promise<void>
  stop(): Promise<void>
}

/**
 * Whatever leaves for people and pagers, beside everything else: a receiver that hangs holds up no timer and no step. A
 * pager that hangs holds up no notice, nothing of one cutover anything of another, and of the same cutover a receiver that
 * hangs only what goes to itself.
 */
export function startNoticing(deps: {
  readonly log: CutoverLog
  readonly claims: NoticeClaims
  readonly means: NoticeMeans & TimelineMailMeans
  readonly logger: Logger
  readonly leads: () => boolean
}): Noticing {
  const { log, logger, leads } = deps
  const later = new Map<string, { readonly waitMs: number; readonly at: number }>()

  async function send(cutover: string): Promise<void> {
    await draftNotices(deps, cutover)
    const loaded = await log.load(cutover)
    if (loaded === null) return
    for (const receiver of receiversOwed(loaded.state)) receivers.want(laneOf(cutover, receiver))
    const mail = await mailTimeline(deps, loaded.state, loaded.now)
    if (mail === 'again' || isOwing(loaded.state)) tryLater(cutover)
    else later.delete(cutover)
  }

  /** An open cutover is looked at again anyhow; one that is over may have a notice that did not go out. */
  const isOwing = ({ status, steps }: CutoverState): boolean =>
    isOver(status) &&
    Object.values(steps).some((step) => step.status === 'active' && step.called !== undefined)

  /** More and more seldom. */
  function tryLater(cutover: string): void {
    const waitMs = Math.min(2 * (later.get(cutover)?.waitMs ?? IDLE_MS), LATER_MAX_MS)
    later.set(cutover, { waitMs, at: Date.now() + waitMs })
  }

  const receivers = startLanes({
    run: (lane) => {
      const { cutover, ...receiver } = receiverIn(lane)
      return deliverNotices(deps, cutover, receiver)
    },
    atOnce: RECEIVERS_AT_ONCE,
    retryMs: IDLE_MS,
    logger,
  })
  const notices = startLanes({ run: send, atOnce: AT_ONCE, retryMs: IDLE_MS, logger })
  const pagers = startLanes({
    run: (cutover) => callPagers(deps, cutover),
    atOnce: AT_ONCE,
    retryMs: IDLE_MS,
    logger,
  })
  const owe = (cutover: string): void => {
    notices.want(cutover)
    pagers.want(cutover)
  }
  const looking = repeatedly(
    IDLE_MS,
    async () => {
      for (const [id, { at }] of later) if (leads() && at <= Date.now()) owe(id)
    },
    logger,
  )

  return {
    owe,
    async oweWhatEnded() {
      const ended = (await log.list()).filter(({ status }) => isOver(status)).slice(0, ENDED_MAX)
      for (const { id } of ended) owe(id)
    },
    async stop() {
      await Promise.all([looking.stop(), notices.stop(), pagers.stop()])
      await receivers.stop()
    },
  }
}

const laneOf = (cutover: string, { medium, audience }: Receiver): string =>
  JSON.stringify({ cutover, medium, audience })

/** What {@link laneOf} wrote. */
const receiverIn = (lane: string): Receiver & { readonly cutover: string } => JSON.parse(lane)
