import type { PersonCommand } from '../../domain/commands.ts'
import type { PersonId } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import type { VerbOptions } from './verb-table.ts'

/** STEP, STEP/ITEM, or GATE/ID. Throws {@link CommandEnd}, as all here does. */
export function tick(text: string, options: VerbOptions, state: CutoverState): PersonCommand {
  const [step = '', part] = text.split('/')
  if (part !== undefined && state.plan.steps[step]?.kind === 'decide') {
    return { type: 'confirm', gate: step, criterion: part }
  }
  return {
    type: 'tick',
    step,
    ...(part === undefined ? {} : { item: part }),
    result: options.result ?? 'done',
    fields: Object.fromEntries((options.field ?? []).map(fieldOf)),
    ...(options.reason === undefined ? {} : { note: options.reason }),
  }
}

export function untick(text: string, reason: string, state: CutoverState): PersonCommand {
  const [step = '', part] = text.split('/')
  if (part !== undefined && state.plan.steps[step]?.kind === 'decide') {
    return { type: 'unconfirm', gate: step, criterion: part, reason }
  }
  return { type: 'untick', step, ...(part === undefined ? {} : { item: part }), reason }
}

function fieldOf(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new CommandEnd(`--field is NAME=VALUE, not "${text}". Nothing was changed.`, EXIT.usage)
  return [text.slice(0, at), text.slice(at + 1)]
}

/** The gate that was named, else the open one; NO-GO also answers one whose deadline has passed. */
export function gateOf(words: readonly string[], state: CutoverState, vote: 'go' | 'no-go'): string {
  if (words[0] !== undefined) return words[0]
  const gates = Object.entries(state.gates)
  const open = gates.filter(([, gate]) => gate.open)
  const late = gates.filter(([, gate]) => !gate.open && gate.closedBecause === 'deadline')
  const candidates = (open.length > 0 || vote === 'go' ? open : late).map(([id]) => id)
  const [only, ...others] = candidates
  if (only !== undefined && others.length === 0) return only
  throw new CommandEnd(
    only === undefined
      ? 'No gate is open. `cutover hold` stops what would start next. Nothing was changed.'
      : `Several gates are open (${candidates.join(', ')}): name one. Nothing was changed.`,
    EXIT.usage,
  )
}

/** STATE=WHO:WHY. */
export function leftState(text: string, who: (text: string) => PersonId) {
  const match = /^([a-z][a-z0-9-]*)=([^:]+):(.+)$/s.exec(text)
  if (!match) throw new CommandEnd(`--left is STATE=WHO:WHY, not "${text}". Nothing was changed.`, EXIT.usage)
  return { state: match[1] ?? '', owner: who(match[2] ?? ''), reason: match[3] ?? '' }
}

/** `abcdefgh` and `ABCD-EFGH` are the same code. */
export function codeIn(text: string): string {
  const code = text.toUpperCase().replace('-', '')
  if (/^[A-Z0-9]{8}$/.test(code)) return `${code.slice(0, 4)}-${code.slice(4)}`
  throw new CommandEnd(
    `"${text}" is no code of a login: it looks like ABCD-EFGH. Nothing was changed.`,
    EXIT.usage,
  )
}
