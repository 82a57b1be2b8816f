import type { Plan, Step, TellStep } from '../../src/domain/plan.ts'
import { withChoice } from '../support/branching.ts'
import { acknowledgement, aPlan, at, confirmation, HOUR, MINUTE, onStep, SECOND } from '../support/plans.ts'

/** Adds a notice that an occasion calls for. */
function withNotice(plan: Plan, id: string, notice: Partial<TellStep>): Plan {
  const like = Object.values(plan.steps).find((step): step is TellStep => step.kind === 'tell')
  if (like === undefined) throw new Error('this plan tells nobody')
  const { phase: _, at: __, approve: ___, meet: ____, ...rest } = like
  const step: TellStep = { ...rest, id, title: id, place: 'notice', to: ['ops'], ...notice }
  return { ...plan, steps: { ...plan.steps, [id]: step } }
}

const everything = aPlan()
  .before('tell', 'rolling-back')
  .after('check', 'old-side-serves')
  .phase('prepare', at(-60))
  .tell('announce')
  .check('pg-answers')
  .do('snapshot', { by: 'observer', optional: true })
  .phase('decide', at(-15))
  .decide('go', {
    criteria: [onStep('pg-answers'), confirmation('calm', 'lead')],
    deadline: at(-2),
    noGo: 'postpone',
  })
  .phase('migrate', at(0))
  .do('stop-writers', { undo: 'do', opens: ['maintenance'] })
  .run('copy', {
    undo: 'run',
    estimate: { lowMs: MINUTE, highMs: 2 * MINUTE },
    timeout: { afterMs: 5 * MINUTE, then: 'ask' },
  })
  .run('compare', { begin: 'auto', critical: true })
  .do('start-writers', { undo: 'do', closes: ['maintenance'] })
  .watch('watch', { at: at(60) })
  .build()

const parallel = aPlan()
  .phase('migrate', at(0))
  .run('first', { undo: 'run', begin: 'auto', idempotent: true })
  .run('second', { undo: 'run', begin: 'auto', parallel: true, timeout: { afterMs: MINUTE, then: 'cancel' } })
  .do('items', {
    undo: 'do',
    items: [
      { id: 'a', text: 'a' },
      { id: 'b', text: 'b', by: 'observer' },
    ],
  })
  .decide('canary', { approvers: { lead: 1 }, criteria: [onStep('second')], noGo: 'rollback' })
  .watch('watch', { forMs: MINUTE })
  .do('later', { at: { kind: 'after', step: 'completed', ms: MINUTE } })
  .with({ guardMs: 2 * MINUTE, window: { lengthMs: HOUR, freezeMs: HOUR, zone: 'Europe/Berlin' } })
  .build()

const together = aPlan()
  .phase('ready', at(-60), [onStep('look')])
  .check('look')
  .decide('go', {
    approvers: { observer: 1 },
    criteria: [acknowledgement('lead', 'present'), acknowledgement('observer', 'available')],
  })
  .phase('migrate', at(0), [onStep('look')])
  .run('copy', { undo: 'run', begin: 'auto' })
  .with({
    guardMs: 3 * MINUTE,
    guardShifts: [
      { role: 'observer', lengthMs: MINUTE },
      { role: 'lead', lengthMs: MINUTE },
    ],
    escalation: [{ afterMs: 5 * SECOND, roles: ['observer'] }],
    followUps: [
      {
        id: 'tidy',
        title: 'Tidy up',
        owner: 'lead',
        due: { kind: 'after', step: 'completed', ms: MINUTE },
        beforeLive: false,
      },
    ],
    reviewAfterLive: true,
  })
  .build()

/** The opener leads: another one's word is enough to complete it. */
function completedByObserver(plan: Plan): Plan {
  const { complete } = plan.steps
  if (complete?.kind !== 'decide') throw new Error('every plan has this gate')
  return { ...plan, steps: { ...plan.steps, complete: { ...complete, approvers: { observer: 1 } } } }
}

const told = [
  [
    'updates',
    {
      approve: 'communicator',
      occasion: { kind: 'update', of: 'announce', everyMs: 20 * MINUTE, until: 'start' },
    },
  ],
  ['late', { approve: 'lead', occasion: { kind: 'late' } }],
  ['postponed', { occasion: { kind: 'postponed' } }],
  ['abandoned', { occasion: { kind: 'abandoned' } }],
  ['no-go', { occasion: { kind: 'no-go' } }],
  ['meeting', { occasion: { kind: 'meeting', of: 'announce' } }],
] as const

const branching = told.reduce<Plan>(
  (plan, [id, notice]) => withNotice(plan, id, notice),
  withWayOfItsOwn(
    withChoice(
      aPlan()
        .phase('prepare', at(-60))
        .tell('announce', { meet: { at: at(120), lengthMs: HOUR, agenda: [] } })
        .tell('remind', { at: at(-30), approve: 'communicator' })
        .decide('go', { approvers: { lead: 1 }, noGo: 'hold' })
        .phase('work', at(0))
        .do('stop', { undo: 'do', opens: ['maintenance'] }),
      { by: 'observer' },
    )
      .run('copy', { undo: 'run', begin: 'auto', estimate: { lowMs: 20 * MINUTE, highMs: 50 * MINUTE } })
      .do('start', { undo: 'do', closes: ['maintenance'] })
      .before('tell', 'turning-back')
      .after('check', 'old-side-serves')
      .with({ escalation: [{ afterMs: 5 * SECOND, roles: ['observer'], page: 'ops' }] })
      .build(),
  ),
)

/** Two ways back: undoing, and a step of its own that wants something done before. */
function withWayOfItsOwn(plan: Plan): Plan {
  const { stop } = plan.steps
  if (stop === undefined) throw new Error('this plan stops nothing')
  const { phase: _, undo: __, ...like } = stop
  const restore: Step = { ...like, id: 'restore', title: 'restore', place: 'rollback option', opens: [] }
  return {
    ...plan,
    steps: { ...plan.steps, restore },
    rollback: {
      ...plan.rollback,
      reopened: 'start',
      options: [
        { id: 'fast', title: 'Undo', withinMs: HOUR, requires: [] },
        { id: 'thorough', title: 'Put it back', requires: ['stop'], steps: ['restore'] },
      ],
    },
  }
}

export const WALKED: readonly (readonly [string, Plan])[] = [
  ['live, with every kind of step', everything],
  ['live, with parallel work', parallel],
  ['live, with people who answer for themselves', completedByObserver(together)],
  ['live, with choices, promises and ways back', branching],
  ['a rehearsal that moves forward', { ...everything, live: false, environment: 'staging' }],
  ['a rehearsal with parallel work', { ...parallel, live: false, environment: 'staging' }],
]
