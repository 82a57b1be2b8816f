import { LogUnavailable } from '../../app/log-errors.ts'
import type { CutoverLog, Logger } from '../../app/ports.ts'
import type { PersonId } from '../../domain/plan.ts'
import { asText, say, type Reply } from './reply.ts'
import { GivenUp, watchedLog, type WatchedLog } from './watched-log.ts'

/** Slack takes an acknowledgement within 3 s. */
const ACK_AFTER_MS = 2_000
const GIVE_UP_AFTER_MS = 8_000

/** One thing that a person did, with the ways to answer it. */
export interface Request {
  /** Stands in log lines, and in the answer when something breaks. */
  readonly reference: string
  /** `command`, `click step.tick`, `form form.act`, … */
  readonly what: string
  readonly person: PersonId
  /** Workspaces that the payload names: of the event and of the person. */
  readonly teams: readonly string[]
  /** The acknowledgement that carries the answer. */
  readonly answer: (reply: Reply) => Promise<void>
  /** The acknowledgement alone; the answer follows. */
  readonly wait: () => Promise<void>
  /** The answer after an acknowledgement that went before it, or that failed. */
  readonly follow: (reply: Reply) => Promise<void>
}

export interface Attending {
  readonly log: CutoverLog
  readonly logger: Logger
  /** Why this person may do nothing here, or null. */
  readonly barred: (request: Request) => Promise<string | null>
  readonly timings?: { readonly ackAfterMs: number; readonly giveUpAfterMs: number }
}

/**
 * Does the work and answers: the acknowledgement is sent with the answer, so that Slack's own failure mark shows
 * when nothing was recorded. Only when that takes too long it goes first and the answer follows. Never rejects.
 */
export async function attend(
  deps: Attending,
  request: Request,
  work: (log: CutoverLog) => Promise<Reply>,
): Promise<void> {
  const { ackAfterMs = ACK_AFTER_MS, giveUpAfterMs = GIVE_UP_AFTER_MS } = deps.timings ?? {}
  const watched = watchedLog(deps.log)
  const began = performance.now()
  const reply = carriedOut(deps, request, watched, work)

  const inTime = await within(reply, ackAfterMs)
  if (inTime !== LATE) {
    await answerNow(deps, request, watched, inTime)
  } else {
    const failed = (error: unknown) => warn(deps, { request, watched, error }, 'an acknowledgement failed')
    await request.wait().catch(failed)
    const late = await within(reply, giveUpAfterMs - ackAfterMs)
    await followUp(deps, request, watched, late === LATE ? givingUp(watched, request) : late)
  }
  deps.logger.info(
    {
      ...about(request, watched),
      person: request.person,
      stage: watched.stage(),
      ms: Math.round(performance.now() - began),
    },
    'answered',
  )
}

async function carriedOut(
  deps: Attending,
  request: Request,
  watched: WatchedLog,
  work: (log: CutoverLog) => Promise<Reply>,
): Promise<Reply> {
  try {
    const refused = await deps.barred(request)
    return refused === null ? await work(watched.log) : say(refused)
  } catch (error) {
    deps.logger.error({ ...about(request, watched), reason: reasonOf(error) }, 'a request failed')
    return say(`${brokenText(watched, error)} Reference \`${request.reference}\`.`)
  }
}

/** What stands in the log after something broke, and what to do. */
function brokenText(watched: WatchedLog, error?: unknown): string {
  switch (watched.stage()) {
    case 'reading':
      if (error instanceof LogUnavailable || error instanceof GivenUp) return NO_LOG
      return 'Something broke on our side. *Nothing was recorded.* Try again, or use the CLI.'
    case 'writing':
      return 'The log did not say whether this was recorded. Look at the cutover before you do it again.'
    case 'recorded':
      return '*It was recorded*, but showing it failed. The channel shows it soon.'
  }
}

const NO_LOG = 'The log does not answer. *Nothing was recorded.* Try again in a moment.'

function givingUp(watched: WatchedLog, { reference }: Request): Reply {
  const why = watched.giveUp() ? NO_LOG : brokenText(watched)
  return say(`${why} Reference \`${reference}\`.`)
}

async function answerNow(
  deps: Attending,
  request: Request,
  watched: WatchedLog,
  reply: Reply,
): Promise<void> {
  try {
    await request.answer(reply)
  } catch (error) {
    warn(deps, { request, watched, error }, 'an acknowledgement failed')
    // Slack shows a failure now although it was recorded, so somebody must say so.
    const said = asText(reply) ?? 'It was recorded, although Slack shows a failure.'
    const text = watched.stage() === 'recorded' ? said : (asText(reply) ?? 'Nothing was recorded. Try again.')
    await followUp(deps, request, watched, say(text))
  }
}

async function followUp(deps: Attending, request: Request, watched: WatchedLog, reply: Reply): Promise<void> {
  await request
    .follow(reply)
    .catch((error: unknown) => warn(deps, { request, watched, error }, 'an answer did not arrive'))
}

function warn(
  { logger }: Attending,
  seen: { readonly request: Request; readonly watched: WatchedLog; readonly error: unknown },
  message: string,
): void {
  logger.warn({ ...about(seen.request, seen.watched), reason: reasonOf(seen.error) }, message)
}

function about({ reference, what }: Request, watched: WatchedLog) {
  const cutover = watched.cutover()
  return { request: reference, what, ...(cutover === undefined ? {} : { cutover }) }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)

const LATE = Symbol('late')

async function within<T>(promise: Promise<T>, ms: number): Promise<T | typeof LATE> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), Math.max(0, ms))
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
