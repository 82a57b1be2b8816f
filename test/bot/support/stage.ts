import { gzipSync } from 'node:zlib'
import type {
  Appended,
  CutoverLog,
  Loaded,
  ProgressBoard,
  SlackEffect,
  SlackEffects,
} from '../../../src/app/ports.ts'
import { makeProjection, type Projection } from '../../../src/bot/projection/projection.ts'
import { clientFor } from '../../../src/bot/slack/connection.ts'
import type { Plan } from '../../../src/domain/plan.ts'
import { quiet } from '../../support/installation.ts'
import { anchorsOf, Cutover } from '../../support/cutover.ts'
import { aPlan, HOUR, type PlanBuilder } from '../../support/plans.ts'
import type { Answer } from '../../workspace/support/control.ts'
import { aWorkspace, atTheEnd, type Fixture } from '../../workspace/support/fixture.ts'

/** A cutover with a log in memory, shown in a real workspace by a real projection. */
export interface Stage extends Fixture {
  readonly cutover: Cutover
  readonly rows: Map<string, SlackEffect>
  readonly projection: Projection
  readonly tails: Map<string, string>
  readonly outputs: Map<string, string>
  /** Brings Slack up to date, as the leader does. */
  show(clicked?: string): Promise<void>
  /** Another `serve`: it knows what is stored and nothing else. */
  another(effects?: SlackEffects): Projection
  /** First-level messages, without what Slack says by itself. */
  said(channel?: string): Promise<Answer[]>
  /** Successful calls that changed something since the last time it was asked. */
  changes(): Promise<readonly string[]>
  faults(...faults: readonly object[]): Promise<void>
}

const READS =
  /^(auth\.|users\.|conversations\.(info|list|members|history|replies)|bookmarks\.list|pins\.list)/

export async function aStage(
  build: (plan: PlanBuilder) => PlanBuilder,
  options: { readonly realTime?: boolean; readonly effects?: SlackEffects; readonly handsMs?: number } = {},
): Promise<Stage> {
  const fixture = await aWorkspace()
  const { workspace, control } = fixture
  const [lead, observer, communicator] = ['ana', 'giorgi', 'nino'].map((name) => fixture.id(name)) as [
    string,
    string,
    string,
  ]
  const role = (title: string, eligible: string[]) => ({ title, eligible, backup: false })
  const plan: Plan = build(
    aPlan().with({
      roles: {
        lead: role('Lead', [lead]),
        observer: role('Observer', [observer]),
        communicator: role('Communicator', [communicator]),
      },
      openers: [lead],
    }),
  ).build()
  const cutover = new Cutover(plan, {
    now: Date.now(),
    plannedStart: Date.now() + HOUR,
    opener: lead,
    holders: {
      lead: { person: lead },
      observer: { person: observer },
      communicator: { person: communicator },
    },
    ...options,
  })
  const rows = new Map<string, SlackEffect>()
  const tails = new Map<string, string>()
  const outputs = new Map<string, string>()
  const slack = { botToken: workspace.botToken, apiUrl: workspace.apiUrl }
  const log = logOf(cutover)
  const start = (effects = options.effects ?? effectsOf(rows)): Projection => {
    const projection = makeProjection({
      log,
      effects,
      progress: progressOf(tails, outputs, cutover),
      logger: quiet,
      urgent: clientFor(slack, quiet),
      rest: clientFor(slack, quiet),
      isLocal: true,
      ...(options.handsMs === undefined ? {} : { handsMs: options.handsMs }),
    })
    atTheEnd(() => projection.stop())
    return projection
  }
  const projection = start()
  let counted = 0
  return {
    ...fixture,
    cutover,
    rows,
    projection,
    tails,
    outputs,
    another: start,
    show: (clicked) => projection.reconcile('c1', clicked === undefined ? {} : { clicked }),
    async said(channel = 'migration-test') {
      const messages = await control.messages(channel)
      return messages.filter((message) => message.blocks.length > 0 || message.metadata !== undefined)
    },
    async changes() {
      const { calls } = await control.get(`log?after=${counted}`)
      counted = calls.at(-1)?.n ?? counted
      return calls.filter(({ method }: Answer) => !READS.test(method)).map(({ method }: Answer) => method)
    },
    async faults(...faults) {
      await control.post('faults', { faults })
    },
  }
}

function logOf(cutover: Cutover): CutoverLog {
  const summary = () => ({
    id: 'c1',
    title: cutover.state.plan.title,
    runbook: cutover.state.plan.runbook,
    environment: cutover.state.plan.environment,
    live: cutover.state.plan.live,
    status: cutover.state.status,
    channelName: cutover.state.channelName,
    plannedStart: cutover.state.plannedStart,
    position: cutover.state.position,
    head: `head${cutover.state.position}`,
    wakeAt: null,
  })
  const keys = new Set<string>()
  return {
    load: async (id, key): Promise<Loaded | null> =>
      id === 'c1'
        ? { state: cutover.state, now: cutover.now, repeated: key !== undefined && keys.has(key) }
        : null,
    async append({ events, actor, key }): Promise<Appended> {
      keys.add(key)
      for (const event of events) cutover.record(event, actor)
      return { ok: true, recorded: cutover.events.slice(-events.length), state: cutover.state }
    },
    events: async () => cutover.events,
    anchors: async () => anchorsOf(cutover),
    list: async () => [summary()],
    open: async () => [summary()],
    leftToDo: async () => [],
    now: async () => cutover.now,
  }
}

function effectsOf(rows: Map<string, SlackEffect>): SlackEffects {
  let versions = 0
  function keep(effect: SlackEffect): SlackEffect {
    versions += 1
    const stored = { ...effect, version: String(versions) }
    rows.set(effect.key, stored)
    return stored
  }
  return {
    of: async () => [...rows.values()],
    put: async (effect) => keep(effect),
    begin: async (effect) => (rows.get(effect.key)?.version === effect.version ? keep(effect) : null),
  }
}

function progressOf(
  tails: Map<string, string>,
  outputs: Map<string, string>,
  cutover: Cutover,
): ProgressBoard {
  return {
    put: async () => undefined,
    putServer: async () => undefined,
    of: async () =>
      new Map([...tails].map(([attempt, tail]) => [attempt, { attempt, tail, at: cutover.now }])),
    putOutput: async () => undefined,
    async output(attempt) {
      const output = outputs.get(attempt)
      return output === undefined ? null : gzipSync(output)
    },
  }
}
