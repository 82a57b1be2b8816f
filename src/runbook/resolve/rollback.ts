import type { Plan, RollbackOption, Trigger, Urgency } from '../../domain/plan.ts'
import { changedTargets } from '../changed-targets.ts'
import type { PlacedWayBack, Runbook } from '../runbook.ts'
import { durationMs } from '../values/duration.ts'
import { present } from './present.ts'
import type { Values } from './scope.ts'

const URGENCIES: readonly Urgency[] = ['immediate', 'consider', 'never']

export function resolveRollback(values: Values, runbook: Runbook): Plan['rollback'] {
  const { rollback, before, after } = runbook
  return {
    name: rollback.name ?? typedName(values, runbook),
    approvers: rollback.approvers ?? {},
    before: before.map(({ id }) => id),
    after: after.map(({ id }) => id),
    options: runbook.waysBack.map(optionOf),
    ...present({ reopened: rollback.reopened }),
    triggers: URGENCIES.flatMap((urgency) =>
      (rollback.triggers?.[urgency] ?? []).map(({ id, text, steps }): Trigger => ({
        id,
        text,
        urgency,
        steps: steps ?? [],
      })),
    ),
  }
}

const optionOf = ({ id, document, steps }: PlacedWayBack): RollbackOption => ({
  id,
  title: document.title ?? id,
  requires: document.requires ?? [],
  ...present({
    text: document.text,
    loses: document.loses,
    withinMs: document.within === undefined ? undefined : durationMs(document.within),
    steps: steps?.map((step) => step.id),
  }),
})

/** The database that changes, as people call it; a runbook that changes none is named itself. */
function typedName(values: Values, runbook: Runbook): string {
  const [target] = changedTargets(runbook, values.catalogue)
  const written = target === undefined ? undefined : runbook.head.targets?.[target]
  if (target === undefined || written === undefined) return runbook.head.runbook
  return 'postgres' in written ? (written.database ?? target) : target
}
