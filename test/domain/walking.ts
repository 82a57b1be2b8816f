import { availableActions, gateChoices, stepChoices } from '../../src/domain/choices.ts'
import { meetingAt } from '../../src/domain/advance/notices.ts'
import type { Command, LeaderCommand, PersonCommand } from '../../src/domain/commands.ts'
import type { Actor, Invitation } from '../../src/domain/events.ts'
import { liveAttempts } from '../../src/domain/lookup.ts'
import { mayChoose } from '../../src/domain/may-choose.ts'
import { outstanding, toldNow, wantsDraft } from '../../src/domain/notices.ts'
import { isMute, outageNow } from '../../src/domain/outages.ts'
import { alertsToSend } from '../../src/domain/pages.ts'
import type { TellStep } from '../../src/domain/plan.ts'
import type { AttemptState, CutoverState } from '../../src/domain/state.ts'
import { LEADER, person, worker } from '../support/cutover.ts'
import type { Cutover } from '../support/cutover.ts'
import { ANA, BEN, CAI, DIA, EVE } from '../support/plans.ts'
import { readyPool } from '../support/pools.ts'
import {
  chooseCommands,
  criterionCommand,
  cutoverCommand,
  everyAttemptCommand,
  everyPersonCommand,
  gateCommand,
  stepCommand,
} from './commands-at-random.ts'

export const PEOPLE = [ANA, BEN, CAI, DIA, EVE]

export const BACKED = {
  lead: { person: ANA, backup: DIA },
  observer: { person: BEN, backup: DIA },
  communicator: { person: CAI },
}

/** Turns numbers from fast-check into choices, so that a failing walk shrinks to a short one. */
export class Chooser {
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
    ...Object.keys(state.plan.choices)
      .filter((id) => mayChoose(state, id, who) === null)
      .flatMap((id) => chooseCommands(state, id)),
    ...availableActions(state, who).map((action) => cutoverCommand(state, action, who, now)),
  ]
}

/** Words that lead nowhere: people say them all the time, and a walk of nothing else would stand still. */
const CHATTER = [
  'vouch',
  'note',
  'issue',
  'change issue',
  'add follow-up',
  'close follow-up',
  'waive follow-up',
  'debrief',
  'allow change',
  'user report',
]

/** People go on rather than stop, most of the time; otherwise no walk would get anywhere. */
const STOPPING = ['postpone', 'abandon', 'rollback', 'hold', 'cancel', 'untick', 'skip', 'move']

/** What somebody does next, and who: most of the time what the state asks for, sometimes anything. */
export function nextMove(c: Cutover, choose: Chooser): readonly [Command, Actor] {
  if (c.state.pools['db']?.ready === false && choose.upTo(3) > 0) return [readyPool(), worker('db')]
  const kind = choose.upTo(20)
  const who = choose.from(PEOPLE) ?? ANA
  const move =
    kind < 8
      ? ofAttempt(c, choose)
      : kind < 16
        ? ofPerson(c, choose, who)
        : kind < 18
          ? ofLeader(c, choose)
          : kind === 18
            ? ofPool(choose)
            : undefined
  if (move !== undefined) return move
  const command = choose.from(everyPersonCommand(c.state, who, c.now))
  return [command ?? { type: 'advance' }, person(who)]
}

type Move = readonly [Command, Actor]

function ofAttempt(c: Cutover, choose: Chooser): Move | undefined {
  const attempt = choose.from(liveAttempts(c.state))
  if (attempt === undefined) return undefined
  const commands = everyAttemptCommand(attempt.id, c.now)
  const likely = progress(attempt).flatMap((index) => commands[index] ?? [])
  const command = choose.from(likely.length > 0 && choose.upTo(5) > 0 ? likely : commands)
  if (command === undefined) return undefined
  return [command, isFromWorker(command) ? worker('db', choose.upTo(9) === 0 ? 'w2' : 'w1') : LEADER]
}

/** Which of `everyAttemptCommand` move an attempt on from here. */
function progress({ status, unblocking }: AttemptState): readonly number[] {
  if (unblocking !== undefined && unblocking.result === undefined)
    return [unblocking.begunAt === undefined ? 15 : 16]
  return PROGRESS[status] ?? []
}

const PROGRESS: { readonly [status in AttemptState['status']]?: readonly number[] } = {
  dispatched: [0],
  claimed: [1, 2],
  spawning: [3],
  running: [6, 7, 8, 9, 12, 13, 17, 18],
  unobserved: [4, 6, 19],
}

const isFromWorker = (command: Command): boolean =>
  !['report unobserved', 'report observed', 'revoke'].includes(command.type)

function ofPerson(c: Cutover, choose: Chooser, who: string): Move | undefined {
  const commands = offered(c.state, who, c.now)
  const going = commands.filter(
    (one) =>
      !CHATTER.includes(one.type) &&
      (!STOPPING.includes(one.type) || (one.type === 'rollback' && c.state.status === 'rollback stopped')) &&
      !(one.type === 'vote' && one.vote === 'no-go'),
  )
  const gos = commands.filter((one) => one.type === 'vote' && one.vote === 'go')
  const likely = gos.length > 0 && choose.upTo(2) > 0 ? gos : going
  const command = choose.from(likely.length > 0 && choose.upTo(8) > 0 ? likely : commands)
  return command === undefined ? undefined : [command, person(who)]
}

/** Its host finds another runbook in its folder now and then; that is mended soon. */
function ofPool(choose: Chooser): Move | undefined {
  if (choose.upTo(25) > 0) return undefined
  const why = 'shop.sql is another one here'
  return [{ type: 'report pool refused', pool: 'db', why, differs: ['shop.sql'] }, worker('db')]
}

/** Slack goes away now and then, and is back soon. */
function ofSlack(c: Cutover, choose: Chooser): LeaderCommand | undefined {
  if (outageNow(c.state) !== undefined)
    return choose.upTo(4) === 0 ? { type: 'report slack back' } : undefined
  if (choose.upTo(60) > 0) return undefined
  const how = choose.from(['refused', 'silent', 'deaf'] as const) ?? 'silent'
  return { type: 'report slack away', since: c.now, how, why: 'nobody answers' }
}

function ofLeader(c: Cutover, choose: Chooser): Move | undefined {
  const { state, now } = c
  const outage = ofSlack(c, choose)
  if (outage !== undefined) return [outage, LEADER]
  const tells = Object.values(state.plan.steps).filter((step) => step.kind === 'tell')
  const commands = [
    ...tells.filter(({ id }) => c.step(id).status === 'active').map((tell) => sent(c, tell, choose)),
    ...tells.filter(({ id }) => wantsDraft(state, id, now)).map(({ id }) => draft(id)),
    ...alertsToSend(state).map((alert): LeaderCommand => ({ type: 'report page', ...alert })),
  ].filter((command) => command !== undefined)
  const command = choose.from(commands)
  return command === undefined ? undefined : [command, LEADER]
}

const draft = (step: string): LeaderCommand => ({
  type: 'report draft',
  step,
  hash: 'e'.repeat(64),
  texts: [{ audience: 'ops', medium: 'slack', text: 'Notice' }],
})

function sent(c: Cutover, tell: TellStep, choose: Chooser): LeaderCommand | undefined {
  const [open] = outstanding(c.state.plan, tell, c.step(tell.id))
  if (open === undefined) return undefined
  const { audience, medium } = open
  const since = c.step(tell.id).startedAt ?? 0
  if (medium === 'slack' && isMute(c.state))
    return {
      type: 'report notice parked',
      step: tell.id,
      since,
      audience,
      medium,
      to: ['#ops'],
      text: 'Notice',
    }
  if (choose.upTo(5) === 0 && medium !== 'report')
    return {
      type: 'report notice failure',
      step: tell.id,
      since,
      audience,
      medium,
      why: 'down',
      hint: 'wait',
    }
  const { called } = c.step(tell.id)
  const meeting = called?.invitation ?? invitation(c.state, tell)
  return {
    type: 'report notice',
    step: tell.id,
    since,
    audience,
    medium,
    to: ['#ops'],
    text: 'Notice',
    rejected: [],
    told: toldNow(c.state, called),
    ...(meeting !== undefined && { meeting }),
  }
}

function invitation(state: CutoverState, tell: TellStep): Invitation | undefined {
  const start = meetingAt(state, tell)
  return start === null || tell.meet === undefined
    ? undefined
    : { start, end: start + tell.meet.lengthMs, sequence: 0 }
}
