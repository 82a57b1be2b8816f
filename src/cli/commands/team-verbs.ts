import type { PersonCommand } from '../../domain/commands.ts'
import type { TeamCommand } from '../../domain/team/commands.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { instantFrom } from '../instant-from.ts'
import type { Verb, VerbOptions, VerbPlace } from './verb-table.ts'

const word = (words: readonly string[], index = 0): string => words[index] ?? ''

const reasonOf = ({ reason = '' }: VerbOptions): string => {
  if (reason.trim() !== '') return reason
  throw new CommandEnd('Say why: add --reason "…". Nothing was changed.', EXIT.usage)
}

/** `@name` is a person; anything else is taken as it is: a role, or words. */
const ownerIn = ({ owner }: VerbOptions, { who }: VerbPlace) =>
  owner === undefined ? {} : { owner: owner.startsWith('@') ? who(owner) : owner }

const issueWords = ({ severity, kind }: VerbOptions) => ({
  ...(severity === undefined ? {} : { severity }),
  ...(kind === undefined ? {} : { kind }),
})

const second = (words: readonly string[]) => (words[1] === undefined ? {} : { text: words[1] })

/** What people say of issues, troubles, themselves, and what is left to do. */
export const TEAM_VERBS: readonly Verb[] = [
  {
    usage: 'issue <text>',
    description: 'open an issue; high and critical ones call people',
    options: ['severity', 'kind', 'owner', 'step'],
    namesPeople: true,
    command: (words, options, place) => ({
      type: 'issue',
      text: word(words),
      ...issueWords(options),
      ...ownerIn(options, place),
      ...(options.step === undefined ? {} : { step: options.step }),
    }),
  },
  {
    usage: 'issue-change <number> [text]',
    description: 'say otherwise how bad an issue is, what it is about, whose it is',
    options: ['severity', 'kind', 'owner'],
    namesPeople: true,
    command: (words, options, place) => ({
      type: 'change issue',
      issue: word(words),
      ...issueWords(options),
      ...ownerIn(options, place),
      ...second(words),
    }),
  },
  {
    usage: 'issue-close <number> [text]',
    description: 'close an issue; `cutover status` lists those that are open',
    options: [],
    command: (words) => ({ type: 'close issue', issue: word(words), ...second(words) }),
  },
  {
    usage: 'take-on [subject]',
    description: 'you have what people are called for, or one of it: step/ID, issue/N, checkpoint/PHASE',
    options: [],
    command: (words) => ({ type: 'take on', ...(words[0] === undefined ? {} : { subject: words[0] }) }),
  },
  {
    usage: 'ack [role]',
    description: 'you are available on the day, or here: for every role of yours that is asked, or one',
    options: ['says', 'not'],
    command: (words, { says, not }) => ({
      type: 'ack',
      ...(words[0] === undefined ? {} : { role: words[0] }),
      ...(says === undefined ? {} : { says }),
      ...(not === true ? { answer: 'no' as const } : {}),
    }),
  },
  {
    usage: 'accept <phase>',
    description: 'go on although the checkpoint of a phase failed',
    options: ['reason'],
    command: (words, options) => ({
      type: 'accept checkpoint',
      phase: word(words),
      reason: reasonOf(options),
    }),
  },
  {
    usage: 'change <text>',
    description: 'allow a change although a freeze is on; it stands at the next decision, with your name',
    options: ['reason'],
    command: (words, options) => ({ type: 'allow change', text: word(words), reason: reasonOf(options) }),
  },
  {
    usage: 'followup-add <title>',
    description: 'add something that is left to do',
    options: ['owner', 'due'],
    namesPeople: true,
    command: (words, options, place) => followUp(word(words), options, place),
  },
  {
    usage: 'followup-close <id> [text]',
    description: 'it is done; `cutover status` lists those that are open',
    options: [],
    command: (words) => ({ type: 'close follow-up', followUp: word(words), ...second(words) }),
  },
  {
    usage: 'followup-waive <id>',
    description: 'it is not done, and that is fine',
    options: ['reason'],
    command: (words, options) => ({
      type: 'waive follow-up',
      followUp: word(words),
      reason: reasonOf(options),
    }),
  },
  {
    usage: 'debrief',
    description: 'what went well, what should be better, what is to be done',
    options: ['well', 'improve', 'action'],
    command: (_, { well, improve, action = [] }): PersonCommand => ({
      type: 'debrief',
      actions: action,
      ...(well === undefined ? {} : { wentWell: well }),
      ...(improve === undefined ? {} : { improve }),
    }),
  },
  {
    usage: 'forget <id>',
    description: 'delete contacts and output of a cutover that has ended; what happened stays',
    options: [],
    namesCutover: true,
    command: () => ({ type: 'forget' }),
  },
  {
    usage: 'user-report <text>',
    description: 'file what a user of the system reported',
    options: ['ticket', 'count'],
    command: (words, { ticket, count }) => ({
      type: 'user report',
      text: word(words),
      ...(ticket === undefined ? {} : { ticket }),
      ...(count === undefined ? {} : { count }),
    }),
  },
]

function followUp(title: string, options: VerbOptions, place: VerbPlace): TeamCommand {
  const { state, now } = place
  return {
    type: 'add follow-up',
    title,
    ...ownerIn(options, place),
    ...(options.due === undefined ? {} : { due: instantFrom(options.due, state.plan.window.zone, now) }),
  }
}
