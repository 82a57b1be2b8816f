import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { availableActions, gateChoices, stepChoices } from '../../src/domain/choices.ts'
import type { Command, PersonCommand } from '../../src/domain/commands.ts'
import type { CutoverAction } from '../../src/domain/permissions.ts'
import { criteriaOf } from '../../src/domain/criteria.ts'
import { decide } from '../../src/domain/decide.ts'
import type { Actor, EventType } from '../../src/domain/events.ts'
import { evolve, fold } from '../../src/domain/evolve.ts'
import { liveAttempts } from '../../src/domain/lookup.ts'
import { outstanding } from '../../src/domain/notices.ts'
import type { Plan } from '../../src/domain/plan.ts'
import type { CutoverState, Status } from '../../src/domain/state.ts'
import { nextWake } from '../../src/domain/wake.ts'
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
  EVE,
  MINUTE,
  onStep,
  SECOND,
  T0,
} from '../support/plans.ts'
import {
  CRITERION_ACTIONS,
  CUTOVER_ACTIONS,
  cutoverCommand,
  criterionCommand,
  everyAttemptCommand,
  everyPersonCommand,
  GATE_ACTIONS,
  gateCommand,
  STEP_ACTIONS,
  stepCommand,
} from './commands-at-random.ts'
import { ALL_EVENTS, ALL_STATUSES, holdsAfter, nothingCarriedHangs } from './invariants.ts'

const everything = aPlan()
  .with({ rollback: { name: 'shop', approvers: {}, before: [], after: [], options: [], triggers: [] } })
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
  .with({ guardMs: 2 * MINUTE })
  .build()

const together = aPlan()
  .phase('ready', at(-60), [onStep('look')])
  .check('look')
  .decide('go', {
    approvers: { lead: 1 },
    criteria: [acknowledgement('lead', 'present'), acknowledgement('observer', 'available')],
  })
  .phase('migrate', at(0))
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

const plans: readonly (readonly [string, Plan])[] = [
  ['live, with every kind of step', everything],
  ['live, with parallel work', parallel],
  ['live, with people who answer for themselves', together],
  ['a rehearsal that moves forward', { ...everything, live: false, environment: 'staging' }],
  ['a rehearsal with parallel work', { ...parallel, live: false, environment: 'staging' }],
]

/** Fixed, so that a red run is red for everybody; change it to look elsewhere. */
const SEED = 20_261_120

const PEOPLE = [ANA, BEN, CAI, DIA, EVE]

const BACKED = {
  lead: { person: ANA, backup: DIA },
  observer: { person: BEN, backup: DIA },
  communicator: { person: CAI },
}

/** Turns numbers from fast-check into choices, so that a failing walk shrinks to a short one. */
class Chooser {
  private next = 0
  private readonly numbers: readonly number[]
  constructor(numbers: readonly number[]) {
    this.numbers = numbers
  }
  get isDone(): boolean {
    return this.next >= this.numbers.length
  }
  upTo(count: number): number {
    return (this.numbers[this.next++] ?? 0) % count
  }
  from<T>(choices: readonly T[]): T | undefined {
    return choices[this.upTo(Math.max(1, choices.length))]
  }
}

function offered(state: CutoverState, who: string, now: number): PersonCommand[] {
  const steps = Object.keys(state.plan.steps)
  const gates = Object.keys(state.gates)
  return [
    ...steps.flatMap((id) =>
      stepChoices(state, id, who).map((action) => stepCommand(state, action, id, who, now)),
    ),
    ...gates.flatMap((gate) => {
      const choices = gateChoices(state, gate, now, who)
      return [
        ...choices.gate.map((action) => gateCommand(action, gate)),
        ...Object.entries(choices.criteria).flatMap(([criterion, actions]) =>
          actions.map((action) => criterionCommand(action, gate, criterion)),
        ),
      ]
    }),
    ...availableActions(state, who).map((action) => cutoverCommand(state, action, who, now)),
  ]
}

/** Words that lead nowhere: people say them all the time, and a walk of nothing else would stand still. */
const CHATTER = [
  'note',
  'issue',
  'change issue',
  'add follow-up',
  'close follow-up',
  'waive follow-up',
  'debrief',
  'user report',
]

/** People go on rather than stop, most of the time; otherwise no walk would get anywhere. */
const STOPPING = ['postpone', 'abandon', 'rollback', 'hold', 'cancel', 'untick', 'skip', 'move']

function nextMove(c: Cutover, choose: Chooser): readonly [Command, Actor] {
  const kind = choose.upTo(20)
  const who = choose.from(PEOPLE) ?? ANA
  const live = liveAttempts(c.state)
  if (kind < 8 && live.length > 0) {
    const attempt = choose.from(live)
    const commands = attempt === undefined ? [] : everyAttemptCommand(attempt.id, c.now)
    const likely = (PROGRESS[attempt?.status ?? ''] ?? []).flatMap((index) => commands[index] ?? [])
    const forward = likely.length > 0 && choose.upTo(5) > 0 ? likely : commands
    const command = choose.from(forward)
    if (command !== undefined)
      return [command, isFromWorker(command) ? worker('db', choose.upTo(9) === 0 ? 'w2' : 'w1') : LEADER]
  }
  if (kind < 16) {
    const commands = offered(c.state, who, c.now)
    const going = commands.filter(
      (one) =>
        !CHATTER.includes(one.type) &&
        !STOPPING.includes(one.type) &&
        !(one.type === 'vote' && one.vote === 'no-go'),
    )
    const gos = commands.filter((one) => one.type === 'vote' && one.vote === 'go')
    const likely = gos.length > 0 && choose.upTo(2) > 0 ? gos : going
    const command = choose.from(likely.length > 0 && choose.upTo(8) > 0 ? likely : commands)
    if (command !== undefined) return [command, person(who)]
  }
  if (kind < 18) {
    const tell = Object.values(c.state.plan.steps).find(
      (step) => step.kind === 'tell' && c.step(step.id).status === 'active',
    )
    const open = tell?.kind === 'tell' ? outstanding(c.state.plan, tell, c.step(tell.id))[0] : undefined
    if (tell !== undefined && open !== undefined) {
      const { audience, medium } = open
      const notice = { step: tell.id, audience, medium, to: ['#ops'], text: 'Notice', rejected: [] }
      if (choose.upTo(4) > 0 || medium === 'report') return [{ type: 'report notice', ...notice }, LEADER]
      return [
        { type: 'report notice failure', step: tell.id, audience, medium, why: 'down', hint: 'wait' },
        LEADER,
      ]
    }
  }
  const command = choose.from(everyPersonCommand(c.state, who, c.now))
  return [command ?? { type: 'advance' }, person(who)]
}

/** Which of `everyAttemptCommand` move an attempt on from here. */
const PROGRESS: Record<string, readonly number[]> = {
  dispatched: [0],
  claimed: [1, 2],
  spawning: [3],
  running: [6, 7, 8, 9, 12, 13, 17, 18],
  unobserved: [4, 6, 19],
}

const isFromWorker = (command: Command): boolean =>
  !['report unobserved', 'report observed', 'revoke'].includes(command.type)

/** One move: time passes a little, somebody says something, the leader looks. Each event is checked. */
function move(c: Cutover, choose: Chooser): void {
  c.now += [0, SECOND, 20 * SECOND, 5 * MINUTE][choose.upTo(4)] ?? 0
  const [command, actor] = nextMove(c, choose)
  checked(c, command, actor)
  checked(c, { type: 'advance' }, LEADER)
  nothingCarriedHangs(c.state)
  const again = decide(c.state, { type: 'advance' }, { actor: LEADER, at: c.now })
  expect(again, 'advancing twice').toEqual({ ok: true, events: [] })
  const wake = nextWake(c.state, c.now)
  const between = wake === null ? c.now + 10 * MINUTE : wake - 1
  const early = decide(c.state, { type: 'advance' }, { actor: LEADER, at: between })
  expect(early, 'advancing before the next wake').toEqual({ ok: true, events: [] })
}

function checked(c: Cutover, command: Command, actor: Actor): void {
  const before = c.state
  const from = c.events.length
  const decision = c.decide(command, actor)
  if (!decision.ok) expect(decision.refusal.message.length).toBeGreaterThan(10)
  let state = before
  seen.add(state.status)
  for (const event of c.events.slice(from)) {
    const after = evolve(state, event)
    seen.add(event.type)
    holdsAfter(state, event, after)
    state = after
  }
}

const seen = new Set<Status | EventType>()

const walk = fc.array(fc.nat(9999), { minLength: 400, maxLength: 900 })

describe.each(plans)('%s, carried out at random', (_, plan) => {
  test('keeps every invariant after every event, and advancing comes to rest', () => {
    fc.assert(
      fc.property(walk, (numbers) => {
        const c = new Cutover(plan, { now: T0 - 70 * MINUTE, holders: BACKED })
        const choose = new Chooser(numbers)
        checked(c, { type: 'advance' }, LEADER)
        while (!choose.isDone) move(c, choose)
        expect(fold(JSON.parse(JSON.stringify(c.events)))).toEqual(c.state)
      }),
      { numRuns: 40, seed: SEED, endOnFailure: true },
    )
  })

  test('accepts what is offered to a person and refuses what is not', () => {
    fc.assert(
      fc.property(walk, (numbers) => {
        const c = new Cutover(plan, { now: T0 - 70 * MINUTE, holders: BACKED })
        const choose = new Chooser(numbers)
        c.advance()
        while (!choose.isDone) {
          move(c, choose)
          if (choose.upTo(4) === 0) agrees(c, choose.from(PEOPLE) ?? ANA)
        }
      }),
      { numRuns: 20, seed: SEED, endOnFailure: true },
    )
  })
})

/** Events that need people or workers to agree on more than chance brings about; other tests are about them. */
const RARE: readonly (Status | EventType)[] = [
  'cutover opened',
  'step not applicable',
  'rollback asked',
  'handover asked',
  'unblock begun',
  'timeline posted',
  'timeline mailed',
  'rehearsal recorded',
]

test('the walks above come through every status and every other event', () => {
  const all: readonly string[] = [...ALL_STATUSES, ...ALL_EVENTS]
  expect(all.filter((one) => !seen.has(one as Status) && !RARE.includes(one as Status))).toEqual([])
})

/** Every action of the tables, offered or not, against what `decide` says to it. */
function agrees(c: Cutover, who: string): void {
  const { state, now } = c
  const accepts = (command: PersonCommand): boolean =>
    decide(state, command, { actor: person(who), at: now }).ok
  for (const id of Object.keys(state.plan.steps))
    for (const action of STEP_ACTIONS) {
      const says = accepts(stepCommand(state, action, id, who, now))
      expect(says, `${action} ${id} by ${who}`).toBe(stepChoices(state, id, who).includes(action))
    }
  for (const gate of Object.keys(state.gates)) {
    const choices = gateChoices(state, gate, now, who)
    for (const action of GATE_ACTIONS)
      expect(accepts(gateCommand(action, gate)), `${action} ${gate} by ${who}`).toBe(
        choices.gate.includes(action),
      )
    for (const { id } of criteriaOf(state, gate))
      for (const action of CRITERION_ACTIONS)
        expect(accepts(criterionCommand(action, gate, id)), `${action} ${gate}/${id} by ${who}`).toBe(
          choices.criteria[id]?.includes(action),
        )
  }
  const available = availableActions(state, who)
  // Whether a role can be taken depends on which one, and on whether decisions could still be carried.
  const depends: readonly CutoverAction[] = ['assign', 'take over']
  const timed: readonly CutoverAction[] = ['postpone', 'reschedule']
  for (const action of CUTOVER_ACTIONS.filter((one) => !depends.includes(one) && !timed.includes(one)))
    expect(accepts(cutoverCommand(state, action, who, now)), `${action} by ${who}`).toBe(
      available.includes(action),
    )
  const postpones = accepts(cutoverCommand(state, 'reschedule', who, now))
  expect(postpones).toBe(available.includes('postpone') || available.includes('reschedule'))
  for (const action of depends.filter((one) => !available.includes(one)))
    expect(accepts(cutoverCommand(state, action, who, now)), `${action} by ${who}`).toBe(false)
}
