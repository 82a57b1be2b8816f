import { closest, distance } from 'fastest-levenshtein'
import { SEVERITIES, type Severity } from '../domain/team/state.ts'
import { slackValue } from '../templates/slack-text.ts'
import { clip } from './blocks.ts'
import { typedText } from './typed-text.ts'

/** Words that only show something. */
export type ReadWord = 'status' | 'plan' | 'timeline' | 'runbooks' | 'help' | 'follow-ups' | 'contacts'

/** What `/cutover …` asks for. Free text is a reason or note; it never becomes an argument of a command. */
export type Asked =
  | { readonly verb: ReadWord }
  | { readonly verb: 'start'; readonly runbook?: string }
  | { readonly verb: 'logout' }
  | { readonly verb: 'go'; readonly reason?: string }
  | { readonly verb: 'note'; readonly text: string }
  | { readonly verb: 'issue'; readonly text: string; readonly severity?: Severity }
  | { readonly verb: 'change'; readonly text?: string; readonly reason?: string }
  | { readonly verb: 'follow-up' | 'report'; readonly text: string }
  | { readonly verb: 'take-on' | 'debrief' | 'forget' }
  | { readonly verb: 'contact'; readonly text: string }
  | { readonly verb: 'ack'; readonly role?: string }
  /** A hold is an emergency stop: it wants no words. The others open their form without them. */
  | { readonly verb: 'hold' | 'no-go' | 'abandon'; readonly reason?: string }
  | { readonly verb: 'resume'; readonly reason?: string }
  | {
      readonly verb: 'rollback'
      readonly name?: string
      readonly running?: 'wait' | 'cancel'
      readonly reason?: string
    }
  | { readonly verb: 'postpone'; readonly time?: string; readonly reason?: string }
  | { readonly verb: 'round'; readonly gate?: string; readonly reason?: string }
  | { readonly verb: 'assign'; readonly role: string; readonly person: string; readonly reason?: string }
  | { readonly verb: 'login'; readonly code: string }
  | { readonly verb: 'vouch'; readonly code: string; readonly person: string; readonly reason: string }
  | { readonly verb: 'unclear'; readonly message: string }

export type Verb = Exclude<Asked['verb'], 'unclear'>

interface Usage {
  readonly usage: string
  readonly does: string
}

/** The grammar as people read it; the order is that of `/cutover help`. */
export const USAGE: { readonly [V in Verb]: Usage } = {
  start: { usage: 'start [runbook]', does: 'open a cutover' },
  status: { usage: 'status', does: 'where we are, and what waits for you' },
  plan: { usage: 'plan', does: 'every step with its state' },
  go: { usage: 'go [reason]', does: 'vote GO on the open gate' },
  'no-go': { usage: 'no-go [reason]', does: 'say NO-GO: closes the round for good' },
  hold: { usage: 'hold [reason]', does: 'at once: nothing new starts; what runs goes on' },
  resume: { usage: 'resume [reason]', does: 'end a hold' },
  rollback: {
    usage: 'rollback [NAME [way back] [wait|cancel] reason]',
    does: 'roll back; NAME is the target\u2019s name, typed; the way back where there are several; wait or cancel says what happens to what still runs',
  },
  postpone: { usage: 'postpone [TIME] [reason]', does: 'stop for now; with a time, plan it anew' },
  abandon: { usage: 'abandon [reason]', does: 'end it for good' },
  round: { usage: 'round [gate] [reason]', does: 'open a new round of a gate' },
  assign: { usage: 'assign <role> @user [reason]', does: 'hand a role to somebody eligible' },
  note: { usage: 'note <text>', does: 'write into the timeline' },
  issue: {
    usage: 'issue [low|medium|high|critical] <text>',
    does: 'open an issue; high and critical ones call people',
  },
  change: {
    usage: 'change [text because reason]',
    does: 'allow a change although a freeze is on',
  },
  'take-on': { usage: 'take-on', does: 'say that you have what people are called for' },
  ack: { usage: 'ack [role]', does: 'say that you are available, or here' },
  'follow-ups': { usage: 'follow-ups', does: 'what is left to do' },
  'follow-up': { usage: 'follow-up <text>', does: 'add something that is left to do, yours' },
  debrief: { usage: 'debrief', does: 'say what went well and what should be better' },
  report: { usage: 'report <text>', does: 'file what a user reported' },
  contact: { usage: 'contact <phone> [e-mail]', does: 'say how you are reached' },
  forget: { usage: 'forget', does: 'delete contacts and output of a cutover that has ended' },
  contacts: { usage: 'contacts', does: 'whom to call, for those who hold a role' },
  timeline: { usage: 'timeline', does: 'the record so far' },
  runbooks: { usage: 'runbooks', does: 'what can be started' },
  login: { usage: 'login CODE', does: 'confirm a login of the command line' },
  vouch: {
    usage: 'vouch CODE @user reason',
    does: 'say whose terminal shows a code; two holders must',
  },
  logout: { usage: 'logout', does: 'end your logins of the command line' },
  help: { usage: 'help', does: 'this list' },
}

/** As long as Slack lets a reason be. */
export const TEXT_MAX = 3000
/** Farther from a known word than this is no misspelling. */
const NEAR = 3

/** Reads what stands behind `/cutover`. What cannot be read comes back as `unclear` with the way to write it. */
export function parseCommand(text: string): Asked {
  if (text.length > TEXT_MAX) {
    return unclear(
      `That is ${text.length.toLocaleString('en')} characters; at most ${TEXT_MAX.toLocaleString('en')} are read.`,
    )
  }
  if (text.includes('\u0000')) return unclear('That holds a NUL character, which cannot be recorded.')
  const [word, rest] = split(text.trim())
  const verb = word.toLowerCase()
  if (verb === '') return { verb: 'help' }
  return isVerb(verb) ? READERS[verb](rest) : unclear(unknownWord(word))
}

function isVerb(word: string): word is Verb {
  return Object.hasOwn(USAGE, word)
}

const optional = <K extends string>(name: K, text: string) =>
  (text === '' ? {} : { [name]: typedText(text) }) as { readonly [P in K]?: string }

const bare =
  (
    asked:
      | { readonly verb: ReadWord }
      | { readonly verb: 'logout' }
      | { readonly verb: 'take-on' | 'debrief' | 'forget' },
  ) =>
  (rest: string): Asked =>
    rest === '' ? asked : unclear(`\`${asked.verb}\` takes nothing behind it.`)

const wordy =
  (verb: 'note' | 'follow-up' | 'report' | 'contact') =>
  (rest: string): Asked =>
    rest === '' ? missing(verb) : { verb, text: typedText(rest) }

const perhaps =
  (verb: 'go' | 'no-go' | 'hold' | 'resume' | 'abandon') =>
  (rest: string): Asked => ({ verb, ...optional('reason', rest) })

const READERS: { readonly [V in Verb]: (rest: string) => Asked } = {
  help: bare({ verb: 'help' }),
  status: bare({ verb: 'status' }),
  plan: bare({ verb: 'plan' }),
  timeline: bare({ verb: 'timeline' }),
  runbooks: bare({ verb: 'runbooks' }),
  logout: bare({ verb: 'logout' }),
  go: perhaps('go'),
  'no-go': perhaps('no-go'),
  hold: perhaps('hold'),
  resume: perhaps('resume'),
  abandon: perhaps('abandon'),
  note: wordy('note'),
  issue(rest) {
    const [first, others] = split(rest)
    const severity = SEVERITIES.find((one) => one === first.toLowerCase())
    const text = severity === undefined ? rest : others
    if (text === '') return missing('issue')
    return { verb: 'issue', text: typedText(text), ...(severity === undefined ? {} : { severity }) }
  },
  change(rest) {
    const [, text = rest, reason = ''] = /^(.*?)\s+because\s+(.*)$/is.exec(rest) ?? []
    return { verb: 'change', ...optional('text', text), ...optional('reason', reason) }
  },
  'follow-up': wordy('follow-up'),
  report: wordy('report'),
  'take-on': bare({ verb: 'take-on' }),
  debrief: bare({ verb: 'debrief' }),
  forget: bare({ verb: 'forget' }),
  contact: wordy('contact'),
  'follow-ups': bare({ verb: 'follow-ups' }),
  contacts: bare({ verb: 'contacts' }),
  ack: (rest) => ({ verb: 'ack', ...optional('role', rest) }),
  start: (rest) => ({ verb: 'start', ...optional('runbook', rest) }),
  rollback(rest) {
    const [name, words] = split(rest)
    const [first, others] = split(words)
    const running = first === 'wait' || first === 'cancel' ? first : undefined
    const reason = running === undefined ? words : others
    if (name !== '' && reason === '') return missing('rollback')
    return {
      verb: 'rollback',
      ...optional('name', name),
      ...(running === undefined ? {} : { running }),
      ...optional('reason', reason),
    }
  },
  postpone(rest) {
    const [time, reason] = timeAndReason(rest)
    if (time !== '' && reason === '') return missing('postpone')
    return { verb: 'postpone', ...optional('time', time), ...optional('reason', reason) }
  },
  round(rest) {
    const [gate, reason] = split(rest)
    return { verb: 'round', ...optional('gate', gate), ...optional('reason', reason) }
  },
  assign(rest) {
    const match = /^([a-z][a-z0-9_-]*)\s+<@([UW][A-Z0-9]+)(?:\|[^>]*)?>\s*(.*)$/s.exec(rest)
    if (!match) return missing('assign')
    return {
      verb: 'assign',
      role: match[1] ?? '',
      person: match[2] ?? '',
      ...optional('reason', match[3] ?? ''),
    }
  },
  login(rest) {
    const code = codeIn(rest)
    return code === undefined ? missing('login') : { verb: 'login', code }
  },
  vouch(rest) {
    const match = /^(\S+)\s+<@([UW][A-Z0-9]+)(?:\|[^>]*)?>\s+(.+)$/s.exec(rest)
    const code = codeIn(match?.[1] ?? '')
    if (!match || code === undefined) return missing('vouch')
    return { verb: 'vouch', code, person: match[2] ?? '', reason: typedText(match[3] ?? '') }
  },
}

/** A leading `+30m`, `02:30` or `2026-11-21 02:30`, then the reason. */
function timeAndReason(rest: string): readonly [string, string] {
  const match = /^(\+\d+[smhd]|\d{4}-\d{2}-\d{2}[ T]\d{1,2}:\d{2}\S*|\d{1,2}:\d{2})(?:\s+(.*))?$/s.exec(rest)
  return match ? [match[1] ?? '', match[2] ?? ''] : ['', rest]
}

/** `abcdefgh` and `ABCD-EFGH` are the same code; undefined: it is none. */
function codeIn(text: string): string | undefined {
  const match = /^([A-Z0-9]{4})-?([A-Z0-9]{4})$/.exec(text.toUpperCase())
  return match ? `${match[1]}-${match[2]}` : undefined
}

function split(text: string): readonly [string, string] {
  const match = /^(\S*)\s*(.*)$/s.exec(text)
  return [match?.[1] ?? '', match?.[2] ?? '']
}

function missing(verb: Verb): Asked {
  return unclear(`Write \`/cutover ${USAGE[verb].usage}\`: ${USAGE[verb].does}.`)
}

function unknownWord(word: string): string {
  const near = closest(word.toLowerCase(), Object.keys(USAGE))
  const shown = slackValue(clip(typedText(word), 40))
  const guess = distance(word.toLowerCase(), near) <= NEAR ? ` Did you mean \`${near}\`?` : ''
  return `“${shown}” is no word of mine.${guess} \`/cutover help\` lists them.`
}

function unclear(message: string): Asked {
  return { verb: 'unclear', message }
}
