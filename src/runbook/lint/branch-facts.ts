import type { Finding } from '../finding.ts'
import type { PlacedStep } from '../runbook.ts'
import { doubt } from '../rules/context.ts'
import { excludeEachOther } from '../rules/facts.ts'
import type { JsonValue } from '../schema/primitives.ts'
import { typeOfText } from '../scope.ts'
import type { Path } from '../source.ts'
import { workOf, writtenWork } from '../work.ts'
import { branchesOf } from './branches.ts'
import type { Branch } from './branches.ts'
import type { LintContext } from './context.ts'

/** A fact of a step that does not apply on some way through the plan, used by one that does apply there. */
export function factsOfBranches(context: LintContext): Finding[] {
  if (context.draft.partial) return []
  const { branches } = branchesOf(context)
  return context.draft.steps.flatMap((user) =>
    usesOf(context, user).flatMap(({ source, path }) => {
      if (excludeEachOther(user, source) || isRequired(context, user, source)) return []
      const missed = branches.find((branch) => appliesTo(context, branch, user) && !branch.applies(source))
      return missed === undefined ? [] : [finding(context, { user, source, path, missed })]
    }),
  )
}

/** An inverse is carried out only where its original was. */
function appliesTo(context: LintContext, branch: Branch, step: PlacedStep): boolean {
  const original = context.draft.steps.find(({ id }) => step.undoes === id)
  return branch.applies(step) && (original === undefined || branch.applies(original))
}

/** A way back that requires the step is not possible without it. */
const isRequired = ({ draft }: LintContext, user: PlacedStep, source: PlacedStep): boolean =>
  draft.waysBack.some(
    ({ id, document }) => id === user.wayBack && document.requires?.includes(source.id) === true,
  )

interface Use {
  readonly source: PlacedStep
  readonly path: Path
}

const usesOf = (context: LintContext, step: PlacedStep): Use[] =>
  workOf(step).flatMap(({ document, path }) => {
    const written = writtenWork(document, path)
    return Object.entries(written?.arguments ?? {}).flatMap(([name, value]) =>
      usesIn(context, value, written?.argumentPath(name) ?? path),
    )
  })

function usesIn(context: LintContext, value: JsonValue, path: Path): Use[] {
  if (typeof value === 'string') {
    const typed = typeOfText(context, value)
    return typed.kind === 'fact' ? [{ source: typed.step, path }] : []
  }
  if (typeof value !== 'object' || value === null) return []
  const entries: [string | number, JsonValue][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : Object.entries(value)
  return entries.flatMap(([key, item]) => usesIn(context, item, [...path, key]))
}

const finding = (
  context: LintContext,
  { user, source, path, missed }: Use & { readonly user: PlacedStep; readonly missed: Branch },
): Finding =>
  doubt(context, path, {
    code: 'fact-may-be-missing',
    message: `"${user.id}" uses a fact of "${source.id}", which does not apply ${missed.label}: there it would be refused`,
    hint: 'Put it into the same option, give it the same `when`, or let a way back `requires` that step.',
  })
