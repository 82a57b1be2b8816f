import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { catalogue } from '../../../actions/catalogue.ts'
import { perPlan } from '../../../domain/per-plan.ts'
import type { Plan } from '../../../domain/plan.ts'
import type { CutoverState } from '../../../domain/state.ts'
import { formatFindings } from '../../../runbook/finding.ts'
import { resolvePlan } from '../../../runbook/resolve/resolve-plan.ts'
import type { Runbook } from '../../../runbook/runbook.ts'

/**
 * Parts of a plan that no host can work out again: who the members of a group are, and how this opening names its
 * channel and reaches people. Nothing that a host carries out follows from them.
 */
const NOT_COMPARED = ['roles', 'openers', 'channel', 'audiences'] as const

/** What is named of the differences between two plans. */
const NAMED_MAX = 5

/** sha256 of a plan, hex; the same for plans with the same content. */
export const digestOf = perPlan((plan) =>
  createHash('sha256')
    .update(JSON.stringify(sorted(plan as unknown as Json)))
    .digest('hex'),
)

/** Files whose content in the plan is not what this host has; the runbook itself where no other file explains it. */
export function strangeFiles(plan: Plan, { hash, files, templates, source }: Runbook): readonly string[] {
  if (plan.hash === hash) return []
  const named = { ...plan.files, ...onlyPresent(plan.templates) }
  const own = new Map([
    ...[...files].map(([name, { sha256 }]) => [name, sha256] as const),
    ...[...templates].map(([name, { text }]) => [name, text] as const),
  ])
  const strange = [...new Set([...Object.keys(named), ...own.keys()])].filter(
    (name) => !isBuiltIn(name) && named[name] !== own.get(name),
  )
  return strange.length > 0 ? strange.toSorted() : [basename(source.file)]
}

/**
 * Resolves the runbook of this host for the same opening, and names where the plan of the log says something else:
 * `steps.copy.work.with.argv.0`. Empty: it is what this host would have made of it.
 */
export function strangeParts(
  { id, plan, plannedStart }: Pick<CutoverState, 'id' | 'plan' | 'plannedStart'>,
  runbook: Runbook,
  { anyVar }: { readonly anyVar: boolean },
): readonly string[] {
  const everybody = [...new Set(Object.values(plan.roles).flatMap(({ eligible }) => eligible))]
  const presets = Object.values(plan.choices).flatMap(({ id: choice, preset }) =>
    preset === undefined ? [] : [[choice, preset] as const],
  )
  const resolution = resolvePlan({
    runbook,
    catalogue: catalogue(),
    environment: plan.environment,
    vars: Object.fromEntries(Object.entries(plan.vars).filter(([name]) => anyVar || isAsked(runbook, name))),
    choices: Object.fromEntries(presets),
    anyVar,
    people: () => everybody,
    cutover: { id, stamp: plan.stamp },
    plannedStart,
  })
  if (!resolution.ok) return [formatFindings(resolution.findings)]
  return differences(comparable(resolution.plan), comparable(plan)).slice(0, NAMED_MAX)
}

const isAsked = ({ head }: Runbook, name: string): boolean => head.vars?.[name]?.ask === true

const isBuiltIn = (name: string): boolean => name.startsWith('cutover:')

const onlyPresent = (texts: Plan['templates']): Plan['templates'] =>
  Object.fromEntries(Object.entries(texts).filter(([name]) => !isBuiltIn(name)))

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** As the log keeps it: plain JSON. */
function comparable(plan: Plan): Json {
  const copy = JSON.parse(JSON.stringify(plan)) as Record<string, Json>
  for (const part of NOT_COMPARED) delete copy[part]
  return copy
}

function differences(one: Json | undefined, other: Json | undefined, path = ''): string[] {
  if (isBranch(one) && isBranch(other) && Array.isArray(one) === Array.isArray(other)) {
    const [mine, theirs] = [new Map(Object.entries(one)), new Map(Object.entries(other))]
    return [...new Set([...mine.keys(), ...theirs.keys()])].flatMap((key) =>
      differences(mine.get(key), theirs.get(key), path === '' ? key : `${path}.${key}`),
    )
  }
  return one === other ? [] : [path]
}

const isBranch = (value: Json | undefined): value is Exclude<Json, string | number | boolean | null> =>
  typeof value === 'object' && value !== null

function sorted(value: Json): Json {
  if (!isBranch(value)) return value
  if (Array.isArray(value)) return value.map((item: Json) => sorted(item))
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
