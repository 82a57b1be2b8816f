import { expect, test } from 'vitest'
import type { Command, Decision, OpenCommand, PersonCommand } from '../../src/domain/commands.ts'
import { decide } from '../../src/domain/decide.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { COMPLETE } from '../../src/domain/plan.ts'
import { REFUSAL_CODES } from '../../src/domain/refusals.ts'
import type { RefusalCode } from '../../src/domain/refusals.ts'
import { withChoice, withWaysBack } from '../support/branching.ts'
import type { Blocker } from '../../src/domain/state.ts'
import { BLOCKER } from '../support/blocker.ts'
import { atStart, Cutover, HOLDERS, LEADER, person, worker } from '../support/cutover.ts'
import {
  acknowledgement,
  ANA,
  aPlan,
  at,
  BEN,
  CAI,
  confirmation,
  DIA,
  EVE,
  HOUR,
  onStep,
  T0,
} from '../support/plans.ts'
import { readyPool } from '../support/pools.ts'

const reason = 'because'
const early = at(-120)

const plan = aPlan()
  .phase('work', early)
  .do('do', {
    parallel: true,
    fields: [{ name: 'count', type: 'int', optional: false }],
  })
  .do('observe', { parallel: true, by: 'observer' })
  .do('items', {
    parallel: true,
    items: [
      { id: 'a', text: 'a' },
      { id: 'b', text: 'b' },
    ],
  })
  .run('run', { parallel: true })
  .run('risky', { parallel: true, critical: true })
  .check('check', { parallel: true })
  .do('change', { parallel: true, undo: 'do', opens: ['maintenance'] })
  .do('change-more', { parallel: true, undo: 'do' })
  .decide('gate', { parallel: true, criteria: [confirmation('calm', 'lead'), onStep('check')] })
  .decide('open-gate', { parallel: true })
  .tell('letter', { parallel: true, approve: 'communicator' })
  .tell('letter-later', { parallel: true, approve: 'communicator', at: at(-100) })
  .do('after-it', { needs: ['change'], parallel: true })
  .phase('later', at(-10))
  .decide('presence', { criteria: [acknowledgement('lead', 'present')] })
  .with({
    rollback: {
      name: 'shop',
      approvers: { lead: 1, observer: 1 },
      before: [],
      after: [],
      options: [],
      triggers: [{ id: 'broken', text: 'broken', urgency: 'immediate', steps: [] }],
    },
  })
  .build()

const opening: OpenCommand = {
  type: 'open',
  plan,
  plannedStart: T0,
  holders: HOLDERS,
  channelName: 'migration-test',
}

const opened = (change: Partial<OpenCommand>, who = ANA): Decision =>
  decide(null, { ...opening, ...change }, { actor: person(who), at: T0 - 2 * HOUR })

/** An open cutover in which everything is due; `prepare` leads to the moment of the refusal. */
function after(prepare: (c: Cutover) => void, command: Command, who = ANA, revision?: number): Decision {
  const c = cutover(prepare)
  return c.decide(command, person(who), revision)
}

function cutover(prepare: (c: Cutover) => void = () => undefined): Cutover {
  const c = new Cutover(plan)
  c.advance()
  prepare(c)
  return c
}

const now = (command: PersonCommand, who = ANA): Decision => after(() => undefined, command, who)
const tick = (step: string, fields: { [name: string]: string } = {}): PersonCommand => ({
  type: 'tick',
  step,
  result: 'done',
  fields,
})
const unknownRun = (c: Cutover): void => {
  c.by(ANA, { type: 'run', step: 'run' })
  const attempt = c.begin('run')
  c.worker({ type: 'report unknown', attempt, why: 'no trace' })
}
const running = (c: Cutover): void => {
  c.by(ANA, { type: 'run', step: 'run' })
  c.begin('run')
}
const changed = (c: Cutover): void => void c.tick(ANA, 'change')
const held = (c: Cutover): void => void c.by(BEN, { type: 'hold', reason })
const rollback: PersonCommand = { type: 'rollback', name: 'shop', reason }
const asWorker = (prepare: (c: Cutover) => void, command: Command, as = worker()): Decision =>
  cutover(prepare).decide(command, as)
const dispatched = (c: Cutover): void => void c.by(ANA, { type: 'run', step: 'run' })
const claimed = (c: Cutover): void => {
  dispatched(c)
  c.worker({ type: 'claim', attempt: 'c1.run.1', worker: 'w1', host: 'h1' })
}
const ended: Command = {
  type: 'report ended',
  attempt: 'c1.check.1',
  outcome: 'succeeded',
  summary: '',
  facts: {},
  exit: 0,
  durationMs: 1,
  host: 'h1',
  digest: '',
}
const without = (id: string): Plan => {
  const { [id]: _, ...steps } = plan.steps
  return { ...plan, steps }
}

/** With two ways back: saved unless `first` says otherwise, and changed. */
function inWaysBack(first: readonly PersonCommand[], command: PersonCommand): Decision {
  const c = atStart(withWaysBack({ requires: ['save'] }))
  const skips = first.filter(({ type }) => type === 'skip')
  for (const one of skips.length > 0 ? skips : [tick('save')]) c.by(ANA, one)
  c.tick(ANA, 'change')
  for (const one of first.filter(({ type }) => type !== 'skip')) c.by(ANA, one)
  return c.decide(command, person(ANA))
}
const turned: readonly PersonCommand[] = [
  { type: 'rollback', name: 'shop', reason, option: 'fast' },
  tick('warn'),
  { type: 'tick', step: 'undo-change', result: 'failed', fields: {}, note: reason },
]
const stoppedRollback = (c: Cutover): void => {
  changed(c)
  c.by(ANA, rollback)
  c.by(BEN, rollback)
  c.by(ANA, { type: 'tick', step: 'undo-change', result: 'failed', fields: {}, note: reason })
}

const refusing = (c: Cutover): unknown =>
  c.decide(
    { type: 'report pool refused', pool: 'db', why: 'shop.sql differs', differs: ['shop.sql'] },
    worker(),
  )

const unblock = { type: 'unblock', step: 'run', pid: BLOCKER.pid, how: 'cancel' } as const
const blocked =
  (blocker: Blocker = BLOCKER) =>
  (c: Cutover): void => {
    running(c)
    c.worker({ type: 'report blocked', attempt: 'c1.run.1', blocker })
  }
const hidden = (): Blocker => {
  const { backendStart: _, ...rest } = BLOCKER
  return rest
}

/** For every refusal there is, a situation that gives it. */
const GIVEN: Record<RefusalCode, () => Decision> = {
  'no cutover': () => decide(null, { type: 'hold', reason }, { actor: person(ANA), at: T0 }),
  'already open': () => now(opening as never),
  'wrong actor': () => now({ type: 'advance' } as never),
  'rehearsal actor': () => cutover().decide({ type: 'hold', reason }, { kind: 'rehearsal' }),
  'wrong state': () => after((c) => c.by(ANA, { type: 'postpone', reason }), { type: 'hold', reason }),
  held: () => after(held, { type: 'run', step: 'run' }),
  'already held': () => after(held, { type: 'hold', reason }),
  'not held': () => now({ type: 'resume' }),
  stale: () => after((c) => c.tick(BEN, 'observe'), tick('observe'), BEN, 1),
  'reason missing': () => now({ type: 'postpone', reason: ' ' }),
  'text not usable': () => now({ type: 'note', text: 'x'.repeat(100_000) }),
  'time in the past': () => now({ type: 'postpone', reason, to: T0 - 3 * HOUR }),

  'no draft': () => now({ type: 'approve', step: 'letter' }, CAI),
  'approved already': () =>
    after(
      (c) => {
        c.leader({ type: 'report draft', step: 'letter-later', hash: 'a', texts: [] })
        c.by(CAI, { type: 'approve', step: 'letter-later' })
      },
      { type: 'reject', step: 'letter-later', reason },
      CAI,
    ),
  'wants approval': () =>
    after((c) => void c.leader({ type: 'report draft', step: 'letter', hash: 'a', texts: [] }), {
      type: 'run',
      step: 'letter',
    }),

  'not known': () => now({ type: 'note', text: 'hello' }, EVE),
  'not holder': () => now({ type: 'hold', reason }, DIA),
  'not owner': () => now(tick('observe'), CAI),
  'not lead': () => now({ type: 'postpone', reason }, BEN),
  'not approver': () => now({ type: 'vote', gate: 'open-gate', vote: 'go' }, CAI),
  'votes next round': () =>
    after(
      (c) => c.by(ANA, { type: 'assign', role: 'observer', person: DIA }),
      { type: 'vote', gate: 'open-gate', vote: 'go' },
      DIA,
    ),
  'not confirmer': () => now({ type: 'confirm', gate: 'gate', criterion: 'calm' }, BEN),
  'not backup': () => now({ type: 'take over', role: 'observer' }, DIA),
  'not an opener': () => opened({}, BEN),
  'role unknown': () => now({ type: 'assign', role: 'captain', person: DIA }),
  'not eligible': () => now({ type: 'assign', role: 'observer', person: EVE }),
  'backup missing': () => {
    const lead = { title: 'Lead', eligible: [ANA, DIA], backup: true }
    return opened({ plan: { ...plan, roles: { ...plan.roles, lead } } })
  },
  'backup is holder': () => now({ type: 'assign', role: 'observer', person: BEN, backup: BEN }),
  'already holds': () => now({ type: 'assign', role: 'observer', person: BEN }),
  'gate not carried': () => opened({ holders: { lead: { person: ANA } } }),
  'plan incomplete': () => opened({ plan: without(COMPLETE) }),

  'step unknown': () => now(tick('nothing')),
  'not for this step': () => now(tick('run')),
  'step not ready': () => now({ type: 'retry', step: 'run', reason }),
  'attempt live': () =>
    after(
      (c) => {
        c.work('check')
        c.by(BEN, { type: 'run', step: 'check' })
      },
      { type: 'run', step: 'check' },
    ),
  'nothing runs': () => after((c) => c.work('check'), { type: 'cancel', step: 'check', reason }),
  'cancelled already': () =>
    after(
      (c) => {
        running(c)
        c.by(BEN, { type: 'cancel', step: 'run', reason })
      },
      { type: 'cancel', step: 'run', reason },
    ),
  'item unknown': () => now({ ...tick('items'), item: 'c' } as PersonCommand),
  'items open': () => now(tick('items')),
  'item answered': () =>
    after((c) => c.by(BEN, { ...tick('items'), item: 'a' } as PersonCommand), {
      ...tick('items'),
      item: 'a',
    } as PersonCommand),
  'not ticked': () => now({ type: 'untick', step: 'do', reason }),
  'field unknown': () => now(tick('do', { count: '3', colour: 'red' })),
  'field missing': () => now(tick('do')),
  'field invalid': () => now(tick('do', { count: 'three' })),
  'something follows': () =>
    after(
      (c) => {
        changed(c)
        c.tick(ANA, 'after-it')
      },
      { type: 'untick', step: 'change', reason },
    ),
  'second person needed': () =>
    after(
      (c) => {
        unknownRun(c)
        c.by(ANA, { type: 'retry', step: 'run', reason })
      },
      { type: 'retry', step: 'run', reason },
    ),

  'gate unknown': () => now({ type: 'vote', gate: 'nothing', vote: 'go' }),
  'gate not open': () =>
    after((c) => c.noGo(BEN, 'open-gate'), { type: 'vote', gate: 'open-gate', vote: 'no-go', reason }),
  'already voted': () =>
    after((c) => c.go(ANA, 'open-gate'), { type: 'vote', gate: 'open-gate', vote: 'go' }),
  'criteria not met': () => now({ type: 'vote', gate: 'gate', vote: 'go' }),
  'criterion unknown': () => now({ type: 'confirm', gate: 'gate', criterion: 'nothing' }),
  'criterion not confirmable': () => now({ type: 'confirm', gate: 'gate', criterion: 'check' }),
  'already confirmed': () =>
    after((c) => c.by(ANA, { type: 'confirm', gate: 'gate', criterion: 'calm' }), {
      type: 'confirm',
      gate: 'gate',
      criterion: 'calm',
    }),
  'not confirmed': () => now({ type: 'unconfirm', gate: 'gate', criterion: 'calm', reason }),
  'criterion met': () =>
    after((c) => c.work('check'), { type: 'override', step: 'check', gate: 'gate', reason }),

  'name wrong': () => after(changed, { ...rollback, name: 'Shop' } as PersonCommand),
  'trigger unknown': () => after(changed, { ...rollback, trigger: 'nothing' } as PersonCommand),
  'running attempts': () =>
    after((c) => {
      changed(c)
      running(c)
      c.by(BEN, { ...rollback, running: 'wait' } as PersonCommand)
    }, rollback),
  'undeclared attempts': () => after(unknownRun, { type: 'postpone', reason }),
  'rollback asked': () =>
    after(
      (c) => {
        changed(c)
        c.by(BEN, rollback)
      },
      rollback,
      BEN,
    ),
  'not in force': () =>
    after((c) => {
      changed(c)
      c.by(ANA, { type: 'untick', step: 'change', reason })
    }, rollback),
  'still in force': () => after(changed, { type: 'postpone', reason }),
  'attempts live': () => after(running, { type: 'abandon', reason }),
  'states open': () => after(changed, { type: 'abandon', reason, name: 'shop' }),
  'state not open': () =>
    now({ type: 'abandon', reason, left: [{ state: 'maintenance', owner: ANA, reason }] }),
  'already postponed': () =>
    after((c) => c.by(ANA, { type: 'postpone', reason }), { type: 'postpone', reason }),
  'issue unknown': () => now({ type: 'close issue', issue: '7' }),
  'choice unknown': () => now({ type: 'choose', choice: 'why', option: 'a' }),
  'option unknown': () => after(changed, { ...rollback, option: 'slow' }),
  'option taken up': () => {
    const c = atStart(withChoice(aPlan().phase('work', at(0)), { preset: 'dump' }).build())
    c.tick(ANA, 'dump-it')
    return c.decide({ type: 'choose', choice: 'how', option: 'snapshot' }, person(ANA))
  },
  'choice missing': () => opened({ plan: withChoice(aPlan().phase('work', at(0))).build() }),
  'left open before': () =>
    opened({ after: { cutover: 'c0', attempt: 1, outcome: 'rolled back', left: ['mend the index'] } }),
  'not chooser': () => {
    const c = new Cutover(withChoice(aPlan().phase('work', at(0)), { by: 'observer' }).build())
    return c.decide({ type: 'choose', choice: 'how', option: 'dump' }, person(CAI))
  },
  'option missing': () => inWaysBack([], rollback),
  'option not possible': () =>
    inWaysBack([{ type: 'skip', step: 'save', reason }], { ...rollback, option: 'thorough' }),
  'option tried': () => inWaysBack([...turned], { ...rollback, option: 'fast' }),
  'no other way back': () => after(stoppedRollback, rollback),
  'nothing to take on': () => now({ type: 'take on' }),
  'not asked': () => new Cutover(aPlan().do('do').build()).decide({ type: 'ack' }, person(ANA)),
  'asked later': () => now({ type: 'ack', role: 'lead', says: 'present' }),
  'checkpoint not failed': () => now({ type: 'accept checkpoint', phase: 'first', reason }),
  'not frozen': () => now({ type: 'allow change', text: 'hotfix', reason }),
  'not who allows changes': () =>
    new Cutover({ ...plan, window: { ...plan.window, freezeMs: HOUR } }).decide(
      { type: 'allow change', text: 'hotfix', reason },
      person(BEN),
    ),
  'follow-up unknown': () => now({ type: 'close follow-up', followUp: 'f7' }),
  'forgotten already': () =>
    after(
      (c) => {
        c.by(ANA, { type: 'abandon', reason })
        c.by(ANA, { type: 'forget' })
      },
      { type: 'forget' },
    ),
  'debrief over': () =>
    after(
      (c) => {
        c.record({ type: 'cutover guarded', data: { until: T0 } }, LEADER)
        c.now += 49 * HOUR
      },
      { type: 'debrief', improve: 'sleep', actions: [] },
    ),

  'vouch for oneself': () => now({ type: 'vouch', code: 'ABCD-EFGH', person: ANA, reason }),
  'vouched otherwise': () =>
    after((c) => c.by(BEN, { type: 'vouch', code: 'ABCD-EFGH', person: CAI, reason }), {
      type: 'vouch',
      code: 'ABCD-EFGH',
      person: DIA,
      reason,
    }),
  'pool not ready': () => after((c) => refusing(c), { type: 'run', step: 'run' }),
  'no such pool': () => cutover().decide(readyPool('other'), worker('db')),
  'attempt unknown': () => asWorker(() => undefined, { type: 'spawn', attempt: 'c1.run.9' }),
  'wrong pool': () => asWorker(dispatched, { type: 'spawn', attempt: 'c1.run.1' }, worker('other')),
  'wrong worker': () => asWorker(claimed, { type: 'spawn', attempt: 'c1.run.1' }, worker('db', 'w2')),
  'attempt over': () =>
    asWorker(
      (c) => {
        claimed(c)
        c.worker({ type: 'spawn', attempt: 'c1.run.1' })
      },
      { type: 'spawn', attempt: 'c1.run.1' },
    ),
  'attempt not there yet': () => asWorker(dispatched, { type: 'spawn', attempt: 'c1.run.1' }),
  'attempt stopped': () =>
    asWorker(
      (c) => {
        claimed(c)
        c.record({ type: 'cutover held', data: { reason, because: 'person' } }, LEADER)
      },
      { type: 'spawn', attempt: 'c1.run.1' },
    ),
  'verdict missing': () => asWorker((c) => c.begin('check'), ended),
  'no blocker': () => after(running, unblock),
  'blocker changed': () => after(blocked(), { ...unblock, pid: 5000 }),
  'blocker not known': () => after(blocked(hidden()), unblock),
  'unblock under way': () =>
    after((c) => {
      blocked()(c)
      c.by(ANA, unblock)
    }, unblock),
  'unblock not wanted': () =>
    asWorker(blocked(), { type: 'begin unblock', attempt: 'c1.run.1', pid: BLOCKER.pid }),
  'not a watch': () =>
    asWorker((c) => c.begin('check'), {
      type: 'report breach',
      attempt: 'c1.check.1',
      check: 'x',
      answer: 'y',
    }),
}

test.each(REFUSAL_CODES)('“%s” is said where it applies, with what was wrong', (code) => {
  const decision = GIVEN[code]()
  expect(decision.ok ? 'accepted' : decision.refusal.code).toBe(code)
  if (decision.ok) return
  expect(decision.refusal.message).toMatch(/[.:?]/)
  expect(decision.refusal.message).not.toMatch(/undefined|\[object|NaN/)
})
