import type {
  Command,
  Decision,
  Given,
  LeaderCommand,
  LocalActCommand,
  PersonCommand,
  PoolCommand,
  WorkerCommand,
} from './commands.ts'
import { advance } from './advance.ts'
import { approve, reject } from './decide/approve.ts'
import { choose } from './decide/choose.ts'
import type { By } from './decide/deciding.ts'
import { confirm, overrideCriterion, round, unconfirm } from './decide/gate.ts'
import { leader } from './decide/leader.ts'
import { localAct, note } from './decide/notes.ts'
import { open } from './decide/open.ts'
import { assign, takeOver } from './decide/people.ts'
import { poolAnswer } from './decide/pools.ts'
import { rollback } from './decide/rollback.ts'
import { abandon, hold, postpone, resume } from './decide/stops.ts'
import { tick, untick } from './decide/tick.ts'
import { unblock } from './decide/unblock.ts'
import { vote } from './decide/vote.ts'
import { vouch } from './decide/vouch.ts'
import { cancel, mark, move, override, retry, run, skip } from './decide/work.ts'
import { worker } from './decide/worker.ts'
import { personOf } from './lookup.ts'
import { refuse } from './refusals.ts'
import type { CutoverState } from './state.ts'
import { decideTeam } from './team/decide.ts'

/**
 * What follows from a command: events to append, in order, or a refusal that says why nothing does. Pure; the
 * same state, command and moment give the same answer. `state` is null before the cutover is opened.
 */
export function decide(state: CutoverState | null, command: Command, given: Given): Decision {
  if (command.type === 'open') return state === null ? open(command, given) : refuse('already open')
  if (state === null) return refuse('no cutover')
  if (isPersonCommand(command)) return byPerson(state, command, given)
  if (isWorkerCommand(command)) {
    if (given.actor.kind !== 'worker') return wrongActor(command, given)
    return byWorker(state, command, given)
  }
  if (given.actor.kind !== 'cutover') return wrongActor(command, given)
  return command.type === 'advance' ? advance(state, given) : leader(state, command, given)
}

const wrongActor = (command: Command, given: Given): Decision =>
  refuse('wrong actor', { command: command.type, actor: `a ${given.actor.kind}` })

function byWorker(state: CutoverState, command: FromWorker, given: Given): Decision {
  switch (command.type) {
    case 'report local act':
      return localAct(state, command)
    case 'report pool ready':
    case 'report pool refused':
      return poolAnswer(state, command, given)
    default:
      return worker(state, command, given)
  }
}

function byPerson(state: CutoverState, command: PersonCommand, given: Given): Decision {
  const person = personOf(given.actor)
  if (person === null) return wrongActor(command, given)
  if (given.actor.kind === 'rehearsal' && state.plan.live) return refuse('rehearsal actor')
  return decidePerson(state, command, { ...given, person })
}

function decidePerson(state: CutoverState, command: PersonCommand, by: By): Decision {
  switch (command.type) {
    case 'tick':
      return tick(state, command, by)
    case 'untick':
      return untick(state, command, by)
    case 'run':
      return run(state, command, by)
    case 'retry':
      return retry(state, command, by)
    case 'skip':
      return skip(state, command, by)
    case 'override':
      return command.gate === undefined
        ? override(state, command, by)
        : overrideCriterion(state, command.gate, command, by)
    case 'cancel':
      return cancel(state, command, by)
    case 'unblock':
      return unblock(state, command, by)
    case 'mark':
      return mark(state, command, by)
    case 'move':
      return move(state, command, by)
    case 'approve':
      return approve(state, command, by)
    case 'reject':
      return reject(state, command, by)
    default:
      return decideAbove(state, command, by)
  }
}

type StepCommand =
  | 'tick'
  | 'untick'
  | 'run'
  | 'retry'
  | 'skip'
  | 'override'
  | 'cancel'
  | 'mark'
  | 'unblock'
  | 'move'
  | 'approve'
  | 'reject'

/** Words about gates, the cutover as a whole, and its people. */
function decideAbove(
  state: CutoverState,
  command: Exclude<PersonCommand, { type: StepCommand }>,
  by: By,
): Decision {
  switch (command.type) {
    case 'choose':
      return choose(state, command, by)
    case 'vote':
      return vote(state, command, by)
    case 'confirm':
      return confirm(state, command, by)
    case 'unconfirm':
      return unconfirm(state, command, by)
    case 'round':
      return round(state, command, by)
    case 'hold':
      return hold(state, command, by)
    case 'resume':
      return resume(state, command, by)
    case 'rollback':
      return rollback(state, command, by)
    case 'postpone':
      return postpone(state, command, by)
    case 'abandon':
      return abandon(state, command, by)
    case 'assign':
      return assign(state, command, by)
    case 'take over':
      return takeOver(state, command, by)
    case 'vouch':
      return vouch(state, command, by)
    case 'note':
      return note(state, command, by)
    default:
      return decideTeam(state, command, by)
  }
}

/** Which commands come from whom; a new command does not compile until it is said. */
const SOURCE = {
  tick: 'person',
  untick: 'person',
  run: 'person',
  retry: 'person',
  skip: 'person',
  override: 'person',
  cancel: 'person',
  unblock: 'person',
  mark: 'person',
  move: 'person',
  approve: 'person',
  reject: 'person',
  choose: 'person',
  vote: 'person',
  confirm: 'person',
  unconfirm: 'person',
  round: 'person',
  hold: 'person',
  resume: 'person',
  rollback: 'person',
  postpone: 'person',
  abandon: 'person',
  assign: 'person',
  'take over': 'person',
  vouch: 'person',
  note: 'person',
  issue: 'person',
  'change issue': 'person',
  'close issue': 'person',
  'take on': 'person',
  ack: 'person',
  'accept checkpoint': 'person',
  'add follow-up': 'person',
  'close follow-up': 'person',
  'waive follow-up': 'person',
  debrief: 'person',
  'user report': 'person',
  'allow change': 'person',
  forget: 'person',
  claim: 'worker',
  spawn: 'worker',
  'report running': 'worker',
  'report adopted': 'worker',
  refuse: 'worker',
  'report ended': 'worker',
  'report unknown': 'worker',
  'report blocked': 'worker',
  'report unblocked': 'worker',
  'begin unblock': 'worker',
  'report unblock': 'worker',
  'report breach': 'worker',
  'report question': 'worker',
  'report local act': 'worker',
  'report pool ready': 'worker',
  'report pool refused': 'worker',
  advance: 'leader',
  'report unobserved': 'leader',
  'report observed': 'leader',
  revoke: 'leader',
  'report notice': 'leader',
  'report notice failure': 'leader',
  'report notice parked': 'leader',
  'report slack away': 'leader',
  'report slack back': 'leader',
  'report draft': 'leader',
  'report page': 'leader',
  'report timeline': 'leader',
  'report timeline mail': 'leader',
  'report rehearsal': 'leader',
} as const satisfies Record<PersonCommand['type'], 'person'> &
  Record<FromWorker['type'], 'worker'> &
  Record<LeaderCommand['type'], 'leader'>

type FromWorker = WorkerCommand | PoolCommand | LocalActCommand
type Later = PersonCommand | FromWorker | LeaderCommand

const isPersonCommand = (command: Later): command is PersonCommand => SOURCE[command.type] === 'person'
const isWorkerCommand = (command: Later): command is FromWorker => SOURCE[command.type] === 'worker'
