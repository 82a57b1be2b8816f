import type { Plan, Trigger, Urgency } from '../../domain/plan.ts'
import { changedTargets } from '../changed-targets.ts'
import type { Runbook } from '../runbook.ts'
import type { Values } from './scope.ts'

const URGENCIES: readonly Urgency[] = ['immediate', 'consider', 'never']

export function resolveRollback(values: Values, runbook: Runbook): Plan['rollback'] {
  const { rollback, before, after } = runbook
  return {
    name: rollback.name ?? typedName(values, runbook),
    approvers: rollback.approvers ?? {},
    before: before.map(({ id }) => id),
    after: after.map(({ id }) => id),
    options: [],
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

/** The database that changes, as people call it; a runbook that changes none is named itself. */
function typedName(values: Values, runbook: Runbook): string {
  const [target] = changedTargets(runbook, values.catalogue)
  const written = target === undefined ? undefined : runbook.head.targets?.[target]
  if (target === undefined || written === undefined) return runbook.head.runbook
  return 'postgres' in written ? (written.database ?? target) : target
}
