import type { Decision, PersonCommand, Refusal } from '../commands.ts'
import type { CutoverEvent } from '../events.ts'
import { objection } from '../fields.ts'
import { planStep, stepState } from '../lookup.ts'
import { mayItem, mayStep } from '../may.ts'
import type { DoStep, Item } from '../plan.ts'
import { nameOf, refusal } from '../refusals.ts'
import type { CutoverState } from '../state.ts'
import { nextIssue } from '../team/issues.ts'
import { accept, badReason, badText, begins, no, resumes, staleStep, unknownStep } from './deciding.ts'
import type { By } from './deciding.ts'

type Tick = Extract<PersonCommand, { type: 'tick' }>
type Untick = Extract<PersonCommand, { type: 'untick' }>

export function tick(state: CutoverState, command: Tick, by: By): Decision {
  const { step: id, item, result, note } = command
  const refused = unknownStep(state, id) ?? staleStep(state, id, by) ?? mayTick(state, command, by)
  if (refused !== null) return no(refused)
  const step = planStep(state, id)
  if (step.kind !== 'do') return accept()
  const bad =
    badNote(result, note) ?? (item === undefined ? badTick(state, step, command) : badItem(state, step, item))
  if (bad !== null) return no(bad)
  const words = note === undefined || note.trim() === '' ? {} : { note }
  const ticked: CutoverEvent =
    item === undefined
      ? { type: 'step ticked', data: { step: id, result, fields: command.fields, ...words } }
      : { type: 'item ticked', data: { step: id, item, result, ...words } }
  return accept(
    ...(result === 'na' ? [] : begins(state, id)),
    ...(result === 'failed' ? [] : resumes(state, id)),
    ticked,
    ...(result === 'failed' ? [issueOf(state, step, item, note)] : []),
  )
}

function mayTick(state: CutoverState, command: Tick | Untick, by: By): Refusal | null {
  const item = itemOf(state, command)
  return item === undefined
    ? mayStep(state, command.type, command.step, by.person)
    : mayItem(state, command.type, command.step, item, by.person)
}

function itemOf(state: CutoverState, command: Tick | Untick): Item | undefined {
  const step = planStep(state, command.step)
  return step.kind === 'do' ? step.items.find((one) => one.id === command.item) : undefined
}

function badNote(result: Tick['result'], note: string | undefined): Refusal | null {
  if (result !== 'done') return badReason(result === 'failed' ? 'failed' : 'not applicable', note)
  return note === undefined ? null : badText('note', note)
}

function badItem(state: CutoverState, step: DoStep, item: string): Refusal | null {
  if (!step.items.some((one) => one.id === item))
    return refusal('item unknown', { item, known: step.items.map((one) => one.id) })
  const answered = stepState(state, step.id).items[item]
  return answered === undefined ? null : refusal('item answered', { item, by: nameOf(answered.by) })
}

function badTick(state: CutoverState, step: DoStep, command: Tick): Refusal | null {
  if (command.result !== 'done') return null
  const { items } = stepState(state, step.id)
  const open = step.items.filter((one) => items[one.id] === undefined).map((one) => one.id)
  if (open.length > 0) return refusal('items open', { title: step.title, open })
  return badFields(step, command.fields)
}

function badFields(step: DoStep, values: Tick['fields']): Refusal | null {
  const known = step.fields.map((field) => field.name)
  const stray = Object.keys(values).find((name) => !known.includes(name))
  if (stray !== undefined) return refusal('field unknown', { field: stray, known })
  for (const field of step.fields) {
    const value = values[field.name]
    if (value === undefined || value === '') {
      if (!field.optional) return refusal('field missing', { field: field.name })
      continue
    }
    const wants = objection(field, value)
    const bad =
      wants === null ? badText(field.name, value) : refusal('field invalid', { field: field.name, wants })
    if (bad !== null) return bad
  }
  return null
}

function issueOf(state: CutoverState, step: DoStep, item: string | undefined, note = ''): CutoverEvent {
  const about = step.items.find((one) => one.id === item)?.text ?? step.title
  return {
    type: 'issue opened',
    data: {
      issue: nextIssue(state),
      text: `${about}: ${note}`,
      severity: 'medium',
      kind: 'technical',
      step: step.id,
      ...(step.by !== undefined && { owner: step.by }),
    },
  }
}

export function untick(state: CutoverState, command: Untick, by: By): Decision {
  const { step: id, item, reason } = command
  const refused =
    unknownStep(state, id) ??
    staleStep(state, id, by) ??
    mayTick(state, command, by) ??
    badReason('untick', reason) ??
    badUntick(state, id, item)
  if (refused !== null) return no(refused)
  return accept(...resumes(state, id), {
    type: 'step unticked',
    data: { step: id, reason, ...(item !== undefined && { item }) },
  })
}

function badUntick(state: CutoverState, id: string, item: string | undefined): Refusal | null {
  const own = stepState(state, id)
  const isTicked = item === undefined || own.items[item] !== undefined
  return isTicked ? null : refusal('not ticked', { title: item })
}
