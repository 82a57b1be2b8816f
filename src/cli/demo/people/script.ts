import { ACTIONS } from '../../../bot/ids.ts'
import type { ShownButton, ShownMessage } from './control.ts'
import { OPERATORS, TEAM, type Operator } from './team.ts'

export type Story = 'happy' | 'no-go' | 'rollback'

/** A button that somebody is going to press. */
export interface Act {
  readonly who: Operator
  readonly message: ShownMessage
  readonly button: ShownButton
  /** For the form behind it. */
  readonly reason: string
}

/**
 * What one of the three does next, from nothing but what the channel shows: the newest message that asks for
 * somebody. Undefined while it asks for nobody.
 */
export function nextAct(
  messages: readonly ShownMessage[],
  { story, nameOf }: { readonly story: Story; readonly nameOf: ReadonlyMap<string, string> },
): Act | undefined {
  for (const message of messages.toReversed()) {
    const asked = askedIn(message, nameOf)
    if (asked.length === 0) continue
    const act = isGate(message) ? atGate(message, story, { asked, nameOf }) : atStep(message, story, asked)
    if (act !== undefined) return { ...act, message }
  }
  return undefined
}

/** The operators that a message begins by mentioning; board and cards mention nobody at their beginning. */
function askedIn({ raw, buttons }: ShownMessage, nameOf: ReadonlyMap<string, string>): readonly Operator[] {
  const mentions = buttons.length === 0 ? '' : (/^(?:<@\w+>\s*)+/.exec(raw)?.[0] ?? '')
  const names = [...mentions.matchAll(/<@(\w+)>/g)].map(([, id = '']) => nameOf.get(id))
  return OPERATORS.filter((operator) => names.includes(operator))
}

type Choice = Omit<Act, 'message'> | undefined

function isGate(message: ShownMessage): boolean {
  return has(message, ACTIONS.go) !== undefined || has(message, ACTIONS.noGo) !== undefined
}

function atGate(
  message: ShownMessage,
  story: Story,
  { asked, nameOf }: { readonly asked: readonly Operator[]; readonly nameOf: ReadonlyMap<string, string> },
): Choice {
  const confirm = has(message, ACTIONS.confirm)
  if (confirm !== undefined) return { who: confirmerOf(confirm, nameOf), button: confirm, reason: '' }
  if (/NOT MET/.test(message.text)) return undefined
  const noGo = has(message, ACTIONS.noGo)
  if (story === 'no-go' && noGo !== undefined)
    return {
      who: TEAM.observer,
      button: noGo,
      reason: 'A storm warning is out for Tbilisi tonight; the power is not safe.',
    }
  const go = has(message, ACTIONS.go)
  const next = asked.find((one) => !hasVoted(one, message, nameOf))
  return go === undefined || next === undefined ? undefined : { who: next, button: go, reason: '' }
}

/** `(@ana confirms)` stands behind what is to be confirmed. */
function confirmerOf({ about }: ShownButton, nameOf: ReadonlyMap<string, string>): Operator {
  const name = nameOf.get(/\(<@(\w+)> confirms\)/.exec(about)?.[1] ?? '')
  return OPERATORS.find((operator) => operator === name) ?? TEAM.lead
}

function hasVoted(operator: Operator, { raw }: ShownMessage, nameOf: ReadonlyMap<string, string>): boolean {
  const [id = ''] = [...nameOf].find(([, name]) => name === operator) ?? []
  return raw.includes(`<@${id}> as `)
}

const STOPPED = /— (FAILED|RED|UNKNOWN|CANCELLED|WAS NOT STARTED)/

function atStep(message: ShownMessage, story: Story, [first]: readonly Operator[]): Choice {
  const who = first ?? TEAM.lead
  if (STOPPED.test(message.text)) return whenStopped(message, story)
  // The one step of the runbook that has nothing to be done about in a demo.
  const notApplicable = message.text.includes('Redis') ? has(message, ACTIONS.tickNa) : undefined
  if (notApplicable !== undefined)
    return {
      who,
      button: notApplicable,
      reason: 'This demo has neither Redis nor configuration repositories.',
    }
  const button =
    has(message, ACTIONS.items) ??
    has(message, ACTIONS.tick) ??
    has(message, ACTIONS.run) ??
    has(message, ACTIONS.resume)
  return button && { who, button, reason: 'We go on.' }
}

/** The lead turns back where the story wants it, and otherwise tries once more. */
function whenStopped(message: ShownMessage, story: Story): Choice {
  const back = has(message, ACTIONS.rollback)
  if (story === 'rollback' && back !== undefined)
    return {
      who: TEAM.lead,
      button: back,
      reason: 'The sides differ and nobody can explain it; the runbook says to turn back.',
    }
  const again = has(message, ACTIONS.retry) ?? has(message, ACTIONS.look)
  return again && { who: TEAM.lead, button: again, reason: 'We looked; it is safe to try again.' }
}

function has({ buttons }: ShownMessage, action: string): ShownButton | undefined {
  return buttons.find((button) => button.action === action)
}
