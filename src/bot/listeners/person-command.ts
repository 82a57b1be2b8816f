import type { PersonCommand } from '../../domain/commands.ts'
import type { Instant } from '../../domain/plan.ts'
import { ACTIONS, type ActionId, type ButtonValue } from '../ids.ts'
import { TEAM_COMMANDS } from './team-command.ts'

/** What a person wrote for an action. Absent: nothing was asked or written. */
export interface Words {
  readonly reason?: string
  readonly note?: string
  readonly time?: Instant
  readonly name?: string
  readonly role?: string
  readonly person?: string
  readonly backup?: string
  readonly running?: 'wait' | 'cancel'
  readonly trigger?: string
  readonly severity?: string
  readonly kind?: string
  readonly owner?: string
  readonly ticket?: string
  readonly count?: string
  readonly wentWell?: string
  readonly improve?: string
  /** A line each. */
  readonly actions?: string
  /** Which of several ways back. */
  readonly option?: string
  /** Chosen in the form of a button that stands for several. */
  readonly part?: string
  readonly fields?: { readonly [name: string]: string }
  readonly left?: readonly { readonly state: string; readonly owner: string; readonly reason: string }[]
}

type Maker = (button: ButtonValue, words: Words) => PersonCommand

const reasonOf = (words: Words): string => words.reason ?? ''

/** The keys of `words` that are there, and nothing else. */
function given<Key extends keyof Words>(words: Words, ...keys: readonly Key[]) {
  return Object.fromEntries(keys.flatMap((key) => (words[key] === undefined ? [] : [[key, words[key]]]))) as {
    readonly [K in Key]?: NonNullable<Words[K]>
  }
}

const item = ({ part }: ButtonValue) => (part === undefined ? {} : { item: part })

const tick =
  (result: 'done' | 'failed' | 'na'): Maker =>
  (button, words) => {
    const note = words.note ?? words.reason
    return {
      type: 'tick',
      step: button.subject,
      result,
      fields: words.fields ?? {},
      ...item(button),
      ...(note === undefined ? {} : { note }),
    }
  }

const mark =
  (outcome: 'succeeded' | 'failed'): Maker =>
  ({ subject }, words) => ({ type: 'mark', step: subject, outcome, reason: reasonOf(words) })

const onStep =
  (type: 'retry' | 'skip' | 'override' | 'cancel' | 'reject'): Maker =>
  ({ subject }, words) => ({ type, step: subject, reason: reasonOf(words) })

/** The button names the session that it was drawn for. */
const unblock =
  (how: 'cancel' | 'end'): Maker =>
  ({ subject, part = '' }) => ({ type: 'unblock', step: subject, pid: Number(part), how })

const run: Maker = ({ subject }) => ({ type: 'run', step: subject })

/** Actions that carry something out, and the word of the domain for each. */
const COMMANDS: { readonly [Action in ActionId]?: Maker } = {
  [ACTIONS.run]: run,
  [ACTIONS.look]: run,
  [ACTIONS.tick]: tick('done'),
  [ACTIONS.tickFailed]: tick('failed'),
  [ACTIONS.tickNa]: tick('na'),
  [ACTIONS.untick]: (button, words) => ({
    type: 'untick',
    step: button.subject,
    reason: reasonOf(words),
    ...item(button),
  }),
  [ACTIONS.retry]: onStep('retry'),
  [ACTIONS.skip]: onStep('skip'),
  [ACTIONS.override]: onStep('override'),
  [ACTIONS.cancel]: onStep('cancel'),
  [ACTIONS.unblock]: unblock('cancel'),
  [ACTIONS.endBlocker]: unblock('end'),
  [ACTIONS.markSucceeded]: mark('succeeded'),
  [ACTIONS.markFailed]: mark('failed'),
  [ACTIONS.approve]: ({ subject }) => ({ type: 'approve', step: subject }),
  [ACTIONS.edit]: ({ subject }, words) => ({
    type: 'approve',
    step: subject,
    ...(words.note === undefined ? {} : { text: words.note }),
  }),
  [ACTIONS.reject]: onStep('reject'),
  [ACTIONS.move]: ({ subject }, words) => ({
    type: 'move',
    step: subject,
    to: words.time ?? 0,
    reason: reasonOf(words),
  }),
  [ACTIONS.choose]: ({ subject, part = '' }) => ({ type: 'choose', choice: subject, option: part }),
  [ACTIONS.go]: ({ subject }, words) => ({
    type: 'vote',
    gate: subject,
    vote: 'go',
    ...given(words, 'reason'),
  }),
  [ACTIONS.noGo]: ({ subject }, words) => ({
    type: 'vote',
    gate: subject,
    vote: 'no-go',
    ...given(words, 'reason'),
  }),
  [ACTIONS.confirm]: ({ subject, part = '' }) => ({ type: 'confirm', gate: subject, criterion: part }),
  [ACTIONS.unconfirm]: ({ subject, part = '' }, words) => ({
    type: 'unconfirm',
    gate: subject,
    criterion: words.part ?? part,
    reason: reasonOf(words),
  }),
  [ACTIONS.overrideCriterion]: ({ subject, part = '' }, words) => ({
    type: 'override',
    gate: subject,
    step: words.part ?? part,
    reason: reasonOf(words),
  }),
  [ACTIONS.round]: ({ subject }, words) => ({
    type: 'round',
    gate: subject,
    reason: reasonOf(words),
    ...(words.time === undefined ? {} : { deadline: words.time }),
  }),
  [ACTIONS.hold]: (_, words) => ({ type: 'hold', ...given(words, 'reason') }),
  [ACTIONS.why]: (_, words) => ({ type: 'note', text: reasonOf(words) }),
  [ACTIONS.resume]: (_, words) => ({ type: 'resume', ...given(words, 'reason') }),
  [ACTIONS.rollback]: (_, words) => ({
    type: 'rollback',
    name: words.name ?? '',
    reason: reasonOf(words),
    ...given(words, 'running', 'trigger', 'option'),
  }),
  [ACTIONS.postpone]: (_, words) => ({
    type: 'postpone',
    reason: reasonOf(words),
    ...(words.time === undefined ? {} : { to: words.time }),
  }),
  [ACTIONS.abandon]: (_, words) => ({
    type: 'abandon',
    reason: reasonOf(words),
    ...given(words, 'name', 'left'),
  }),
  ...TEAM_COMMANDS,
  [ACTIONS.takeOver]: ({ part = '' }) => ({ type: 'take over', role: part }),
  [ACTIONS.assign]: ({ part = '' }, words) => ({
    type: 'assign',
    role: words.role ?? part,
    person: words.person ?? '',
    ...given(words, 'backup', 'reason'),
  }),
}

/** Null for buttons that only show something. */
export const commandOf = (action: ActionId, button: ButtonValue, words: Words = {}): PersonCommand | null =>
  COMMANDS[action]?.(button, words) ?? null
