import type { NoticeMeans } from '../app/notice-means.ts'
import type { SlackTroubleNow } from '../app/tell-of-slack.ts'
import type { Runbooks } from '../app/open-cutover.ts'
import type {
  Contacts,
  CutoverLog,
  Directory,
  Logger,
  Logins,
  Presence,
  ProgressBoard,
  SlackEffects,
} from '../app/ports.ts'
import { isOver } from '../domain/lookup.ts'
import type { PersonId } from '../domain/plan.ts'
import { makeIncoming } from './incoming.ts'
import type { Attending } from './listeners/attend.ts'
import { makeChannels } from './listeners/where.ts'
import { makeLag } from './lag.ts'
import { makeProjection } from './projection/projection.ts'
import { clientFor, requireMatchingTokens, type SlackConnection } from './slack/connection.ts'
import { makeDirectory } from './slack/directory.ts'
import { makeOwnTeam } from './slack/own-team.ts'
import type { CallSeen } from './slack/watched-client.ts'
import { makeReach, type Patience } from './slack/reach.ts'

export type { SlackConnection } from './slack/connection.ts'

export interface Bot {
  readonly directory: Directory
  /** Whether Slack can reach us now. */
  connected(): boolean
  /** Asks Slack whether it is there, and says what keeps people and it apart. Never throws. */
  lookAtSlack(): Promise<SlackTroubleNow | undefined>
  /** What the last look found; undefined: nothing keeps them apart. */
  trouble(): SlackTroubleNow | undefined
  /** Messages that wait for Slack. */
  parked(): number
  /** Milliseconds since the oldest change that Slack does not show yet; 0 where another `serve` leads. */
  lagMs(): number
  /** Goes on while Slack is away or refuses the token; throws only when a port of our own cannot be opened. */
  start(): Promise<void>
  /** Waits for what is being answered or shown. */
  stop(): Promise<void>
  /** The next `project` looks at this cutover. Never waits. */
  changed(cutover: string): void
  /** Slack begins to show what changed. For the leader only; a first call after a pause looks at everything. */
  project(): Promise<void>
  /** Posts a notice once under its key. */
  readonly postNotice: NoticeMeans['post']
}

/** Without a `project` for this long another `serve` may lead: then nothing is shown from here. */
const LEADS_MS = 8_000
const NAMES_FRESH_MS = 60_000
/** Cutovers that ended and may still miss their last messages. */
const ENDED_MAX = 20

interface BotDeps {
  readonly slack: SlackConnection
  readonly log: CutoverLog
  readonly presence: Presence
  readonly progress: ProgressBoard
  readonly logins: Logins
  readonly contacts: Contacts
  readonly effects: SlackEffects
  readonly logger: Logger
  readonly runbooks: (directory: Directory) => Runbooks
  /** When an answer is late, in milliseconds; for tests. */
  readonly timings?: Attending['timings']
  /** What counts as Slack being away; for tests. */
  readonly patience?: Patience
  /** Told of every call to Slack, once it is over. */
  readonly called?: CallSeen
}

/** Slack: what people say, and what they see. Throws {@link SlackConnectionError} for a connection that cannot work. */
export function makeBot(deps: BotDeps): Bot {
  const { slack, log, logger } = deps
  requireMatchingTokens(slack)
  const aClient = () => clientFor(slack, logger, deps.called)
  const client = aClient()
  const directory = makeDirectory(aClient(), logger)
  const team = makeOwnTeam({ client, presence: deps.presence, logger })
  const names = namesOf(directory)
  const dirty = new Set<string>()
  const lag = makeLag(() => performance.now())
  let projectedAt = Number.NEGATIVE_INFINITY
  const leads = (): boolean => performance.now() - projectedAt < LEADS_MS

  const projection = makeProjection({
    ...deps,
    urgent: aClient(),
    rest: aClient(),
    isLocal: slack.apiUrl !== undefined,
    leads,
    names: () => names.known(),
    begun: lag.begun,
  })
  const incoming = makeIncoming({
    slack,
    team,
    log,
    logger,
    directory,
    client,
    runbooks: deps.runbooks(directory),
    logins: deps.logins,
    contacts: deps.contacts,
    channels: makeChannels(deps.effects),
    show(cutover, about) {
      // The leader hears of it by the log; two that post at once would post twice.
      if (leads()) void projection.reconcile(cutover, { clicked: about ?? cutover })
    },
    ...(deps.timings === undefined ? {} : { timings: deps.timings }),
  })

  const reach = makeReach({ client: aClient(), connected: incoming.connected, patience: deps.patience })

  return {
    directory,
    connected: () => incoming.connected(),
    lookAtSlack: () => reach.look().then(reach.trouble),
    trouble: reach.trouble,
    parked: projection.parked,
    async start() {
      await incoming.start()
      // Known before the first click, where Slack answers.
      void names.learn().catch(() => undefined)
    },
    async stop() {
      await incoming.stop()
      await projection.stop()
    },
    lagMs: () => (leads() ? lag.oldestMs() : 0),
    changed(cutover) {
      dirty.add(cutover)
      lag.changed(cutover)
    },
    async project() {
      if (!(await team.isReady())) return
      if (!leads()) for (const id of await shownAtAll(log)) dirty.add(id)
      projectedAt = performance.now()
      void names.learn().catch(() => undefined)
      const due = [...dirty]
      dirty.clear()
      // Not waited for: where Slack hangs for one cutover, the others are shown all the same.
      for (const cutover of due) void projection.reconcile(cutover)
    },
    postNotice: (notice) => projection.postOnce(notice),
  }
}

/** Open cutovers, and the newest that ended: their last messages may be missing. */
async function shownAtAll(log: CutoverLog): Promise<readonly string[]> {
  const all = await log.list()
  const ended = all.filter(({ status }) => isOver(status)).slice(0, ENDED_MAX)
  return [...all.filter(({ status }) => !isOver(status)), ...ended].map(({ id }) => id)
}

/** People's names for what is shown without mentions; the last known ones serve. */
function namesOf(directory: Directory) {
  let known: ReadonlyMap<PersonId, string> = new Map()
  let at = Number.NEGATIVE_INFINITY
  return {
    known: () => known,
    async learn() {
      if (performance.now() - at < NAMES_FRESH_MS) return
      at = performance.now()
      known = new Map((await directory.people()).map(({ id, name }) => [id, name]))
    },
  }
}
