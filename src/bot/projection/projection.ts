import type { WebClient } from '@slack/web-api'
import type { CutoverLog, Logger, Logins, ProgressBoard, SlackEffects } from '../../app/ports.ts'
import { isOver, isUnderWay, liveAttempts } from '../../domain/lookup.ts'
import type { PersonId } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { makeAllowance } from './allowance.ts'
import { changes, firstPosts } from './carry-out.ts'
import { desired } from './desired.ts'
import { makeEffectStore, type Rows } from './effect-store.ts'
import { recordOf, reportRecord, type EndRecord } from './end-record.ts'
import { inTurnByKey } from './in-turn.ts'
import { makeLooks } from './looks.ts'
import { newestOnly } from './newest-only.ts'
import { isShown, type Means, type Pass } from './pass.ts'
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
  /** Waits for what is on its way; nothing new begins. */
  stop(): Promise<void>
}

/** What a running step shows changes by itself; the rest of a board once a minute. */
const RUNNING_LOOK_MS = 3_000
const RUNNING_LOOK_BUSY_MS = 15_000
const LOOK_MS = 60_000
/** A cutover in which nothing has run for this long makes no other one slower. */
const BUSY_MS = 60_000

export function makeProjection(options: ProjectionOptions): Projection {
  const { log, logger } = options
  const means = meansOf(options)
  const running = new Set<Promise<void>>()
  const told = makeTelling(means, log)
  const inOrder = newestOnly<Pass>(
    (one, other) => one.state.position >= other.state.position,
    (newest) => firstPosts(means, newest),
  )
  const isBusy = makeBusy(means.clock)
  const looks = makeLooks((cutover) => {
    if (options.leads?.() !== false) void reconcile(cutover)
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
    const [loaded, rows, progress] = await Promise.all([
      log.load(cutover),
      means.store.read(cutover),
      means.progress.of(cutover),
    ])
    if (loaded === null) return
    const { state, now } = loaded
    const anchors = await log.anchors(cutover, state.position)
    const record = await recordOf(log, state, options.names?.() ?? new Map())
    const loggedIn = state.status === 'scheduled' ? await options.logins?.loggedIn() : undefined
    const look = {
      now,
      progress,
      posted: postedOf(rows),
      ...(loggedIn === undefined ? {} : { loggedIn }),
      anchors,
      ...(record === undefined ? {} : { timeline: record }),
    }
    const busy = isBusy(state)
    const one: Pass = {
      state,
      now,
      busy,
      wanted: desired(state, look),
      again: (ms) => looks.again(cutover, ms),
      ...(clicked === undefined ? {} : { clicked }),
    }
    if (!isOver(state.status)) one.again(nextLookMs(state, busy))
    await Promise.all([changes(means, one), inOrder(cutover, one)])
    if (record !== undefined) await told(one, record)
  }

  return {
    reconcile,
    postOnce: makePostOnce(means, log),
    async stop() {
      isStopped = true
      looks.stop()
      await Promise.all(running)
    },
  }
}

function meansOf(options: ProjectionOptions): Means {
  const clock = (): number => performance.now()
  const turns = inTurnByKey()
  let self: string | null = null
  return {
    urgent: options.urgent,
    rest: options.rest,
    store: makeEffectStore(options.effects),
    progress: options.progress,
    logger: options.logger,
    clock,
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
