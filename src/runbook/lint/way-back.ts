import type { Finding } from '../finding.ts'
import { changedTargets } from '../changed-targets.ts'
import { isMutating } from '../mutating.ts'
import { complain } from '../rules/context.ts'
import type { PlacedStep } from '../runbook.ts'
import { workOf, writtenWork } from '../work.ts'
import type { LintContext } from './context.ts'

/** A step that changes something says how it is undone, or why it cannot be. */
export function undoOrIrreversible(context: LintContext): Finding[] {
  return context.draft.steps.flatMap((step) => {
    if (step.place !== 'plan' || !isMutating(step, context.catalogue)) return []
    const { document } = step
    if ('undo' in document || 'irreversible' in document || isUnknown(context, step)) return []
    return [
      complain(context, step.path, {
        code: 'no-way-back',
        message: `"${step.title}" changes something and says neither how it is undone nor why it cannot be`,
        hint: 'Add `undo: { do: … }` or `undo: { run: … }`, or `irreversible:` with the reason; `read_only: true` if it only looks.',
      }),
    ]
  })
}

/** What an action does that nobody knows has a finding of its own. */
const isUnknown = ({ catalogue }: LintContext, step: PlacedStep): boolean =>
  workOf(step).some(({ document, path }) => {
    const work = writtenWork(document, path)
    return work === undefined || catalogue[work.uses] === undefined
  })

/** With several databases changed, nobody can tell which name to type. */
export function rollbackName(context: LintContext): Finding[] {
  const { draft, catalogue } = context
  const changed = changedTargets(draft, catalogue)
  if (changed.length < 2 || draft.rollback.name !== undefined || draft.partial) return []
  return [
    complain(context, ['rollback'], {
      code: 'no-rollback-name',
      message: `${changed.join(' and ')} both change, and it is not said which name is typed to roll back`,
      hint: 'Add `rollback: { name: … }`.',
    }),
  ]
}

/** Before each change on a live environment it is read whether this is the database that was meant. */
export function liveIdentity(context: LintContext): Finding[] {
  const { draft, catalogue } = context
  const changed = changedTargets(draft, catalogue)
  return Object.entries(draft.head.environments ?? {}).flatMap(([name, { live, identity = {} }]) =>
    live === true
      ? changed
          .filter((target) => identity[target] === undefined || Object.keys(identity[target]).length === 0)
          .map((target) =>
            complain(context, ['environments', name], {
              code: 'no-identity',
              message: `"${name}" is live and does not say how the target "${target}" is recognised, so a wrong database would be changed unseen`,
              hint: `Add \`identity: { ${target}: { host: …, database: … } }\`.`,
            }),
          )
      : [],
  )
}
