import { isOver } from '../domain/lookup.ts'
import type { CutoverState } from '../domain/state.ts'
import { ENDS, type AnchoredEvent } from './anchor.ts'
import { NoticeFailure, type NoticeMeans, type RenderedNotice } from './notice-means.ts'
import { handleCommand } from './handle-command.ts'
import { LogUnavailable } from './log-errors.ts'
import type { CutoverLog, Logger, NoticeClaims } from './ports.ts'

/** How the last mail about a cutover is made and how it leaves. */
export interface TimelineMailMeans {
  /** Null: there is no end to tell. */
  timelineMail(state: CutoverState): Promise<RenderedNotice | null>
  readonly mail: NoticeMeans['mail']
}

interface Deps {
  readonly log: CutoverLog
  readonly claims: NoticeClaims
  readonly means: TimelineMailMeans
  readonly logger: Logger
}

interface Letter {
  readonly audience: string
  readonly to: readonly string[]
  readonly end: AnchoredEvent
  /** What fails now is recorded as failed. */
  readonly isLast: boolean
}

/** An end that nobody wrote about for this long is not written about any more. */
const LATE_MS = 24 * 60 * 60_000
/** Nobody is left to press Retry, so a mail server that is away is tried again for so long after the end. */
const PATIENCE_MS = 60 * 60_000

/**
 * Once a cutover is closed or abandoned, mails how it ended to every audience with addresses, with the place of the end
 * in the record, and records how that went. A rehearsal's plan names the audiences of its own environment only. Each
 * audience has it once, however often this is called. `again`: a mail server did not take it, and it may be tried later.
 * Throws `LogUnavailable`.
 */
export async function mailTimeline(deps: Deps, state: CutoverState, now: number): Promise<'done' | 'again'> {
  const audiences = Object.entries(state.plan.audiences).filter(([, { email }]) => email.length > 0)
  if (audiences.length === 0 || !isOver(state.status)) return 'done'
  const anchors = await deps.log.anchors(state.id, state.position)
  const end = anchors.findLast(({ event }) => ENDS.includes(event.type))
  if (end === undefined || now - end.event.at > LATE_MS) return 'done'
  const isLast = now - end.event.at > PATIENCE_MS
  let isLeft = false
  for (const [audience, { email: to }] of audiences) {
    const how = await mailTo(deps, state, { audience, to, end, isLast })
    isLeft ||= how === 'again'
  }
  return isLeft ? 'again' : 'done'
}

async function mailTo(deps: Deps, state: CutoverState, letter: Letter): Promise<'done' | 'again'> {
  const { audience, to, end, isLast } = letter
  const claim = `timeline/${end.position}/${audience}`
  const key = `${state.id}/${claim}`
  const loaded = await deps.log.load(state.id, key)
  if (loaded === null || loaded.repeated) return 'done'
  const notice = await deps.means.timelineMail(state)
  if (notice === null) return 'done'
  const sent = await send(deps, { cutover: state.id, claim, to, notice, isLast })
  if (sent === 'busy' || sent === 'again') return 'again'
  const { subject = '', text } = notice
  await handleCommand(
    deps.log,
    state.id,
    { type: 'report timeline mail', audience, to, subject, text, head: end.hash, ...sent },
    { actor: { kind: 'cutover' }, key },
  )
  return 'done'
}

type Sent = Pick<Awaited<ReturnType<NoticeMeans['mail']>>, 'rejected'> & { readonly failed?: string }

async function send(
  deps: Deps,
  mail: {
    readonly cutover: string
    readonly claim: string
    readonly to: readonly string[]
    readonly notice: RenderedNotice
    readonly isLast: boolean
  },
): Promise<Sent | 'busy' | 'again'> {
  const { cutover, claim, to, notice, isLast } = mail
  const claimed = await deps.claims.claim(cutover, claim)
  if (claimed === 'busy') return 'busy'
  if (claimed === 'sent') return { rejected: [] }
  if (claimed !== 'claimed') {
    return { rejected: [], failed: 'Nobody knows whether it went out: sending it was interrupted.' }
  }
  try {
    const { rejected } = await deps.means.mail({ key: `${cutover}/${claim}`, to, notice })
    await deps.claims.settle(cutover, claim, 'sent')
    return { rejected }
  } catch (error) {
    if (error instanceof LogUnavailable) throw error
    const failure = error instanceof NoticeFailure ? error : undefined
    if (failure !== undefined && !failure.mayHaveArrived && !isLast) {
      await deps.claims.settle(cutover, claim, 'failed')
      await deps.claims.reopen(cutover, claim)
      deps.logger.warn({ cutover, to, reason: failure.message }, 'the last mail about a cutover waits')
      return 'again'
    }
    await deps.claims.settle(cutover, claim, 'failed')
    const failed = failure?.message ?? 'It could not be sent.'
    deps.logger.warn({ cutover, to, error }, 'the last mail about a cutover failed')
    return { rejected: [], failed }
  }
}
