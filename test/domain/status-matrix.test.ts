import { describe, expect, test } from 'vitest'
import type { Command, CommandType } from '../../src/domain/commands.ts'
import type { Actor, CutoverEvent } from '../../src/domain/events.ts'
import type { Status } from '../../src/domain/state.ts'
import { BLOCKER } from '../support/blocker.ts'
import { Cutover, LEADER, person, worker } from '../support/cutover.ts'
import {
  acknowledgement,
  ANA,
  aPlan,
  at,
  BEN,
  CAI,
  confirmation,
  DIA,
  HOUR,
  MINUTE,
  onStep,
  T0,
} from '../support/plans.ts'
import { readyPool } from '../support/pools.ts'
import {
  ended,
  inverse,
  inverseClaimed,
  inverseFailed,
  inverseRunning,
  inverseTicket,
} from './inverse-attempt.ts'

/**
 * Every status × every command, held or not. A cell says:
 *   y  accepted, held or not      h  accepted, but not while held
 *   H  accepted only while held   n  refused
 * The command is one that nothing but the status (or the hold) stands in the way of.
 */
const STATUSES = [
  'scheduled',
  'running',
  'watching',
  'guarded',
  'closed',
  'rolling back',
  'rollback stopped',
  'rolled back',
  'postponed',
  'abandoned',
] as const satisfies readonly Status[]

const plan = aPlan()
  .phase('work', at(-120))
  .do('do', { parallel: true })
  .run('run', { parallel: true })
  .check('check', { parallel: true })
  .tell('tell', { parallel: true })
  .tell('letter', { parallel: true, approve: 'lead' })
  .watch('watch', { parallel: true })
  .do('later', { parallel: true, at: at(60), wait: true })
  .decide('gate', { parallel: true, criteria: [] })
  .decide('judged', { parallel: true, criteria: [confirmation('calm'), onStep('check')] })
  .decide('presence', { parallel: true, criteria: [acknowledgement('lead', 'available')] })
  .do('change', { parallel: true, undo: 'do' })
  .run('copy', { parallel: true, undo: 'run' })
  .do('way-a', { parallel: true, branch: { choice: 'how', option: 'a' } })
  .do('way-b', { parallel: true, branch: { choice: 'how', option: 'b' } })
  .with({
    window: { lengthMs: HOUR, freezeMs: HOUR, zone: 'Europe/Berlin' },
    choices: {
      how: {
        id: 'how',
        question: 'How?',
        phase: 'work',
        by: 'observer',
        options: [
          { id: 'a', steps: ['way-a'] },
          { id: 'b', steps: ['way-b'] },
        ],
        source: 'test.yaml:how',
      },
    },
  })
  .build()

interface Case {
  /** What makes the command a sensible one; said while the cutover is scheduled. */
  readonly given?: (c: Cutover) => void
  /** What must be so once the cutover is in its status: about steps of the rollback. */
  readonly then?: readonly CutoverEvent[]
  readonly command: Command
  readonly by: Actor
  /** Where a stopped rollback stands. */
  readonly stoppedAt?: string
}

const reason = 'because'
const ana = person(ANA)
const work = worker()

const attempt = 'c1.run.1'
const running = (c: Cutover): void => {
  c.by(ANA, { type: 'run', step: 'run' })
  c.begin('run')
}
const dispatched = (c: Cutover): void => void c.by(ANA, { type: 'run', step: 'run' })
const claimed = (c: Cutover): void => {
  dispatched(c)
  c.worker({ type: 'claim', attempt, worker: 'w1', host: 'h1' })
}
const blocked = (c: Cutover): void => {
  running(c)
  c.worker({ type: 'report blocked', attempt, blocker: BLOCKER })
}
const asked = (c: Cutover): void => {
  blocked(c)
  c.by(ANA, { type: 'unblock', step: 'run', pid: BLOCKER.pid, how: 'cancel' })
}
const failed = (c: Cutover): void => {
  running(c)
  c.end('run', { outcome: 'failed' })
}
const unknown = (c: Cutover): void => {
  running(c)
  c.worker({ type: 'report unknown', attempt, why: 'no trace' })
}
const redCheck = (c: Cutover): void => void c.work('check', { verdict: 'red' })
const roundClosed = (c: Cutover): void =>
  c.record({ type: 'round closed', data: { gate: 'gate', round: 1, why: 'deadline' } }, LEADER)

const completeOpen: CutoverEvent = { type: 'gate opened', data: { gate: 'complete', round: 1 } }
const everythingSkipped: readonly CutoverEvent[] = Object.keys(plan.steps)
  .filter((step) => step !== 'complete')
  .map((step) => ({ type: 'step skipped', data: { step, reason } }))

const draftOf = (step: string) => ({ type: 'report draft', step, hash: 'a', texts: [] }) as const
const drafted: CutoverEvent = { type: 'notice drafted', data: { step: 'letter', hash: 'a', texts: [] } }
const due = (step: string): CutoverEvent => ({ type: 'step due', data: { step } })
const ticked = (step: string): CutoverEvent => ({
  type: 'step ticked',
  data: { step, result: 'done', fields: {} },
})

type Variant =
  | 'run a check'
  | 'override a criterion'
  | 'vote no-go'
  | 'vote no-go after a deadline'
  | 'vote on complete'
  | 'round on complete'
  | 'postpone to a time'
  | 'claim a check'
  | 'spawn a check'
  | 'tick an inverse'
  | 'untick an inverse'
  | 'run an inverse'
  | 'retry an inverse'
  | 'skip an inverse'
  | 'override an inverse'
  | 'mark an inverse'
  | 'cancel an inverse'
  | 'claim an inverse'
  | 'spawn an inverse'

const checkAttempt = 'c1.check.1'

const inForce: readonly CutoverEvent[] = [ticked('change')]

const CASES: Record<CommandType | Variant, Case> = {
  open: {
    command: { type: 'open', plan, plannedStart: T0, holders: {}, channelName: 'x' },
    by: ana,
  },
  tick: { command: { type: 'tick', step: 'do', result: 'done', fields: {} }, by: ana },
  untick: { given: (c) => c.tick(ANA, 'do'), command: { type: 'untick', step: 'do', reason }, by: ana },
  run: { command: { type: 'run', step: 'run' }, by: ana },
  'run a check': { given: redCheck, command: { type: 'run', step: 'check' }, by: ana },
  retry: { given: failed, command: { type: 'retry', step: 'run', reason }, by: ana },
  skip: { command: { type: 'skip', step: 'do', reason }, by: ana },
  override: { given: failed, command: { type: 'override', step: 'run', reason }, by: ana },
  'override a criterion': {
    given: redCheck,
    command: { type: 'override', step: 'check', gate: 'judged', reason },
    by: ana,
  },
  cancel: { given: running, command: { type: 'cancel', step: 'run', reason }, by: ana },
  mark: { given: unknown, command: { type: 'mark', step: 'run', outcome: 'succeeded', reason }, by: ana },
  choose: { command: { type: 'choose', choice: 'how', option: 'b' }, by: ana },
  move: { command: { type: 'move', step: 'later', to: T0 + 9 * HOUR, reason }, by: ana },
  vote: { command: { type: 'vote', gate: 'gate', vote: 'go' }, by: ana },
  'vote no-go': { command: { type: 'vote', gate: 'gate', vote: 'no-go', reason }, by: ana },
  'vote no-go after a deadline': {
    given: roundClosed,
    command: { type: 'vote', gate: 'gate', vote: 'no-go', reason },
    by: ana,
  },
  'vote on complete': {
    then: [...everythingSkipped, completeOpen],
    command: { type: 'vote', gate: 'complete', vote: 'go' },
    by: ana,
  },
  confirm: { command: { type: 'confirm', gate: 'judged', criterion: 'calm' }, by: ana },
  unconfirm: {
    given: (c) => c.by(ANA, { type: 'confirm', gate: 'judged', criterion: 'calm' }),
    command: { type: 'unconfirm', gate: 'judged', criterion: 'calm', reason },
    by: ana,
  },
  round: { given: roundClosed, command: { type: 'round', gate: 'gate', reason }, by: ana },
  'round on complete': {
    then: [completeOpen],
    command: { type: 'round', gate: 'complete', reason },
    by: ana,
  },
  hold: { command: { type: 'hold', reason }, by: person(BEN) },
  resume: { command: { type: 'resume' }, by: ana },
  rollback: { then: inForce, command: { type: 'rollback', name: 'shop', reason }, by: person(CAI) },
  postpone: { command: { type: 'postpone', reason }, by: ana },
  'postpone to a time': { command: { type: 'postpone', reason, to: T0 + 24 * HOUR }, by: ana },
  abandon: { command: { type: 'abandon', reason, name: 'shop' }, by: ana },
  assign: { command: { type: 'assign', role: 'communicator', person: DIA }, by: ana },
  'take over': {
    given: (c) => c.by(ANA, { type: 'assign', role: 'observer', person: BEN, backup: DIA }),
    command: { type: 'take over', role: 'observer' },
    by: person(DIA),
  },
  note: { command: { type: 'note', text: 'seen' }, by: person(DIA) },
  issue: { command: { type: 'issue', text: 'odd' }, by: person(DIA) },
  'change issue': {
    given: (c) => c.by(ANA, { type: 'issue', text: 'odd' }),
    command: { type: 'change issue', issue: '1', severity: 'high' },
    by: ana,
  },
  'take on': {
    then: [{ type: 'escalation began', data: { subject: 'step/run' } }],
    command: { type: 'take on' },
    by: person(DIA),
  },
  ack: { command: { type: 'ack', role: 'lead', says: 'available' }, by: ana },
  'accept checkpoint': {
    then: [
      { type: 'checkpoint failed', data: { phase: 'work', evidence: [], afterStartMs: 0, durationMs: 0 } },
    ],
    command: { type: 'accept checkpoint', phase: 'work', reason },
    by: ana,
  },
  'allow change': { command: { type: 'allow change', text: 'hotfix 42', reason }, by: ana },
  'add follow-up': { command: { type: 'add follow-up', title: 'later' }, by: person(BEN) },
  'close follow-up': {
    given: (c) => c.by(ANA, { type: 'add follow-up', title: 'later' }),
    command: { type: 'close follow-up', followUp: 'f1' },
    by: person(BEN),
  },
  'waive follow-up': {
    given: (c) => c.by(ANA, { type: 'add follow-up', title: 'later' }),
    command: { type: 'waive follow-up', followUp: 'f1', reason },
    by: ana,
  },
  debrief: { command: { type: 'debrief', improve: 'sleep', actions: [] }, by: person(BEN) },
  forget: { command: { type: 'forget' }, by: ana },
  'user report': { command: { type: 'user report', text: 'slow' }, by: person(DIA) },
  'close issue': {
    given: (c) => c.by(ANA, { type: 'issue', text: 'odd' }),
    command: { type: 'close issue', issue: '1' },
    by: ana,
  },
  claim: { given: dispatched, command: { type: 'claim', attempt, worker: 'w1', host: 'h1' }, by: work },
  'claim a check': { command: { type: 'claim', attempt: checkAttempt, worker: 'w1', host: 'h1' }, by: work },
  spawn: { given: claimed, command: { type: 'spawn', attempt }, by: work },
  'spawn a check': {
    given: (c) => c.worker({ type: 'claim', attempt: checkAttempt, worker: 'w1', host: 'h1' }),
    command: { type: 'spawn', attempt: checkAttempt },
    by: work,
  },
  'report running': {
    given: (c) => {
      claimed(c)
      c.worker({ type: 'spawn', attempt })
    },
    command: { type: 'report running', attempt, host: 'h1' },
    by: work,
  },
  'report adopted': {
    given: running,
    command: { type: 'report adopted', attempt, worker: 'w2' },
    by: worker('db', 'w2'),
  },
  refuse: { given: claimed, command: { type: 'refuse', attempt, why: 'no tool', hint: 'install' }, by: work },
  'report ended': { given: running, command: ended, by: work },
  'report unknown': { given: running, command: { type: 'report unknown', attempt, why: 'lost' }, by: work },
  unblock: {
    given: blocked,
    command: { type: 'unblock', step: 'run', pid: BLOCKER.pid, how: 'cancel' },
    by: ana,
  },
  'report blocked': {
    given: running,
    command: { type: 'report blocked', attempt, blocker: BLOCKER },
    by: work,
  },
  'report unblocked': { given: blocked, command: { type: 'report unblocked', attempt }, by: work },
  'begin unblock': { given: asked, command: { type: 'begin unblock', attempt, pid: BLOCKER.pid }, by: work },
  'report unblock': {
    given: (c) => {
      asked(c)
      c.worker({ type: 'begin unblock', attempt, pid: BLOCKER.pid })
    },
    command: { type: 'report unblock', attempt, pid: BLOCKER.pid, freed: true, result: 'gone' },
    by: work,
  },
  'report breach': {
    given: (c) => c.begin('watch'),
    command: { type: 'report breach', attempt: 'c1.watch.1', check: 'watch-ok', answer: '9 %' },
    by: work,
  },
  'report question': {
    given: running,
    command: { type: 'report question', attempt, n: 1, prompt: 'Proceed?', then: 'waiting' },
    by: work,
  },
  vouch: { command: { type: 'vouch', code: 'ABCD-EFGH', person: CAI, reason }, by: ana },
  'report pool ready': { command: readyPool(), by: work },
  'report pool refused': {
    command: { type: 'report pool refused', pool: 'db', why: 'shop.sql differs', differs: ['shop.sql'] },
    by: work,
  },
  'report local act': { command: { type: 'report local act', text: 'held on the host' }, by: work },
  advance: { command: { type: 'advance' }, by: LEADER },
  'report unobserved': {
    given: running,
    command: { type: 'report unobserved', attempt, since: T0 },
    by: LEADER,
  },
  'report observed': {
    given: (c) => {
      running(c)
      c.leader({ type: 'report unobserved', attempt, since: c.now })
    },
    command: { type: 'report observed', attempt },
    by: LEADER,
  },
  revoke: { given: claimed, command: { type: 'revoke', attempt, why: 'gone' }, by: LEADER },
  'report notice': {
    command: {
      type: 'report notice',
      step: 'tell',
      since: 0,
      audience: 'ops',
      medium: 'slack',
      to: ['#ops'],
      text: 'x',
      rejected: [],
    },
    by: LEADER,
  },
  'report notice failure': {
    command: {
      type: 'report notice failure',
      step: 'tell',
      since: 0,
      audience: 'ops',
      medium: 'slack',
      why: 'x',
      hint: 'y',
    },
    by: LEADER,
  },
  'report notice parked': {
    command: {
      type: 'report notice parked',
      step: 'tell',
      since: 0,
      audience: 'ops',
      medium: 'slack',
      to: ['#ops'],
      text: 'x',
    },
    by: LEADER,
  },
  'report slack away': {
    command: { type: 'report slack away', since: T0, how: 'silent', why: 'it does not answer' },
    by: LEADER,
  },
  'report slack back': { command: { type: 'report slack back' }, by: LEADER },
  'report page': {
    command: { type: 'report page', subject: 'step/run', audience: 'ops', action: 'trigger', key: 'k' },
    by: LEADER,
  },
  'report draft': { command: draftOf('letter'), by: LEADER },
  approve: { then: [due('letter'), drafted], command: { type: 'approve', step: 'letter' }, by: ana },
  reject: { then: [due('letter'), drafted], command: { type: 'reject', step: 'letter', reason }, by: ana },
  'report timeline': { command: { type: 'report timeline', channel: 'C1', head: 'f' }, by: LEADER },
  'report timeline mail': {
    command: {
      type: 'report timeline mail',
      audience: 'staff',
      to: ['a@example.org'],
      head: 'f',
      subject: 'x',
      text: 'y',
      rejected: [],
    },
    by: LEADER,
  },
  'report rehearsal': {
    command: {
      type: 'report rehearsal',
      rehearsal: {
        cutover: 'r1',
        hash: 'a',
        finishedAt: T0,
        rolledBack: false,
        openIssues: 0,
        durations: {},
      },
    },
    by: LEADER,
  },
  'tick an inverse': {
    then: [due('undo-change')],
    command: { type: 'tick', step: 'undo-change', result: 'done', fields: {} },
    by: ana,
  },
  'untick an inverse': {
    then: [due('undo-change'), ticked('undo-change')],
    command: { type: 'untick', step: 'undo-change', reason },
    by: ana,
  },
  'run an inverse': { then: [due('undo-copy')], command: { type: 'run', step: 'undo-copy' }, by: ana },
  'retry an inverse': {
    then: inverseFailed,
    command: { type: 'retry', step: 'undo-copy', reason },
    by: ana,
    stoppedAt: 'undo-copy',
  },
  'skip an inverse': { then: inverseFailed, command: { type: 'skip', step: 'undo-copy', reason }, by: ana },
  'override an inverse': {
    then: inverseFailed,
    command: { type: 'override', step: 'undo-copy', reason },
    by: ana,
  },
  'mark an inverse': {
    then: inverseFailed,
    command: { type: 'mark', step: 'undo-copy', outcome: 'succeeded', reason },
    by: ana,
  },
  'cancel an inverse': {
    then: inverseRunning,
    command: { type: 'cancel', step: 'undo-copy', reason },
    by: ana,
  },
  'claim an inverse': {
    then: [inverseTicket],
    command: { type: 'claim', attempt: inverse, worker: 'w1', host: 'h1' },
    by: work,
  },
  'spawn an inverse': {
    then: [inverseTicket, inverseClaimed],
    command: { type: 'spawn', attempt: inverse },
    by: work,
  },
}

//                                 scheduled running watching guarded closed rolling stopped rolled postponed abandoned
const TABLE: Record<keyof typeof CASES, string> = {
  open: '                          n n n n n n n n n n',
  tick: '                          y y y y n n n n n n',
  untick: '                        y y y n n n n n n n',
  run: '                           h h h h n n n n n n',
  'run a check': '                 y y y y n n n n n n',
  retry: '                         h h h h n n n n n n',
  skip: '                          y y y y n n n n n n',
  override: '                      y y y y n n n n n n',
  'override a criterion': '        y y y y n n n n n n',
  cancel: '                        y y y y n y y y y n',
  mark: '                          y y y y n y y y n n',
  choose: '                        y y y y n n n n n n',
  move: '                          y y y y n n n n n n',
  vote: '                          y y y y n n n n n n',
  'vote no-go': '                  y y y y n n n n n n',
  'vote no-go after a deadline': ' y y y y n n n n n n',
  'vote on complete': '            n n y n n n n y n n',
  confirm: '                       y y y y n n n n n n',
  unconfirm: '                     y y y y n n n n n n',
  round: '                         y y y y n n n n n n',
  'round on complete': '           n n y n n n n y n n',
  hold: '                          h h h h n h h h n n',
  resume: '                        H H H H n H H H n n',
  rollback: '                      n y y y n n n n n n',
  postpone: '                      y y n n n n n y n n',
  'postpone to a time': '          y y n n n n n y y n',
  abandon: '                       y y y y n y y y y n',
  assign: '                        y y y y n y y y y n',
  'take over': '                   y y y y n y y y y n',
  vouch: '                         y y y y n y y y y n',
  note: '                          y y y y n y y y y n',
  issue: '                         y y y y n y y y y n',
  'change issue': '                y y y y n y y y y n',
  'close issue': '                 y y y y n y y y y n',
  'take on': '                     y y y y n y y y y n',
  ack: '                           y y y y n n n n n n',
  'accept checkpoint': '           y y y y n n n n n n',
  'allow change': '                y y n n n n n n n n',
  'add follow-up': '               y y y y y y y y y y',
  'close follow-up': '             y y y y y y y y y y',
  'waive follow-up': '             y y y y y y y y y y',
  debrief: '                       n n y y y n n y n y',
  forget: '                        n n n n y n n n n y',
  'user report': '                 y y y y n y y y y n',
  claim: '                         h h h h n n n n n n',
  'claim a check': '               y y y y n n n n n n',
  spawn: '                         h h h h n n n n n n',
  'spawn a check': '               y y y y n n n n n n',
  'report running': '              y y y y y y y y y y',
  'report adopted': '              y y y y y y y y y y',
  refuse: '                        y y y y y y y y y y',
  'report ended': '                y y y y y y y y y y',
  'report unknown': '              y y y y y y y y y y',
  unblock: '                       y y y y n n n n n n',
  'report blocked': '              y y y y y y y y y y',
  'report unblocked': '            y y y y y y y y y y',
  'begin unblock': '               y y y y y y y y y y',
  'report unblock': '              y y y y y y y y y y',
  'report breach': '               y y y y y y y y y y',
  'report question': '             y y y y y y y y y y',
  'report pool ready': '           y y y y y y y y y y',
  'report pool refused': '         y y y y y y y y y y',
  'report local act': '            y y y y n y y y y n',
  advance: '                       y y y y y y y y y y',
  'report unobserved': '           y y y y y y y y y y',
  'report observed': '             y y y y y y y y y y',
  revoke: '                        y y y y y y y y y y',
  'report notice': '               y y y y y y y y y y',
  'report notice failure': '       y y y y y y y y y y',
  'report notice parked': '        y y y y y y y y y y',
  'report slack away': '           y y y y y y y y y y',
  'report slack back': '           y y y y y y y y y y',
  'report page': '                 y y y y y y y y y y',
  'report draft': '                y y y y y y y y y y',
  approve: '                       y y y y n n n n n n',
  reject: '                        y y y y n n n n n n',
  'report timeline': '             y y y y y y y y y y',
  'report timeline mail': '        y y y y y y y y y y',
  'report rehearsal': '            y y y y y y y y y y',
  'tick an inverse': '             n n n n n y y y n n',
  'untick an inverse': '           n n n n n y y n n n',
  'run an inverse': '              n n n n n h n n n n',
  'retry an inverse': '            n n n n n h h n n n',
  'skip an inverse': '             n n n n n y y n n n',
  'override an inverse': '         n n n n n y y n n n',
  'mark an inverse': '             n n n n n y y n n n',
  'cancel an inverse': '           n n n n n y y y n n',
  'claim an inverse': '            n n n n n h n n n n',
  'spawn an inverse': '            n n n n n h n n n n',
}

const started: CutoverEvent = { type: 'cutover started', data: { step: 'change' } }
const turned: CutoverEvent = {
  type: 'rollback started',
  data: { reason, order: ['undo-copy', 'undo-change'], running: 'none' },
}
const stopped = (step: string): CutoverEvent => ({
  type: 'rollback stopped',
  data: { step, why: 'it failed' },
})

/** The events that lead into a status; what the steps say is beside the point here. */
const INTO: Record<Status, (stoppedAt: string) => readonly CutoverEvent[]> = {
  scheduled: () => [],
  running: () => [started],
  watching: () => [started, { type: 'cutover watching', data: {} }],
  guarded: () => [started, { type: 'cutover guarded', data: { until: T0 + 99 * HOUR } }],
  closed: () => [started, { type: 'cutover closed', data: {} }],
  'rolling back': () => [started, turned],
  'rollback stopped': (step) => [started, turned, stopped(step)],
  'rolled back': () => [started, turned, { type: 'rollback finished', data: {} }],
  postponed: () => [{ type: 'cutover postponed', data: { reason } }],
  abandoned: () => [{ type: 'cutover abandoned', data: { reason, left: [] } }],
}

function prepared(one: Case, status: Status, held: boolean): Cutover {
  const c = new Cutover(plan, { now: T0 - 2 * HOUR, opener: DIA })
  c.advance()
  c.now += MINUTE
  c.decide(readyPool(), work)
  one.given?.(c)
  for (const event of INTO[status](one.stoppedAt ?? 'undo-change')) c.record(event, ana)
  for (const event of one.then ?? []) c.record(event, LEADER)
  if (held) c.record({ type: 'cutover held', data: { reason, because: 'person' } }, ana)
  return c
}

const accepted: Record<string, (held: boolean) => boolean> = {
  y: () => true,
  n: () => false,
  h: (held) => !held,
  H: (held) => held,
}

describe.each(STATUSES)('while the cutover is %s', (status) => {
  const column = STATUSES.indexOf(status)
  const rows = Object.entries(TABLE).map(([name, row]) => ({
    name,
    cell: row.trim().split(/\s+/)[column] ?? '?',
  }))

  describe.each([false, true])('and held is %s', (held) => {
    test.each(rows)('$name: $cell', ({ name, cell }) => {
      const one = CASES[name as keyof typeof CASES]
      const c = prepared(one, status, held)
      const before = c.state
      const decision = c.decide(one.command, one.by)
      const said = decision.ok ? 'accepted' : `refused: ${decision.refusal.code}`
      expect(decision.ok, said).toBe(accepted[cell]?.(held))
      if (!decision.ok) expect(c.state).toBe(before)
    })
  })
})

test('the table has a cell for every status, and a row for every command', () => {
  for (const row of Object.values(TABLE)) expect(row.trim().split(/\s+/)).toHaveLength(STATUSES.length)
  expect(Object.keys(TABLE)).toEqual(expect.arrayContaining(Object.keys(CASES)))
})
