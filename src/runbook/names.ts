import type { Draft, PlacedStep } from './runbook.ts'
import type { Path } from './source.ts'
import { workOf } from './work.ts'

export type Named =
  | { readonly kind: 'step'; readonly step: PlacedStep; readonly path: Path }
  | { readonly kind: 'watch check'; readonly step: PlacedStep; readonly path: Path }
  | { readonly kind: 'choice' | 'var' | 'secret' | 'target'; readonly path: Path }

export interface Entry {
  readonly name: string
  readonly named: Named
  /** Where its name is written. */
  readonly path: Path
}

/** Vars, secrets, targets, choices, step ids and the checks of a watch share one namespace; in reading order. */
export function entriesOf(draft: Draft): Entry[] {
  const { head } = draft
  const ofHead = (section: 'vars' | 'targets', kind: 'var' | 'target') =>
    Object.keys(head[section] ?? {}).map((name) => {
      const path = [section, name]
      return { name, named: { kind, path }, path }
    })
  const secrets = (head.secrets ?? []).map((name, index) => {
    const path = ['secrets', index]
    return { name, named: { kind: 'secret' as const, path }, path }
  })
  const steps = draft.steps.flatMap((step): Entry[] => {
    const own = { name: step.id, named: { kind: 'step' as const, step, path: step.path }, path: step.path }
    const checks = workOf(step).flatMap(({ check, path }) =>
      check === undefined ? [] : [{ name: check, named: { kind: 'watch check' as const, step, path }, path }],
    )
    return [own, ...checks]
  })
  const choices = draft.choices.map(({ id, path }) => ({
    name: id,
    named: { kind: 'choice' as const, path },
    path,
  }))
  return [...ofHead('vars', 'var'), ...secrets, ...ofHead('targets', 'target'), ...choices, ...steps]
}

export type Index = ReadonlyMap<string, Named>

/** The first of each name; that a name is taken twice is told by a rule of its own. */
export function indexOf(draft: Draft): Index {
  const index = new Map<string, Named>()
  for (const { name, named } of entriesOf(draft)) if (!index.has(name)) index.set(name, named)
  return index
}

/** What every kind is called in a message. */
export const spokenKind = (named: Named): string =>
  named.kind === 'step' ? `a ${named.step.kind} step` : `a ${named.kind}`
