import type { Plan } from '../../src/domain/plan.ts'
import { aPlan, at, confirmation, onStep, SECOND } from '../support/plans.ts'

const GUARD_MS = 4 * SECOND

/** A look, a decision, something that a person does, something that runs, and the way back of both. */
const usual = aPlan()
  .phase('migrate', at(0))
  .check('look')
  .decide('go', { criteria: [onStep('look')] })
  .do('stop', { undo: 'do' })
  .run('copy', { undo: 'run', begin: 'auto' })
  .with({ guardMs: GUARD_MS })
  .build()

/** Runs beside each other, one of which may be repeated, and a NO-GO that turns back. */
const parallel = aPlan()
  .phase('migrate', at(0))
  .run('copy', { undo: 'run', begin: 'auto', estimate: { lowMs: SECOND, highMs: 10 * SECOND } })
  .run('second', { undo: 'run', begin: 'auto', parallel: true, idempotent: true })
  .decide('go', { approvers: { lead: 1, observer: 1 }, criteria: [onStep('copy')], noGo: 'rollback' })
  .do('stop')
  .with({ guardMs: GUARD_MS })
  .build()

/** Begun by a click, critical, with a time limit; a look at the end and a gate that people confirm. */
const clicked = aPlan()
  .phase('migrate', at(0))
  .decide('go', { approvers: { observer: 1 }, criteria: [confirmation('calm', 'lead')], noGo: 'postpone' })
  .run('copy', { undo: 'run', critical: true, timeout: { afterMs: 15 * SECOND, then: 'cancel' } })
  .check('look')
  .with({ guardMs: GUARD_MS })
  .build()

const rehearsal = (plan: Plan): Plan => ({ ...plan, live: false, environment: 'staging' })

export const PLANS: readonly [Plan, ...Plan[]] = [
  usual,
  parallel,
  clicked,
  usual,
  rehearsal(usual),
  rehearsal(parallel),
]

/** With a notice, which only who has Slack can deliver. */
const told = aPlan()
  .phase('migrate', at(0))
  .tell('announce')
  .check('look')
  .decide('go', { criteria: [onStep('look')] })
  .run('copy', { undo: 'run', begin: 'auto' })
  .tell('finished')
  .with({ guardMs: GUARD_MS })
  .build()

export const TOLD_PLANS: readonly [Plan, ...Plan[]] = [told, ...PLANS, told, rehearsal(told)]
