import type {
  CheckStep,
  Criterion,
  DecideStep,
  DoStep,
  Offset,
  Phase,
  Place,
  Plan,
  RunStep,
  Step,
  TellStep,
  WatchStep,
} from '../../src/domain/plan.ts'
import { COMPLETE } from '../../src/domain/plan.ts'

/** The people of every test cutover; each is eligible for the role of the same line and those listed. */
export const ANA = 'UANA' // lead, and opener
export const BEN = 'UBEN' // observer
export const CAI = 'UCAI' // communicator
export const DIA = 'UDIA' // eligible for every role, holds none
export const EVE = 'UEVE' // a stranger

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

/** T-0 of every test cutover unless it says otherwise. */
export const T0 = Date.UTC(2026, 10, 20, 22, 0, 0)

export const at = (minutes: number): Offset => ({ kind: 'elapsed', ms: minutes * MINUTE })

type Common = Omit<DoStep, 'kind' | 'fields' | 'items'>

const common = (id: string, place: Place, pool: string): Common => ({
  id,
  title: id,
  place,
  wait: false,
  lateMs: 10 * MINUTE,
  optional: false,
  critical: false,
  parallel: false,
  needs: [],
  opens: [],
  closes: [],
  mutating: false,
  links: {},
  pool,
  source: `test.yaml:${id}`,
})

type Extra<Kind extends Step> = Partial<Omit<Kind, 'id' | 'kind' | 'undo'>> & {
  /** Gives the step an inverse `undo-<id>` of this kind, and makes it mutating. */
  readonly undo?: 'do' | 'run'
}

export interface PlanBuilder {
  phase(id: string, offset?: Offset, checkpoint?: readonly Criterion[]): PlanBuilder
  do(id: string, extra?: Extra<DoStep>): PlanBuilder
  check(id: string, extra?: Extra<CheckStep>): PlanBuilder
  run(id: string, extra?: Extra<RunStep>): PlanBuilder
  decide(id: string, extra?: Extra<DecideStep>): PlanBuilder
  tell(id: string, extra?: Extra<TellStep>): PlanBuilder
  watch(id: string, extra?: Extra<WatchStep>): PlanBuilder
  /** Steps around a rollback; `in` is where the step that follows goes. */
  before(kind: 'do' | 'check' | 'tell', id: string): PlanBuilder
  after(kind: 'do' | 'check' | 'tell', id: string): PlanBuilder
  /** Anything of the plan, replaced. */
  with(change: Partial<Plan>): PlanBuilder
  build(): Plan
}

interface Draft {
  readonly plan: Plan
  readonly phase: string
}

/** A plan for tests: roles lead, observer and communicator, one pool `db`, one target, one audience. */
export const aPlan = (): PlanBuilder => builder({ plan: empty(), phase: '' })

function builder(draft: Draft): PlanBuilder {
  const { plan } = draft
  const added = (step: Step, inverse: Step | null): PlanBuilder => {
    const target = draft.phase === '' ? 'main' : draft.phase
    const known = plan.phases.some((phase) => phase.id === target)
    const phases: readonly Phase[] = known
      ? plan.phases
      : [...plan.phases, { id: target, title: target, steps: [] }]
    return builder({
      phase: target,
      plan: {
        ...plan,
        phases: phases.map((phase) =>
          phase.id === target ? { ...phase, steps: [...phase.steps, step.id] } : phase,
        ),
        steps: {
          ...plan.steps,
          [step.id]: { ...step, phase: target },
          ...(inverse !== null && { [inverse.id]: inverse }),
        },
      },
    })
  }
  const step = (id: string, kind: Step['kind'], extra: object & { undo?: 'do' | 'run' }): PlanBuilder => {
    const { undo, ...rest } = extra
    const base = { ...common(id, 'plan', plan.pool), ...bodyOf(kind, id), ...rest }
    const own = undo === undefined ? base : { ...base, mutating: true, undo: `undo-${id}` }
    return added(own as Step, undo === undefined ? null : inverseOf(id, undo, plan.pool))
  }
  const around = (where: 'before' | 'after', kind: 'do' | 'check' | 'tell', id: string): PlanBuilder => {
    const place = where === 'before' ? 'rollback before' : 'rollback after'
    const one = { ...common(id, place, plan.pool), ...bodyOf(kind, id) } as Step
    return builder({
      ...draft,
      plan: {
        ...plan,
        steps: { ...plan.steps, [id]: one },
        rollback: { ...plan.rollback, [where]: [...plan.rollback[where], id] },
      },
    })
  }
  return {
    phase: (id, offset, checkpoint) => {
      const timed = offset === undefined ? {} : { at: offset }
      const judged = checkpoint === undefined ? {} : { checkpoint }
      const phase: Phase = { id, title: id, steps: [], ...timed, ...judged }
      return builder({ phase: id, plan: { ...plan, phases: [...plan.phases, phase] } })
    },
    do: (id, extra = {}) => step(id, 'do', extra),
    check: (id, extra = {}) => step(id, 'check', extra),
    run: (id, extra = {}) => step(id, 'run', extra),
    decide: (id, extra = {}) => step(id, 'decide', extra),
    tell: (id, extra = {}) => step(id, 'tell', extra),
    watch: (id, extra = {}) => step(id, 'watch', extra),
    before: (kind, id) => around('before', kind, id),
    after: (kind, id) => around('after', kind, id),
    with: (change) => builder({ ...draft, plan: { ...plan, ...change } }),
    build: () => plan,
  }
}

/** A criterion that looks at a step. */
export const onStep = (step: string, freshMs?: number): Criterion => ({
  kind: 'step',
  id: step,
  step,
  ...(freshMs !== undefined && { freshMs }),
})

export const confirmation = (id: string, by?: string): Criterion => ({
  kind: 'confirm',
  id,
  text: id,
  ...(by !== undefined && { by }),
})

export const acknowledgement = (role: string, says: 'available' | 'present'): Criterion => ({
  kind: 'ack',
  id: `ack-${role}-${says}`,
  role,
  says,
})

function bodyOf(kind: Step['kind'], id: string): object {
  const work = { uses: 'command', with: { argv: ['true'] } }
  switch (kind) {
    case 'do':
      return { kind, fields: [], items: [] }
    case 'check':
      return { kind, work }
    case 'run':
      return { kind, work, begin: 'click', idempotent: false }
    case 'decide':
      return { kind, approvers: { lead: 1, observer: 1 }, criteria: [], noGo: 'hold' }
    case 'tell':
      return { kind, to: ['ops'], template: 'templates/notice.hbs' }
    case 'watch':
      return {
        kind,
        forMs: 10 * MINUTE,
        everyMs: 30 * SECOND,
        checks: [{ id: `${id}-ok`, title: `${id}-ok`, work }],
      }
  }
}

function inverseOf(id: string, kind: 'do' | 'run', pool: string): Step {
  return { ...common(`undo-${id}`, 'undo', pool), ...bodyOf(kind, id), mutating: true } as Step
}

const empty = (): Plan => ({
  language: 1,
  runbook: 'shop',
  title: 'Shop to PostgreSQL',
  owner: 'platform',
  hash: 'a'.repeat(64),
  stamp: '20261120-200000',
  environment: 'production',
  live: true,
  window: { lengthMs: HOUR, freezeMs: 0, zone: 'Europe/Berlin' },
  channel: { name: 'migration-{{environment}}', isPrivate: true },
  roles: {
    lead: { title: 'Lead', eligible: [ANA, DIA], backup: false },
    observer: { title: 'Observer', eligible: [ANA, BEN, DIA], backup: false },
    communicator: { title: 'Communicator', eligible: [CAI, DIA], backup: false },
  },
  openers: [ANA, DIA],
  links: {},
  audiences: { ops: { slack: ['#ops'], email: [] } },
  contacts: {},
  pool: 'db',
  vars: {},
  secrets: [],
  targets: {},
  files: {},
  templates: { 'templates/notice.hbs': 'Notice' },
  phases: [],
  choices: {},
  objectives: {},
  steps: {
    [COMPLETE]: {
      ...common(COMPLETE, 'built-in', 'db'),
      kind: 'decide',
      approvers: { lead: 1 },
      criteria: [],
      noGo: 'rollback',
    },
  },
  metrics: {},
  success: [],
  failure: [],
  rollback: { name: 'shop', approvers: {}, before: [], after: [], options: [], triggers: [] },
  liveIdentities: [],
  guardMs: 48 * HOUR,
  keepLogsMs: null,
  guardShifts: [],
  escalation: [],
  followUps: [],
  reviewAfterLive: false,
})
