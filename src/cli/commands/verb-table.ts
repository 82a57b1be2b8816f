import type { PersonCommand } from '../../domain/commands.ts'
import type { PersonId } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import type { AckSays, IssueKind, Severity } from '../../domain/team/state.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { instantFrom } from '../instant-from.ts'
import { TEAM_VERBS } from './team-verbs.ts'
import { codeIn, gateOf, leftState, tick, untick } from './verb-words.ts'

/** Options as commander gives them. */
export interface VerbOptions {
  readonly reason?: string
  readonly field?: readonly string[]
  readonly result?: 'done' | 'failed' | 'na'
  readonly deadline?: string
  readonly running?: 'wait' | 'cancel'
  readonly option?: string
  readonly text?: string
  readonly end?: boolean
  readonly backup?: string
  readonly severity?: Severity
  readonly kind?: IssueKind
  readonly owner?: string
  readonly step?: string
  readonly says?: AckSays
  readonly not?: true
  readonly due?: string
  readonly well?: string
  readonly improve?: string
  readonly action?: readonly string[]
  readonly ticket?: string
  readonly count?: number
  readonly left?: readonly string[]
}

export interface VerbPlace {
  readonly state: CutoverState
  readonly now: number
  /** A person by id or @name. */
  readonly who: (text: string) => PersonId
}

export interface Verb {
  /** As commander reads it: `tick <step>`. */
  readonly usage: string
  readonly description: string
  readonly options: readonly (keyof VerbOptions)[]
  /** Its words or options may be people, by @name. */
  readonly namesPeople?: true
  /** Its first word is the cutover. */
  readonly namesCutover?: true
  readonly command: (words: readonly string[], options: VerbOptions, place: VerbPlace) => PersonCommand
}

const reasonOf = (options: VerbOptions): string => {
  if (options.reason !== undefined && options.reason.trim() !== '') return options.reason
  throw new CommandEnd('Say why: add --reason "…". Nothing was changed.', EXIT.usage)
}
const optionalReason = (options: VerbOptions) =>
  options.reason === undefined ? {} : { reason: options.reason }
function pidIn(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw new CommandEnd(`"${text}" is no process id. Nothing was changed.`, EXIT.usage)
}
const word = (words: readonly string[], index = 0): string => words[index] ?? ''

/** Every verb of the CLI that acts on an open cutover. The same names as in Slack. */
export const VERBS: readonly Verb[] = [
  {
    usage: 'tick <step>',
    description: 'a person has done it: STEP, STEP/ITEM, or GATE/ID to confirm a criterion',
    options: ['field', 'result', 'reason'],
    command: (words, options, { state }) => tick(word(words), options, state),
  },
  {
    usage: 'untick <step>',
    description: 'take a tick or a confirmation back',
    options: ['reason'],
    command: (words, options, { state }) => untick(word(words), reasonOf(options), state),
  },
  simple('run <step>', 'begin a run', (step) => ({ type: 'run', step })),
  simple('check <step>', 'look again', (step) => ({ type: 'run', step })),
  reasoned('retry <step>', 'try a failed or unknown step again', (step, reason) => ({
    type: 'retry',
    step,
    reason,
  })),
  reasoned('skip <step>', 'go on without it', (step, reason) => ({ type: 'skip', step, reason })),
  reasoned('override <step>', 'go on although it is red: STEP, or GATE/CRITERION', (text, reason) => {
    const [first = '', second] = text.split('/')
    return second === undefined
      ? { type: 'override', step: first, reason }
      : { type: 'override', step: second, gate: first, reason }
  }),
  reasoned('cancel <step>', 'stop what runs', (step, reason) => ({ type: 'cancel', step, reason })),
  {
    usage: 'unblock <step> <pid>',
    description: 'ask the session that holds the lock to let go: cancel its query; --end ends the session',
    options: ['end'],
    command: (words, { end }) => ({
      type: 'unblock',
      step: word(words),
      pid: pidIn(word(words, 1)),
      how: end === true ? 'end' : 'cancel',
    }),
  },
  {
    usage: 'mark <step> <outcome>',
    description: 'say how an unknown or failed step ended: succeeded or failed',
    options: ['reason'],
    command: (words, options) => {
      const outcome = word(words, 1)
      if (outcome !== 'succeeded' && outcome !== 'failed') {
        throw new CommandEnd(`"${outcome}" is neither succeeded nor failed. Nothing was changed.`, EXIT.usage)
      }
      return { type: 'mark', step: word(words), outcome, reason: reasonOf(options) }
    },
  },
  {
    usage: 'move <step> <time>',
    description: 'plan a step for another time',
    options: ['reason'],
    command: (words, options, { state, now }) => ({
      type: 'move',
      step: word(words),
      to: instantFrom(word(words, 1), state.plan.window.zone, now),
      reason: reasonOf(options),
    }),
  },
  {
    usage: 'approve <step>',
    description: 'approve the text of a notice, which then goes out; --text says something else instead',
    options: ['text'],
    command: (words, options) => ({
      type: 'approve',
      step: word(words),
      ...(options.text === undefined ? {} : { text: options.text }),
    }),
  },
  reasoned('reject <step>', 'reject the draft of a notice', (step, reason) => ({
    type: 'reject',
    step,
    reason,
  })),
  {
    usage: 'choose <choice> <option>',
    description: 'take one option of a choice; anew, until a step of it has started',
    options: ['reason'],
    command: (words, options) => ({
      type: 'choose',
      choice: word(words),
      option: word(words, 1),
      ...optionalReason(options),
    }),
  },
  {
    usage: 'go [gate]',
    description: 'vote GO',
    options: ['reason'],
    command: (words, options, { state }) => ({
      type: 'vote',
      gate: gateOf(words, state, 'go'),
      vote: 'go',
      ...optionalReason(options),
    }),
  },
  {
    usage: 'no-go [gate]',
    description: 'say NO-GO: closes the round for good',
    options: ['reason'],
    command: (words, options, { state }) => ({
      type: 'vote',
      gate: gateOf(words, state, 'no-go'),
      vote: 'no-go',
      reason: reasonOf(options),
    }),
  },
  {
    usage: 'round <gate>',
    description: 'open a new round of a gate',
    options: ['reason', 'deadline'],
    command: (words, options, { state, now }) => ({
      type: 'round',
      gate: word(words),
      reason: reasonOf(options),
      ...(options.deadline === undefined
        ? {}
        : { deadline: instantFrom(options.deadline, state.plan.window.zone, now) }),
    }),
  },
  {
    usage: 'hold',
    description: 'nothing new starts; what runs goes on',
    options: ['reason'],
    command: (_, options) => ({ type: 'hold', ...optionalReason(options) }),
  },
  {
    usage: 'resume',
    description: 'end a hold',
    options: ['reason'],
    command: (_, options) => ({ type: 'resume', ...optionalReason(options) }),
  },
  {
    usage: 'rollback <name>',
    description: 'roll back; the name of the target is typed',
    options: ['reason', 'running', 'option'],
    command: (words, options) => ({
      type: 'rollback',
      name: word(words),
      reason: reasonOf(options),
      ...(options.running === undefined ? {} : { running: options.running }),
      ...(options.option === undefined ? {} : { option: options.option }),
    }),
  },
  {
    usage: 'postpone [time]',
    description: 'stop for now; with a time, plan it anew',
    options: ['reason'],
    command: (words, options, { state, now }) => ({
      type: 'postpone',
      reason: reasonOf(options),
      ...(words[0] === undefined ? {} : { to: instantFrom(words[0], state.plan.window.zone, now) }),
    }),
  },
  {
    usage: 'abandon [name]',
    description: 'end it for good; --left STATE=WHO:WHY for each open state',
    options: ['reason', 'left'],
    namesPeople: true,
    command: (words, options, { who }) => ({
      type: 'abandon',
      reason: reasonOf(options),
      ...(words[0] === undefined ? {} : { name: words[0] }),
      ...(options.left === undefined ? {} : { left: options.left.map((text) => leftState(text, who)) }),
    }),
  },
  {
    usage: 'assign <role> <who>',
    description: 'hand a role to somebody eligible',
    options: ['reason', 'backup'],
    namesPeople: true,
    command: (words, options, { who }) => ({
      type: 'assign',
      role: word(words),
      person: who(word(words, 1)),
      ...(options.backup === undefined ? {} : { backup: who(options.backup) }),
      ...optionalReason(options),
    }),
  },
  {
    usage: 'vouch <code> <who>',
    description: 'say whose terminal shows the code of a login, when Slack cannot; two holders must',
    options: ['reason'],
    namesPeople: true,
    command: (words, options, { who }) => ({
      type: 'vouch',
      code: codeIn(word(words)),
      person: who(word(words, 1)),
      reason: reasonOf(options),
    }),
  },
  simple('take-over <role>', 'the stand-in takes over', (role) => ({ type: 'take over', role })),
  {
    usage: 'note <text>',
    description: 'write into the timeline',
    options: ['step'],
    command: (words, { step }) => ({
      type: 'note',
      text: word(words),
      ...(step === undefined ? {} : { step }),
    }),
  },
  ...TEAM_VERBS,
]

function simple(usage: string, description: string, command: (first: string) => PersonCommand): Verb {
  return { usage, description, options: [], command: (words) => command(word(words)) }
}

function reasoned(
  usage: string,
  description: string,
  command: (first: string, reason: string) => PersonCommand,
): Verb {
  return {
    usage,
    description,
    options: ['reason'],
    command: (words, options) => command(word(words), reasonOf(options)),
  }
}
