import type { WebClient } from '@slack/web-api'
import { deliverNotices } from '../../src/app/deliver-notices.ts'
import type { NoticeMeans } from '../../src/app/notice-means.ts'
import type { CutoverLog, Logger, NoticeClaims, SlackEffects } from '../../src/app/ports.ts'
import { desired } from '../../src/bot/projection/desired.ts'
import { recordOf } from '../../src/bot/projection/end-record.ts'
import type { DesiredMessage } from '../../src/bot/projection/kinds.ts'
import { makeProjection } from '../../src/bot/projection/projection.ts'
import type { CutoverState } from '../../src/domain/state.ts'
import { Violation } from './border.ts'
import type { Database } from './database.ts'
import { directly, fakeLog, noProgress } from './ports.ts'
import type { FakeSlack } from './slack.ts'

/** As long as a `serve` shows anything without having led again. */
const LEADS_MS = 8000

export interface Showing {
  /** What led is asked to show, after each turn of the leader. */
  turn(leads: boolean): void
  /** Something was brought up to date, or somebody pressed a button. */
  changed(): void
}

/** One `serve` shows the cutover, while it leads. */
export function startShowing(deps: {
  readonly cutover: string
  readonly log: CutoverLog
  readonly effects: SlackEffects
  readonly claims: NoticeClaims
  readonly client: WebClient
  readonly logger: Logger
}): Showing {
  let ledAt = Number.NEGATIVE_INFINITY
  let isDue = true
  const leads = (): boolean => performance.now() - ledAt < LEADS_MS
  const projection = makeProjection({
    log: deps.log,
    effects: deps.effects,
    progress: noProgress,
    logger: deps.logger,
    urgent: deps.client,
    rest: deps.client,
    leads,
  })
  const means: NoticeMeans = {
    render: (state, { id }) => ({ text: `${id} of ${state.plan.title}` }),
    plain: (_, text) => ({ text }),
    post: (notice) => projection.postOnce(notice),
    mail: () => Promise.reject(new Error('nobody is mailed here')),
    call: () => Promise.reject(new Error('nobody is called here')),
  }
  return {
    turn(isLeader) {
      // Whoever leads after a pause looks at everything.
      if (!leads()) isDue = true
      if (!isLeader) return
      ledAt = performance.now()
      if (!isDue) return
      isDue = false
      void projection.reconcile(deps.cutover)
      void deliverNotices({ ...deps, means }, deps.cutover).catch((error: unknown) => {
        isDue = true
        deps.logger.warn({ error }, 'a turn failed; the next one comes')
      })
    },
    changed() {
      isDue = true
    },
  }
}

/** What the workspace has to show in the end. */
export interface Wanted {
  readonly messages: readonly DesiredMessage[]
  /** Steps whose notice was recorded as delivered. */
  readonly delivered: readonly string[]
}

/** Computed once more from the log alone. */
export async function wantedOf(database: Database, state: CutoverState, now: number): Promise<Wanted> {
  const log = fakeLog(database, directly)
  const anchors = await log.anchors(state.id, state.position)
  const record = await recordOf(log, state, new Map())
  const posted = new Set(
    database
      .effectsOf(state.id)
      .filter(({ ts, channel }) => ts !== undefined || channel !== undefined)
      .map(({ key }) => key),
  )
  const look = {
    now,
    progress: new Map(),
    posted,
    anchors,
    ...(record === undefined ? {} : { timeline: record }),
  }
  const messages = desired(state, look).filter((one): one is DesiredMessage => one.kind === 'message')
  const events = await log.events(state.id)
  const delivered = events.flatMap((event) => (event.type === 'notice delivered' ? [event.data.step] : []))
  return { messages, delivered }
}

/** Why the workspace does not show what it has to; null: it does. */
export function objectionTo(slack: FakeSlack, { messages, delivered }: Wanted): string | null {
  const counts = new Map<string, number>()
  const texts = new Map<string, string>()
  for (const { key, message } of slack.posts()) {
    counts.set(key, (counts.get(key) ?? 0) + 1)
    texts.set(key, message.text)
  }
  for (const [key, count] of counts) if (count > 1) return `${key} stands in Slack ${count} times`
  for (const step of delivered)
    if (![...counts.keys()].some((key) => key.startsWith(`notice/${step}/`)))
      return `the notice ${step} is recorded as delivered and stands nowhere`
  for (const { key, content, settled, onlyIfPosted, basis, thread } of messages) {
    if (slack.deleted.has(key) || (thread !== undefined && slack.deleted.has(thread))) continue
    const text = texts.get(key)
    if (text === undefined && onlyIfPosted === true) continue
    if (text === undefined) return `${key} does not stand in Slack`
    const mayDiffer = settled === true || basis !== undefined
    if (!mayDiffer && text !== content.text) return `${key} says “${text}” instead of “${content.text}”`
  }
  return null
}

/** At no moment may a message stand there twice. */
export function requireNoCopies(slack: FakeSlack): void {
  const seen = new Set<string>()
  for (const { key } of slack.posts()) {
    if (seen.has(key)) throw new Violation(`Slack: ${key} was posted twice`)
    seen.add(key)
  }
}
