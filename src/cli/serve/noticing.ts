import { callPagers } from '../../app/call-pagers.ts'
import { deliverNotices } from '../../app/deliver-notices.ts'
import { draftNotices } from '../../app/draft-notices.ts'
import { mailTimeline, type TimelineMailMeans } from '../../app/mail-timeline.ts'
import type { NoticeMeans } from '../../app/notice-means.ts'
import type { CutoverLog, Logger, NoticeClaims } from '../../app/ports.ts'
import { isOver } from '../../domain/lookup.ts'
import type { CutoverState } from '../../domain/state.ts'
import { repeatedly } from '../repeatedly.ts'

const IDLE_MS = 5000
/** Between two tries of what an ended cutover still owes. */
const LATER_MAX_MS = 10 * 60_000
/** The newest that ended. */
const ENDED_MAX = 20

export interface Noticing {
  /** This cutover may owe somebody a notice. */
  owe(cutover: string): void
  /** What ended while nobody led: its last mail may be missing, and nothing else looks at it any more. */
  oweWhatEnded(): Promise<void>
  stop(): Promise<void>
}

/** Whatever leaves for people and pagers, in a loop of its own: a receiver that hangs holds up no timer and no step. */
export function startNoticing(deps: {
  readonly log: CutoverLog
  readonly claims: NoticeClaims
  readonly means: NoticeMeans & TimelineMailMeans
  readonly logger: Logger
  readonly leads: () => boolean
}): Noticing {
  const { log, logger, leads } = deps
  const owing = new Set<string>()
  const later = new Map<string, { readonly waitMs: number; readonly at: number }>()

  async function send(cutover: string): Promise<void> {
    const loaded = await log.load(cutover)
    if (!loaded) return
    await callPagers(deps, loaded.state)
    await draftNotices(deps, loaded.state, loaded.now)
    await deliverNotices(deps, loaded.state, loaded.now)
    const mail = await mailTimeline(deps, loaded.state, loaded.now)
    if (mail === 'again' || (await isOwing(cutover, loaded.state))) tryLater(cutover)
    else later.delete(cutover)
  }

  /** An open cutover is looked at again anyhow; one that is over may have a notice that did not go out. */
  async function isOwing(cutover: string, { status }: CutoverState): Promise<boolean> {
    if (!isOver(status)) return false
    const steps = Object.values((await log.load(cutover))?.state.steps ?? {})
    return steps.some((step) => step.status === 'active' && step.called !== undefined)
  }

  /** More and more seldom. */
  function tryLater(cutover: string): void {
    const waitMs = Math.min(2 * (later.get(cutover)?.waitMs ?? IDLE_MS), LATER_MAX_MS)
    later.set(cutover, { waitMs, at: Date.now() + waitMs })
  }

  const noticing = repeatedly(
    IDLE_MS,
    async () => {
      for (const [id, { at }] of later) if (leads() && at <= Date.now()) owing.add(id)
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

  return {
    owe(cutover) {
      owing.add(cutover)
      noticing.wake()
    },
    async oweWhatEnded() {
      const ended = (await log.list()).filter(({ status }) => isOver(status)).slice(0, ENDED_MAX)
      for (const { id } of ended) owing.add(id)
      noticing.wake()
    },
    stop: () => noticing.stop(),
  }
}
