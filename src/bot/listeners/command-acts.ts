import { parseTime, TIME_FORMS } from '../../app/parse-time.ts'
import type { CutoverLog, Loaded } from '../../app/ports.ts'
import type { PersonCommand } from '../../domain/commands.ts'
import type { CutoverState } from '../../domain/state.ts'
import { button as buttonBlock } from '../blocks.ts'
import { USAGE, type Asked } from '../grammar.ts'
import { ACTIONS } from '../ids.ts'
import { actForm } from '../views/act-form.ts'
import { cutoverValue } from '../views/buttons.ts'
import { value } from '../views/words.ts'
import type { Request } from './attend.ts'
import type { Typed } from './command.ts'
import { act, type Desk } from './desk.ts'
import { openForm } from './open-form.ts'
import { say, type Reply } from './reply.ts'
import { openRollback } from './rollback.ts'
import { cutoverToActOn } from './where.ts'
import { refusalText, saidByCommand } from './wording.ts'

export type ActVerb =
  | 'go'
  | 'no-go'
  | 'hold'
  | 'resume'
  | 'rollback'
  | 'postpone'
  | 'abandon'
  | 'round'
  | 'assign'
  | 'note'
  | 'issue'

type Acting = Extract<Asked, { verb: ActVerb }>

/** A word of `/cutover` that changes something: in the cutover's own channel only. */
export async function actByCommand(
  desk: Desk,
  log: CutoverLog,
  request: Request,
  { asked, place }: { readonly asked: Acting; readonly place: Typed },
): Promise<Reply> {
  const found = await cutoverToActOn({ log, channels: desk.channels, channel: place.channel })
  if (!found.ok) return say(found.text)
  const { cutover } = found
  if (asked.verb === 'rollback' && asked.name === undefined) {
    return openRollback(desk, log, request, { trigger: place.trigger, cutover })
  }
  const loaded = await log.load(cutover)
  if (!loaded) return say('That cutover is not in this log any more.')
  const made = commandOf(asked, loaded)
  if (typeof made === 'string') return say(made)
  // A trigger comes once, so a command that Slack brings twice counts once.
  const outcome = await act(desk, log, request, { cutover, command: made, key: `command/${place.trigger}` })
  if (outcome.ok) return say(saidByCommand(outcome))
  const { code } = outcome.refusal
  // What is in force or open has to be named one by one: there is no room for that in a command.
  const wantsForm = asked.verb === 'abandon' && (code === 'name wrong' || code === 'states open')
  if (wantsForm) return openAbandon(desk, loaded.state, place)
  return say(`${refusalText(outcome.refusal)}${code === 'running attempts' ? howToSay(loaded.state) : ''}`)
}

function howToSay({ plan }: CutoverState): string {
  const name = value(plan.rollback.name, 80)
  return ` Write \`/cutover rollback ${name} wait <reason>\` or \`/cutover rollback ${name} cancel <reason>\`.`
}

function openAbandon(desk: Desk, state: CutoverState, { trigger }: Typed): Promise<Reply> | Reply {
  const given = { action: ACTIONS.abandon, value: cutoverValue(state) }
  const view = actForm(state, { action: given.action, button: given.value })
  if (view === null) return say('Use the CLI: `cutover abandon`. Nothing was recorded.')
  return openForm(desk.client, { trigger, view, again: buttonBlock({ ...given, label: 'Open the form' }) })
}

/** The word of the domain, or the sentence that says what is missing. */
function commandOf(asked: Acting, loaded: Loaded): PersonCommand | string {
  const { state } = loaded
  switch (asked.verb) {
    case 'hold':
      return { type: 'hold', reason: asked.text }
    case 'abandon':
      return { type: 'abandon', reason: asked.text }
    case 'note':
    case 'issue':
      return { type: asked.verb, text: asked.text }
    case 'resume':
      return { type: 'resume', ...reasonIn(asked.reason) }
    case 'go':
      return withGate(state, asked.verb, (gate) => ({
        type: 'vote',
        gate,
        vote: 'go',
        ...reasonIn(asked.reason),
      }))
    case 'no-go':
      return withGate(state, asked.verb, (gate) => ({
        type: 'vote',
        gate,
        vote: 'no-go',
        reason: asked.text,
      }))
    case 'assign': {
      const { role, person, reason } = asked
      return { type: 'assign', role, person, ...reasonIn(reason) }
    }
    case 'round':
      return round(state, asked)
    case 'rollback':
      return rollback(state, asked)
    case 'postpone':
      return postpone(loaded, asked)
  }
}

const reasonIn = (reason: string | undefined) => (reason === undefined ? {} : { reason })

/** The gate that a vote is about: the open one; after a deadline also the one whose question is still there. */
function withGate(
  state: CutoverState,
  verb: 'go' | 'no-go',
  make: (gate: string) => PersonCommand,
): PersonCommand | string {
  const gates = Object.entries(state.gates)
  const open = gates.filter(([, gate]) => gate.open).map(([id]) => id)
  const late = gates.filter(([, gate]) => gate.closedBecause === 'deadline' && !gate.open).map(([id]) => id)
  const candidates = open.length > 0 || verb === 'go' ? open : late
  const [only, ...others] = candidates
  if (only === undefined)
    return 'No decision is open. To stop everything now, write `/cutover hold <reason>`.'
  if (others.length > 0)
    return `Several decisions are open (${candidates.join(', ')}). Vote on the card of the one you mean.`
  return make(only)
}

function round(state: CutoverState, asked: Extract<Asked, { verb: 'round' }>): PersonCommand | string {
  const { gate: first, reason: rest } = asked
  const isGate = first !== undefined && state.gates[first] !== undefined
  const reason = isGate ? rest : [first, rest].filter((part) => part !== undefined).join(' ')
  if (reason === undefined || reason === '') return `Say why: \`/cutover ${USAGE.round.usage}\`.`
  if (isGate) return { type: 'round', gate: first, reason }
  const closed = Object.entries(state.gates).filter(
    ([, one]) => !one.open && one.round > 0 && one.decision?.decision !== 'go',
  )
  const [only, ...others] = closed
  if (only !== undefined && others.length === 0) return { type: 'round', gate: only[0], reason }
  const names = Object.keys(state.gates).map((id) => `\`${id}\``)
  return `Say which decision gets a new round: ${names.join(', ')}. \`/cutover ${USAGE.round.usage}\`.`
}

/** A name may have spaces, which the grammar cannot know. */
function rollback(state: CutoverState, asked: Extract<Asked, { verb: 'rollback' }>): PersonCommand | string {
  const { name = '', running, reason = '' } = asked
  const expected = state.plan.rollback.name
  const whole = [name, running, reason].filter((part) => part !== undefined).join(' ')
  const isSpaced = expected.includes(' ') && whole.startsWith(`${expected} `)
  if (!isSpaced) return { type: 'rollback', name, reason, ...(running === undefined ? {} : { running }) }
  const words = /^(?:(wait|cancel)\s+)?(.*)$/s.exec(whole.slice(expected.length).trim())
  const said = words?.[1]
  return {
    type: 'rollback',
    name: expected,
    reason: words?.[2] ?? '',
    ...(said === 'wait' || said === 'cancel' ? { running: said } : {}),
  }
}

function postpone(
  { state, now }: Loaded,
  asked: Extract<Asked, { verb: 'postpone' }>,
): PersonCommand | string {
  const { time, reason } = asked
  if (time === undefined) return { type: 'postpone', reason }
  const to = parseTime(time, state.plan.window.zone, now)
  return to === null
    ? `“${value(time, 40)}” is no time. Write ${TIME_FORMS}.`
    : { type: 'postpone', reason, to }
}
