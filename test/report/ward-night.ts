import type { Actor, CutoverEvent, Recorded } from '../../src/domain/events.ts'
import type { DecideStep, DoStep, Plan, RunStep, Step, TellStep } from '../../src/domain/plan.ts'

export const MINUTE_MS = 60_000
/** 02:30 in Tbilisi. */
export const T0 = Date.UTC(2026, 10, 20, 22, 30)

export const LEAD: Actor = { kind: 'person', person: 'U01LEAD', via: 'slack' }
export const OBSERVER: Actor = { kind: 'person', person: 'U02OBSERVER', via: 'cli' }
export const BOT: Actor = { kind: 'cutover' }
export const WORKER: Actor = { kind: 'worker', pool: 'ward-db', worker: 'w1' }
export const NAMES = new Map([
  ['U01LEAD', 'Nino Beridze'],
  ['U02OBSERVER', 'Giorgi Maisuradze'],
])

function common(id: string, title: string) {
  return {
    id,
    title,
    place: 'plan' as const,
    wait: false,
    lateMs: 10 * MINUTE_MS,
    optional: false,
    critical: false,
    parallel: false,
    needs: [],
    opens: [],
    closes: [],
    mutating: false,
    links: {},
    pool: 'ward-db',
    source: 'ward-ops.yaml:1',
  }
}

export function aDo(id: string, title: string, more: Partial<DoStep> = {}): DoStep {
  return { ...common(id, title), kind: 'do', fields: [], items: [], ...more }
}

export function aRun(id: string, title: string, uses: string, more: Partial<RunStep> = {}): RunStep {
  const run = { kind: 'run' as const, work: { uses, with: {} }, begin: 'click' as const, idempotent: false }
  return { ...common(id, title), ...run, ...more }
}

export function aTell(id: string, title: string, to: readonly string[]): TellStep {
  return { ...common(id, title), kind: 'tell', to, template: 'completion.hbs' }
}

function aDecide(id: string, title: string, more: Partial<DecideStep>): DecideStep {
  return {
    ...common(id, title),
    kind: 'decide',
    approvers: { lead: 1 },
    criteria: [],
    noGo: 'postpone',
    ...more,
  }
}

const steps: readonly Step[] = [
  aDo('redis', 'Snapshot Redis', { optional: true }),
  aDecide('go', 'Go or no-go?', {
    approvers: { lead: 1, observer: 1 },
    criteria: [{ kind: 'confirm', id: 'calm', text: 'No incident is open', by: 'lead' }],
  }),
  aDo('stop', 'Stop the API', { opens: ['maintenance'], mutating: true, undo: 'undo-stop' }),
  aRun('backup', 'Final backup', 'sqlite.backup', { estimate: { lowMs: MINUTE_MS, highMs: 2 * MINUTE_MS } }),
  aRun('copy', 'Copy the data', 'sqlite.copy', {
    mutating: true,
    undo: 'undo-copy',
    estimate: { lowMs: 8 * MINUTE_MS, highMs: 10 * MINUTE_MS },
  }),
  aRun('same', 'Compare by content', 'compare', { estimate: { lowMs: MINUTE_MS, highMs: 3 * MINUTE_MS } }),
  aDo('start', 'Start on PostgreSQL', { closes: ['maintenance'], mutating: true }),
  aTell('done', 'Announce completion', ['ops', 'staff']),
  aRun('undo-copy', 'Set the copy aside', 'pg.set-aside', { place: 'undo', mutating: true }),
  aDo('undo-stop', 'Start the API on SQLite', { place: 'undo', closes: ['maintenance'], mutating: true }),
  aDecide('complete', 'Complete?', {
    place: 'built-in',
    criteria: [{ kind: 'step', id: 'same', step: 'same' }],
  }),
]

export const plan: Plan = {
  language: 1,
  runbook: 'ward-ops-postgres',
  title: 'Ward OPS from SQLite to PostgreSQL',
  owner: 'platform',
  hash: '4f2a91'.padEnd(64, '0'),
  stamp: '20261120-200000',
  environment: 'production',
  live: true,
  window: { lengthMs: 60 * MINUTE_MS, freezeMs: 15 * MINUTE_MS, zone: 'Asia/Tbilisi' },
  channel: { name: 'migration', isPrivate: true },
  roles: {
    lead: { title: 'Migration lead', eligible: ['U01LEAD'], backup: false },
    observer: { title: 'Observer', eligible: ['U02OBSERVER'], backup: false },
  },
  openers: ['U01LEAD'],
  links: {},
  contacts: {},
  audiences: { ops: { slack: ['#ops'], email: [] }, staff: { slack: [], email: ['ward@example.org'] } },
  pool: 'ward-db',
  vars: {},
  secrets: [],
  targets: {},
  files: {},
  templates: {},
  phases: [
    { id: 'before', title: 'Before', at: { kind: 'elapsed', ms: -60 * MINUTE_MS }, steps: ['redis', 'go'] },
    {
      id: 'migrate',
      title: 'Migrate',
      at: { kind: 'elapsed', ms: 0 },
      steps: ['stop', 'backup', 'copy', 'same', 'start', 'done'],
    },
  ],
  steps: Object.fromEntries(steps.map((step) => [step.id, step])),
  choices: {},
  objectives: {},
  success: [{ kind: 'step', id: 'same', step: 'same' }],
  metrics: {},
  failure: [],
  rollback: {
    name: 'ward_ops',
    approvers: {},
    before: [],
    after: [],
    options: [],
    triggers: [{ id: 'differs', text: 'the sides differ', urgency: 'immediate', steps: ['same'] }],
  },
  liveIdentities: [],
  guardShifts: [],
  escalation: [],
  followUps: [],
  reviewAfterLive: false,
  guardMs: 48 * 60 * MINUTE_MS,
  keepLogsMs: null,
}

/** Minutes from T-0, who, what. */
export type Happening = readonly [minutes: number, actor: Actor, event: CutoverEvent]

export function recorded(happenings: readonly Happening[]): Recorded[] {
  return happenings.map(([minutes, actor, event], index) => ({
    ...event,
    cutover: 'ward-1',
    position: index + 1,
    at: T0 + minutes * MINUTE_MS,
    actor,
  }))
}

export function opening(of: Plan = plan, realTime = true): Happening {
  return [
    -70,
    LEAD,
    {
      type: 'cutover opened',
      data: {
        plan: of,
        plannedStart: T0,
        opener: 'U01LEAD',
        holders: { lead: { person: 'U01LEAD' }, observer: { person: 'U02OBSERVER' } },
        channelName: 'migration-production-20261121',
        realTime,
      },
    },
  ]
}

export function ticked(minutes: number, actor: Actor, step: string): Happening {
  return [minutes, actor, { type: 'step ticked', data: { step, result: 'done', fields: {} } }]
}

interface Outcome {
  readonly seconds: number
  readonly summary: string
  readonly failed?: { readonly message: string; readonly hint: string; readonly changed: string }
  readonly n?: number
}

/** An attempt from the click to its end. */
export function ran(
  minutes: number,
  actor: Actor,
  step: string,
  { seconds, summary, failed, n = 1 }: Outcome,
): Happening[] {
  const attempt = `${step}-${n}`
  const end = minutes + seconds / 60
  return [
    [
      minutes,
      actor,
      {
        type: 'attempt dispatched',
        data: { attempt, step, n, pool: 'ward-db', ...(n > 1 && { reason: 'the lock is gone' }) },
      },
    ],
    [minutes, WORKER, { type: 'attempt claimed', data: { attempt, worker: 'w1', host: 'db-1' } }],
    [minutes, WORKER, { type: 'attempt spawning', data: { attempt } }],
    [minutes, WORKER, { type: 'attempt running', data: { attempt, host: 'db-1' } }],
    [
      end,
      WORKER,
      {
        type: 'attempt ended',
        data: {
          attempt,
          outcome: failed === undefined ? 'succeeded' : 'failed',
          summary,
          facts: {},
          exit: failed === undefined ? 0 : 3,
          durationMs: seconds * 1000,
          host: 'db-1',
          digest: 'ab'.repeat(32),
          ...(failed !== undefined && { error: failed }),
        },
      },
    ],
  ]
}

const evidence = (answer: string, met = true) => [{ criterion: 'calm', met, answer, at: T0 - 5 * MINUTE_MS }]

export function vote(minutes: number, actor: Actor, role: string, round: number): Happening {
  const data = { gate: 'go', round, vote: 'go' as const, role, evidence: evidence('confirmed by the lead') }
  return [minutes, actor, { type: 'vote cast', data }]
}

/** Up to the copy: a skip, a round that went stale, GO in the second, the backup. */
export const untilCopy: readonly Happening[] = [
  opening(),
  [
    -58,
    OBSERVER,
    { type: 'step skipped', data: { step: 'redis', reason: 'no Redis in *this* environment' } },
  ],
  [-15, BOT, { type: 'gate opened', data: { gate: 'go', round: 1, deadline: T0 - 2 * MINUTE_MS } }],
  vote(-12, LEAD, 'lead', 1),
  [-10, BOT, { type: 'votes went stale', data: { gate: 'go', round: 1, criterion: 'calm' } }],
  [-9, BOT, { type: 'round closed', data: { gate: 'go', round: 1, why: 'deadline' } }],
  [-8, LEAD, { type: 'gate opened', data: { gate: 'go', round: 2, reason: 'the incident is over' } }],
  vote(-6, LEAD, 'lead', 2),
  vote(-2, OBSERVER, 'observer', 2),
  [
    -2,
    OBSERVER,
    {
      type: 'gate decided',
      data: { gate: 'go', round: 2, decision: 'go', evidence: evidence('confirmed by the lead'), took: 'go' },
    },
  ],
  [1, BOT, { type: 'migration began', data: { step: 'stop' } }],
  [1, BOT, { type: 'cutover started', data: { step: 'stop' } }],
  ticked(1, LEAD, 'stop'),
  ...ran(3, LEAD, 'backup', { seconds: 112, summary: '412 MB, sha256 9c…41' }),
]

export const night: readonly Recorded[] = recorded([
  ...untilCopy,
  ...ran(5, LEAD, 'copy', {
    seconds: 30,
    summary: 'failed',
    failed: {
      message: 'The target is locked.',
      hint: 'Ask its holder to stop.',
      changed: 'Nothing was copied.',
    },
  }),
  ...ran(8, OBSERVER, 'copy', { seconds: 140, summary: '3,012,884 rows', n: 2 }),
  ...ran(15, LEAD, 'same', { seconds: 44, summary: '0 differences' }),
  ticked(39, OBSERVER, 'start'),
  [40, BOT, { type: 'cutover watching', data: {} }],
  [40, BOT, { type: 'step due', data: { step: 'done' } }],
  [
    40,
    BOT,
    {
      type: 'notice delivered',
      data: {
        step: 'done',
        audience: 'ops',
        medium: 'slack',
        to: ['#ops'],
        text: 'Done.\nPlease report anything odd.',
        rejected: [],
      },
    },
  ],
  [
    41,
    BOT,
    {
      type: 'notice delivered',
      data: {
        step: 'done',
        audience: 'staff',
        medium: 'email',
        to: ['ward@example.org', 'gone@example.org'],
        subject: 'Ward OPS now runs on PostgreSQL',
        text: 'Done.',
        rejected: [{ address: 'gone@example.org', reason: '550 no such user' }],
      },
    },
  ],
  [50, LEAD, { type: 'note added', data: { text: 'the office confirms', author: 'U02OBSERVER' } }],
  [100, BOT, { type: 'gate opened', data: { gate: 'complete', round: 1 } }],
  [
    101,
    LEAD,
    {
      type: 'vote cast',
      data: {
        gate: 'complete',
        round: 1,
        vote: 'go',
        role: 'lead',
        evidence: [{ criterion: 'same', met: true, answer: '0 differences' }],
      },
    },
  ],
  [
    101,
    LEAD,
    {
      type: 'gate decided',
      data: {
        gate: 'complete',
        round: 1,
        decision: 'go',
        evidence: [{ criterion: 'same', met: true, answer: '0 differences' }],
        took: 'go',
      },
    },
  ],
  [101, BOT, { type: 'cutover guarded', data: { until: T0 + 3_000 * MINUTE_MS } }],
])

export const rolledBackNight: readonly Recorded[] = recorded([
  ...untilCopy,
  ...ran(5, LEAD, 'copy', { seconds: 140, summary: '3,012,884 rows' }),
  ...ran(10, LEAD, 'same', {
    seconds: 44,
    summary: '2 differences',
    failed: { message: 'Two rows differ.', hint: 'See the keys.', changed: 'Nothing was changed.' },
  }),
  [
    12,
    LEAD,
    {
      type: 'rollback started',
      data: { reason: 'rows differ', trigger: 'differs', order: ['undo-copy', 'undo-stop'], running: 'none' },
    },
  ],
  ...ran(13, LEAD, 'undo-copy', { seconds: 5, summary: 'renamed to ward_ops_aside' }),
  ticked(18, OBSERVER, 'undo-stop'),
  [18, BOT, { type: 'rollback finished', data: {} }],
])
