import type { ValueType } from '../domain/catalogue.ts'
import type { Context } from './rules/context.ts'
import { suggestion } from './nearest.ts'
import type { PlacedStep } from './runbook.ts'
import { CUTOVER_VALUES, readReference } from './values/reference.ts'
import { writtenWork, workOf } from './work.ts'

/** What a written value turns out to be, with its type; or why it is nothing. */
export type Typed =
  | { readonly kind: 'literal'; readonly type: ValueType }
  | { readonly kind: 'var'; readonly name: string; readonly type: ValueType }
  | { readonly kind: 'secret'; readonly name: string; readonly type: 'text' }
  | { readonly kind: 'target'; readonly name: string }
  | { readonly kind: 'fact'; readonly step: PlacedStep; readonly fact: string; readonly type: ValueType }
  | { readonly kind: 'fixed'; readonly name: string; readonly type: 'text' }
  | { readonly kind: 'wrong'; readonly message: string; readonly hint: string }
  /** Refers to something malformed that has its own finding. */
  | { readonly kind: 'unknowable' }

const VAR_TYPES = {
  text: 'text',
  int: 'int',
  enum: 'text',
  path: 'path',
  host: 'text',
  url: 'text',
} as const

/** Types a text that may be a reference. */
export function typeOfText(context: Context, text: string): Typed {
  const written = readReference(text)
  if (written.kind === 'text') return { kind: 'literal', type: 'text' }
  if (written.kind === 'malformed') {
    return {
      kind: 'wrong',
      message: `"${text}" begins like a reference and is none`,
      hint: 'A reference is a whole value: $name or $step.fact. Write $$ for a dollar.',
    }
  }
  return written.kind === 'name'
    ? typeOfName(context, written.name)
    : typeOfPart(context, written.name, written.part)
}

function typeOfName(context: Context, name: string): Typed {
  if (name === 'environment') return { kind: 'fixed', name, type: 'text' }
  const { draft, index } = context
  const named = index.get(name)
  if (named === undefined) {
    if (draft.broken.has(name)) return { kind: 'unknowable' }
    const known = [...Object.keys(draft.head.vars ?? {}), ...(draft.head.secrets ?? []), 'environment']
    return { kind: 'wrong', message: `nothing is called "${name}"`, hint: suggestion(name, known) }
  }
  switch (named.kind) {
    case 'var': {
      const type = draft.head.vars?.[name]?.type ?? 'text'
      return { kind: 'var', name, type: VAR_TYPES[type] }
    }
    case 'secret':
      return { kind: 'secret', name, type: 'text' }
    case 'target':
      return { kind: 'target', name }
    case 'choice':
      return {
        kind: 'wrong',
        message: `"${name}" is a choice, and its answer is no value`,
        hint: 'Put the step into the option that it belongs to.',
      }
    default:
      return {
        kind: 'wrong',
        message: `"${name}" is a step, and a step as a whole is no value`,
        hint: `Name one of its facts: ${factHint(context, named.step)}`,
      }
  }
}

function typeOfPart(context: Context, name: string, part: string): Typed {
  if (name === 'cutover') {
    return CUTOVER_VALUES.some((known) => known === part)
      ? { kind: 'fixed', name: `cutover.${part}`, type: 'text' }
      : {
          kind: 'wrong',
          message: `a cutover has no "${part}" to refer to`,
          hint: suggestion(part, CUTOVER_VALUES),
        }
  }
  const { draft, index } = context
  const named = index.get(name)
  if (named === undefined) {
    if (draft.broken.has(name)) return { kind: 'unknowable' }
    const steps = draft.steps.filter(({ idStated }) => idStated).map(({ id }) => id)
    return { kind: 'wrong', message: `no step is called "${name}"`, hint: suggestion(name, steps) }
  }
  if (named.kind !== 'step') {
    return {
      kind: 'wrong',
      message: `"${name}" is a ${named.kind} and has no parts`,
      hint: `Write $${name} alone.`,
    }
  }
  return typeOfFact(context, named.step, part)
}

function typeOfFact(context: Context, step: PlacedStep, fact: string): Typed {
  if (step.kind === 'do' || step.kind === 'decide') {
    return {
      kind: 'wrong',
      message: `what people type in chat never becomes an argument, so $${step.id}.${fact} is refused`,
      hint: 'Use a var with `ask: true`, or a fact that a check or a run found.',
    }
  }
  const facts = factsOf(context, step)
  if (facts === undefined) return { kind: 'unknowable' }
  const type = facts[fact]
  if (type === undefined) {
    return {
      kind: 'wrong',
      message: `${step.id} gives no fact "${fact}"`,
      hint: Object.keys(facts).length > 0 ? suggestion(fact, Object.keys(facts)) : 'It gives none at all.',
    }
  }
  if (!step.idStated) {
    return {
      kind: 'wrong',
      message: `the step "${step.title}" is referred to and states no id`,
      hint: `Add \`id: ${step.id}\` to it, so that a new title cannot break the reference.`,
    }
  }
  return { kind: 'fact', step, fact, type }
}

/** None when the catalogue does not know the action. */
function factsOf({ catalogue }: Context, step: PlacedStep): Readonly<Record<string, ValueType>> | undefined {
  if (step.kind !== 'run' && step.kind !== 'check') return {}
  const [placed] = workOf(step)
  const work = placed && writtenWork(placed.document, placed.path)
  return work && catalogue[work.uses]?.facts
}

function factHint(context: Context, step: PlacedStep): string {
  const facts = Object.keys(factsOf(context, step) ?? {})
  return facts.length > 0 ? `${facts.map((fact) => `$${step.id}.${fact}`).join(', ')}.` : 'it gives none.'
}
