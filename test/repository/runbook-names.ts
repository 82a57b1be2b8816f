import type { Runbook } from '../../src/runbook/runbook.ts'
import { criterionId } from '../../src/runbook/rules/references.ts'
import type { Criterion } from '../../src/runbook/schema/steps.ts'
import { slug } from '../../src/runbook/slug.ts'

/** Ids of the steps that somebody wrote; not inverses, which go with their steps, nor what metrics become. */
export const writtenSteps = (runbook: Runbook): readonly string[] =>
  runbook.steps.filter(({ place, generated }) => place !== 'undo' && generated !== true).map(({ id }) => id)

/** Everything in a runbook that a map may name, as the map writes it. */
export function namesIn(runbook: Runbook): ReadonlySet<string> {
  const { head, phases, choices, rollback, waysBack, steps } = runbook
  const { immediate = [], consider = [], never = [] } = rollback.triggers ?? {}
  return new Set([
    ...steps.map(({ id }) => id),
    ...steps.flatMap((step) => (step.kind === 'watch' ? step.document.checks.map(({ id }) => id) : [])),
    ...steps.flatMap((step) =>
      step.kind === 'decide'
        ? criteria(step.id, [...(step.document.criteria ?? []), ...(step.document.no_go_when ?? [])])
        : [],
    ),
    ...phases.flatMap(({ id, checkpoint = [] }) => [`phase:${id}`, ...criteria(id, checkpoint)]),
    ...criteria('success', head.success ?? []),
    ...criteria('failure', head.failure ?? []),
    ...choices.flatMap(({ id, options }) => [
      `choice:${id}`,
      ...options.map((option) => `option:${id}/${option.id}`),
    ]),
    ...waysBack.map(({ id }) => `option:${id}`),
    ...[...immediate, ...consider, ...never].map(({ id }) => `trigger:${id}`),
    ...(head.follow_ups ?? []).map(({ id, title }) => `follow-up:${id ?? slug(title)}`),
    ...named('role', head.roles),
    ...named('metric', head.metrics),
    ...named('audience', head.audiences),
    ...named('contact', head.contacts),
    ...named('notice', head.notices),
    ...named('environment', head.environments),
    ...named('var', head.vars),
    ...(head.secrets ?? []).map((name) => `secret:${name}`),
    ...named('head', head),
    ...named('rollback', rollback),
  ])
}

const named = (kind: string, things: object = {}): readonly string[] =>
  Object.keys(things).map((name) => `${kind}:${name}`)

const criteria = (owner: string, written: readonly Criterion[]): readonly string[] =>
  written.map((criterion) => `${owner}/${criterionId(criterion)}`)
