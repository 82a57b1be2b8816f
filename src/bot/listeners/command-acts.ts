import { parseTime, TIME_FORMS } from '../../app/parse-time.ts'
import type { CutoverLog, Loaded } from '../../app/ports.ts'
import type { PersonCommand } from '../../domain/commands.ts'
import type { CutoverState } from '../../domain/state.ts'
import { USAGE, type Asked } from '../grammar.ts'
import { ACTIONS, type ActionId, type ButtonValue } from '../ids.ts'
import { cutoverValue, gateValue } from '../views/buttons.ts'
import { value } from '../views/words.ts'
import type { Request } from './attend.ts'
import type { Typed } from './command.ts'
import { press } from './buttons.ts'
import { act, type Desk } from './desk.ts'
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
  | 'vouch'
  | 'note'
  | 'issue'
  | 'change'
  | 'take-on'
  | 'ack'
  | 'follow-up'
  | 'debrief'
  | 'forget'
  | 'report'

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
  const pressed = wordless(asked, loaded.state)
  if (pressed !== null) return openFormOf(desk, log, request, { ...pressed, loaded, place })
  const made = commandOf(asked, loaded)
  if (typeof made === 'string') return say(made)
  // A trigger comes once, so a command that Slack brings twice counts once.
  const outcome = await act(desk, log, request, { cutover, command: made, key: `command/${place.trigger}` })
  if (outcome.ok) return say(saidByCommand(outcome))
  const { code } = outcome.refusal
  // What is in force or open has to be named one by one: there is no room for that in a command.
  const wantsForm = asked.verb === 'abandon' && (code === 'name wrong' || code === 'states open')
  if (wantsForm) {
    const button = cutoverValue(loaded.state)
    return openFormOf(desk, log, request, { action: ACTIONS.abandon, button, loaded, place })
  }
  return say(`${refusalText(outcome.refusal)}${howToSay(loaded.state, code)}`)
}

/** How a rollback says what its refusal asked for, where there is no form. */
function howToSay({ plan }: CutoverState, code: string): string {
  const name = value(plan.rollback.name, 80)
  if (code === 'option missing') return ` Write \`/cutover rollback ${name} <way back> <reason>\`.`
  if (code !== 'running attempts') return ''
  return ` Write \`/cutover rollback ${name} wait <reason>\` or \`/cutover rollback ${name} cancel <reason>\`.`
}

interface Pressed {
  readonly action: ActionId
  readonly button: ButtonValue
}

/** The button whose form asks for the words that were not typed; null when nothing is missing. */
function wordless(asked: Acting, state: CutoverState): Pressed | null {
  switch (asked.verb) {
    case 'abandon':
    case 'postpone':
      return asked.reason === undefined ? { action: ACTIONS[asked.verb], button: cutoverValue(state) } : null
    case 'no-go': {
      const gate = onlyOne(gatesFor(state, 'no-go'))
      return asked.reason !== undefined || gate === undefined
        ? null
        : { action: ACTIONS.noGo, button: gateValue(state, gate) }
    }
    case 'round': {
      const { gate = onlyOne(closedGates(state)), reason } = asked
      const isGate = gate !== undefined && state.gates[gate] !== undefined
      return isGate && reason === undefined ? { action: ACTIONS.round, button: gateValue(state, gate) } : null
    }
    case 'change': {
      const { text, reason } = asked
      if (text !== undefined && reason !== undefined) return null
      return { action: ACTIONS.allowChange, button: cutoverValue(state, startOf(text)) }
    }
    case 'debrief':
      return { action: ACTIONS.debrief, button: cutoverValue(state) }
    default:
      return null
  }
}

/** What a form can begin with; a button holds no more. */
const FORM_START_MAX = 600
const startOf = (text: string | undefined): string | undefined =>
  text === undefined || text.length > FORM_START_MAX ? undefined : text

/** Judged like a click: nobody fills in a form that cannot be accepted. */
const openFormOf = (
  desk: Desk,
  log: CutoverLog,
  request: Request,
  { action, button, loaded, place }: Pressed & { readonly loaded: Loaded; readonly place: Typed },
): Promise<Reply> => press(desk, log, request, { action, button, trigger: place.trigger }, loaded)

const onlyOne = (gates: readonly string[]): string | undefined => (gates.length === 1 ? gates[0] : undefined)

/** The word of the domain, or the sentence that says what is missing. */
function commandOf(asked: Acting, loaded: Loaded): PersonCommand | string {
  const { state } = loaded
  switch (asked.verb) {
    case 'hold':
      return { type: 'hold', ...reasonIn(asked.reason) }
    case 'abandon':
      return { type: 'abandon', reason: asked.reason ?? '' }
    case 'note':
      return { type: 'note', text: asked.text }
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
        ...reasonIn(asked.reason),
      }))
    case 'assign': {
      const { role, person, reason } = asked
      return { type: 'assign', role, person, ...reasonIn(reason) }
    }
    case 'vouch': {
      const { code, person, reason } = asked
      return { type: 'vouch', code, person, reason }
    }
    case 'round':
      return round(state, asked)
    case 'rollback':
      return rollback(state, asked)
    case 'postpone':
      return postpone(loaded, asked)
    default:
      return teamCommandOf(asked)
  }
}

type TeamVerb = 'issue' | 'change' | 'take-on' | 'ack' | 'follow-up' | 'debrief' | 'forget' | 'report'

function teamCommandOf(asked: Extract<Acting, { verb: TeamVerb }>): PersonCommand {
  switch (asked.verb) {
    case 'issue': {
      const { text, severity } = asked
      return { type: 'issue', text, ...(severity === undefined ? {} : { severity }) }
    }
    case 'change':
      return { type: 'allow change', text: asked.text ?? '', reason: asked.reason ?? '' }
    case 'take-on':
      return { type: 'take on' }
    case 'ack':
      return { type: 'ack', ...(asked.role === undefined ? {} : { role: asked.role }) }
    case 'follow-up':
      return { type: 'add follow-up', title: asked.text }
    // Without its form there is nothing that it could say.
    case 'debrief':
      return { type: 'debrief', actions: [] }
    case 'forget':
      return { type: 'forget' }
    case 'report':
      return { type: 'user report', text: asked.text }
  }
}

const reasonIn = (reason: string | undefined) => (reason === undefined ? {} : { reason })

/** The gates that a vote may be about: open ones; after a deadline also those whose question is still there. */
function gatesFor(state: CutoverState, verb: 'go' | 'no-go'): readonly string[] {
  const gates = Object.entries(state.gates)
  const open = gates.filter(([, gate]) => gate.open).map(([id]) => id)
  const late = gates.filter(([, gate]) => gate.closedBecause === 'deadline' && !gate.open).map(([id]) => id)
  return open.length > 0 || verb === 'go' ? open : late
}

function withGate(
  state: CutoverState,
  verb: 'go' | 'no-go',
  make: (gate: string) => PersonCommand,
): PersonCommand | string {
  const candidates = gatesFor(state, verb)
  const [only, ...others] = candidates
  if (only === undefined) return 'No decision is open. To stop everything now, write `/cutover hold`.'
  if (others.length > 0)
    return `Several decisions are open (${candidates.join(', ')}). Vote on the card of the one you mean.`
  return make(only)
}

function round(state: CutoverState, asked: Extract<Asked, { verb: 'round' }>): PersonCommand | string {
  const { gate: first, reason: rest } = asked
  const isGate = first !== undefined && state.gates[first] !== undefined
  const reason = [first, rest].filter((part) => part !== undefined).join(' ')
  // Without a reason the form of the gate was opened.
  if (isGate) return { type: 'round', gate: first, reason: rest ?? '' }
  const only = onlyOne(closedGates(state))
  if (only !== undefined) return { type: 'round', gate: only, reason }
  const names = Object.keys(state.gates).map((id) => `\`${id}\``)
  return `Say which decision gets a new round: ${names.join(', ')}. \`/cutover ${USAGE.round.usage}\`.`
}

/** Rounds that ended without a GO. */
const closedGates = (state: CutoverState): readonly string[] =>
  Object.entries(state.gates)
    .filter(([, one]) => !one.open && one.round > 0 && one.decision?.decision !== 'go')
    .map(([gate]) => gate)

/** A name may have spaces, and ways back have names: the grammar knows neither. */
function rollback(state: CutoverState, asked: Extract<Asked, { verb: 'rollback' }>): PersonCommand | string {
  const { name = '', running, reason = '' } = asked
  const { name: expected, options } = state.plan.rollback
  const behind = [running, reason].filter((part) => part !== undefined && part !== '').join(' ')
  const whole = `${name} ${behind}`
  const isSpaced = expected.includes(' ') && whole.startsWith(`${expected} `)
  const said = saidFirst(
    isSpaced ? whole.slice(expected.length).trim() : behind,
    options.map(({ id }) => id),
  )
  return { type: 'rollback', name: isSpaced ? expected : name, ...said }
}

/** `wait` or `cancel` and the way back, in any order, before the reason. */
function saidFirst(text: string, options: readonly string[]) {
  let rest = text
  let running: 'wait' | 'cancel' | undefined
  let option: string | undefined
  for (;;) {
    const [, first = '', others = ''] = /^(\S*)\s*(.*)$/s.exec(rest) ?? []
    if (running === undefined && (first === 'wait' || first === 'cancel')) running = first
    else if (option === undefined && options.includes(first)) option = first
    else break
    rest = others
  }
  return {
    reason: rest,
    ...(running === undefined ? {} : { running }),
    ...(option === undefined ? {} : { option }),
  }
}

function postpone(
  { state, now }: Loaded,
  asked: Extract<Asked, { verb: 'postpone' }>,
): PersonCommand | string {
  const { time, reason = '' } = asked
  if (time === undefined) return { type: 'postpone', reason }
  const to = parseTime(time, state.plan.window.zone, now)
  return to === null
    ? `“${value(time, 40)}” is no time. Write ${TIME_FORMS}.`
    : { type: 'postpone', reason, to }
}
