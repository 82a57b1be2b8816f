import type { WebClient } from '@slack/web-api'
import type { CutoverLog, Logger, Logins, ProgressBoard, SlackEffects } from '../../app/ports.ts'
import { isOver, isUnderWay, liveAttempts } from '../../domain/lookup.ts'
import type { PersonId } from '../../domain/plan.ts'
import { isMute } from '../../domain/outages.ts'
import type { CutoverState } from '../../domain/state.ts'
import { makeAllowance } from './allowance.ts'
import { changes, firstPosts } from './carry-out.ts'
import { lookForDeleted } from './deleted.ts'
import { desired } from './desired.ts'
import type { Desired, Look } from './kinds.ts'
import { makeEffectStore, type Rows } from './effect-store.ts'
import { recordOf, reportRecord, type EndRecord } from './end-record.ts'
import { inTurnByKey } from './in-turn.ts'
import { makeLooks } from './looks.ts'
import { makeMissed } from './missed.ts'
import { newestOnly } from './newest-only.ts'
import { AWAY_MS, isShown, type Means, type Pass } from './pass.ts'
import { makePostOnce, type PostOnce } from './post-once.ts'
import { answerOf } from './slack-answer.ts'

export interface ProjectionOptions {
  readonly log: CutoverLog
  readonly effects: SlackEffects
  readonly progress: ProgressBoard
  readonly logger: Logger
  /** Two clients of the same app: neither repeats a call, and neither waits for the other. */
  readonly urgent: WebClient
  readonly rest: WebClient
  /** A workspace without Slack's limits: the budget of updates is kept from its first 429 on. */
  readonly isLocal?: boolean
  /** Only a leader looks again by itself. */
  readonly leads?: () => boolean
  readonly names?: () => ReadonlyMap<PersonId, string>
  /** How often is looked for what people did to channel and messages by hand, milliseconds; for tests. */
  readonly handsMs?: number
  /** A pass over a cutover begins; what it gives is called when Slack shows all of it. */
  readonly begun?: (cutover: string) => (() => void) | undefined
  /** Absent: the board does not say who could go on without Slack. */
  readonly logins?: Pick<Logins, 'loggedIn'>
}

export interface Projection {
  /**
   * Makes Slack show what the log says of a cutover. Never throws for what Slack does; looks again by itself when
   * something has to wait or time changes what is shown. `clicked` names the step, gate or cutover that somebody has
   * just pressed: what shows it is sent first, before the promise resolves.
   */
  reconcile(cutover: string, options?: { readonly clicked?: string }): Promise<void>
  /** Posts a notice under its key once, however often it is asked to. Throws `NoticeFailure` when Slack refuses it. */
  readonly postOnce: PostOnce
  /** Messages that wait for Slack, new ones and changed ones. */
  readonly parked: () => number
  /** Waits for what is on its way; nothing new begins. */
  stop(): Promise<void>
}

/** What a running step shows changes by itself; the rest of a board once a minute. */
const RUNNING_LOOK_MS = 3_000
const RUNNING_LOOK_BUSY_MS = 15_000
const LOOK_MS = 60_000
/** A cutover in which nothing has run for this long makes no other one slower. */
const BUSY_MS = 60_000
const HANDS_MS = 60_000

export function makeProjection(options: ProjectionOptions): Projection {
  const { log, logger } = options
  const means = meansOf(options)
  const running = new Set<Promise<void>>()
  const told = makeTelling(means, log)
  const parked = makeParked(means)
  const passOf = makePasses(options, means)
  const inOrder = newestOnly<Pass>(
    (one, other) => one.state.position >= other.state.position,
    (newest) => firstPosts(means, newest),
  )
  const looks = makeLooks((cutover) => {
    if (means.leads()) void reconcile(cutover)
  }, means.clock)
  let isStopped = false

  function reconcile(cutover: string, { clicked }: { readonly clicked?: string } = {}): Promise<void> {
    if (isStopped) return Promise.resolve()
    const work = pass(cutover, clicked)
      .catch((error: unknown) => {
        logger.warn({ cutover, error }, 'Slack could not be brought up to date; trying again')
        looks.again(cutover, RUNNING_LOOK_MS)
      })
      .finally(() => running.delete(work))
    running.add(work)
    return work
  }

  async function pass(cutover: string, clicked: string | undefined): Promise<void> {
    const isShownNow = options.begun?.(cutover)
    const made = await passOf(cutover)
    if (made === null) return
    const one: Pass = {
      ...made.pass,
      again: (ms) => looks.again(cutover, ms),
      ...(clicked === undefined ? {} : { clicked }),
    }
    if (parked.waits(one)) return one.again(AWAY_MS)
    if (!isOver(one.state.status)) one.again(nextLookMs(one.state, one.busy))
    await lookForDeleted(means, one)
    await Promise.all([changes(means, one), inOrder(cutover, one)])
    if (made.record !== undefined) await told(one, made.record)
    if (isShownNow && !one.wanted.some((each) => isBehind(means, cutover, each))) isShownNow()
  }

  return {
    reconcile,
    postOnce: makePostOnce(means, log),
    parked: parked.count,
    async stop() {
      isStopped = true
      looks.stop()
      await Promise.all(running)
    },
  }
}

/** What is to be shown of a cutover now; null: there is no such cutover. */
function makePasses({ log, ...options }: ProjectionOptions, means: Means) {
  const missedBy = makeMissed(log)
  const isBusy = makeBusy(means.clock)

  return async (
    cutover: string,
  ): Promise<{ readonly pass: Omit<Pass, 'again'>; readonly record: EndRecord | undefined } | null> => {
    const [loaded, rows, progress] = await Promise.all([
      log.load(cutover),
      means.store.read(cutover),
      means.progress.of(cutover),
    ])
    if (loaded === null) return null
    const { state, now } = loaded
    const anchors = await log.anchors(cutover, state.position)
    const record = await recordOf(log, state, options.names?.() ?? new Map())
    const missed = await missedBy(state, now, anchors)
    const loggedIn = await loggedInFor(options, state)
    const look = {
      now,
      progress,
      posted: postedOf(rows),
      anchors,
      missed,
      ...loggedIn,
      ...timelineIn(record),
    }
    return { pass: { state, now, busy: isBusy(state), wanted: desired(state, look) }, record }
  }
}

/** Who could go on without Slack: worth saying while there is time to log in. */
async function loggedInFor(
  { logins }: Pick<ProjectionOptions, 'logins'>,
  { status }: CutoverState,
): Promise<Pick<Look, 'loggedIn'>> {
  return logins === undefined || status !== 'scheduled' ? {} : { loggedIn: await logins.loggedIn() }
}

const timelineIn = (record: EndRecord | undefined): Pick<Look, 'timeline'> =>
  record === undefined ? {} : { timeline: record }

function meansOf(options: ProjectionOptions): Means {
  const clock = (): number => performance.now()
  const turns = inTurnByKey()
  let self: string | null = null
  return {
    urgent: options.urgent,
    rest: options.rest,
    store: makeEffectStore(options.effects, clock),
    progress: options.progress,
    logger: options.logger,
    clock,
    leads: () => options.leads?.() !== false,
    handsMs: options.handsMs ?? HANDS_MS,
    allowance: makeAllowance({ untilRefused: options.isLocal === true, clock }),
    sent: new Map(),
    inTurn: (cutover, key, work) => turns(`${cutover} ${key}`, work),
    async self() {
      if (self !== null) return self
      const answer = await answerOf(options.rest.auth.test())
      self = answer.kind === 'done' ? (answer.value.user_id ?? null) : null
      return self
    },
  }
}

const postedOf = (rows: Rows): ReadonlySet<string> =>
  new Set(
    [...rows.values()]
      .filter(({ ts, channel }) => ts !== undefined || channel !== undefined)
      .map(({ key }) => key),
  )

/** What waits while Slack is away: nothing is tried then, so that what comes back is shown in its order. */
function makeParked(means: Means) {
  const parked = new Map<string, number>()
  return {
    waits({ state, wanted }: Pass): boolean {
      if (isMute(state)) parked.set(state.id, wanted.filter((one) => isMissing(means, state.id, one)).length)
      else parked.delete(state.id)
      return parked.has(state.id)
    },
    count: () => [...parked.values()].reduce((sum, many) => sum + many, 0),
  }
}

/** What Slack does not show as it should. */
function isMissing(means: Means, cutover: string, wanted: Desired): boolean {
  if (wanted.kind !== 'message') return false
  const row = means.store.get(cutover, wanted.key)
  return row?.ts === undefined ? wanted.onlyIfPosted !== true : !isShown(row, wanted)
}

/** What is refused for good is not on its way any more. */
const isBehind = (means: Means, cutover: string, wanted: Desired): boolean =>
  isMissing(means, cutover, wanted) && means.store.get(cutover, wanted.key)?.state !== 'failed'

/** Several cutovers under way share one allowance. */
function makeBusy(clock: () => number): (state: CutoverState) => boolean {
  const lastBusy = new Map<string, number>()
  return (state) => {
    const now = clock()
    if (liveAttempts(state).some(isUnderWay)) lastBusy.set(state.id, now)
    for (const [id, at] of lastBusy) if (now - at > BUSY_MS) lastBusy.delete(id)
    return lastBusy.size > 1
  }
}

function nextLookMs(state: CutoverState, busy: boolean): number {
  if (!liveAttempts(state).some(isUnderWay)) return LOOK_MS
  return busy ? RUNNING_LOOK_BUSY_MS : RUNNING_LOOK_MS
}

/** Says in the log where a timeline was posted, once it stands there. */
function makeTelling(means: Means, log: CutoverLog): (pass: Pass, record: EndRecord) => Promise<void> {
  const reported = new Set<string>()
  return async ({ state, wanted }, record) => {
    for (const message of wanted) {
      if (message.kind !== 'message' || message.basis === undefined) continue
      const row = means.store.get(state.id, message.key)
      const id = `${state.id} ${message.key} ${record.basis}`
      if (row?.channel === undefined || row.ts === undefined || !isShown(row, message) || reported.has(id))
        continue
      await reportRecord(log, state, { channel: row.channel, record })
      reported.add(id)
    }
  }
}
