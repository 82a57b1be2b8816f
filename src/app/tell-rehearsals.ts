import { isOver, REHEARSAL } from '../domain/lookup.ts'
import type { CutoverState, Rehearsal } from '../domain/state.ts'
import { handleCommand } from './handle-command.ts'
import type { CutoverLog } from './ports.ts'

/**
 * Tells an open live cutover which rehearsals of its runbook this log has seen through, so that `rehearsed` can be
 * judged. Each is recorded once; a rehearsal that ends while the live one is open comes at its next look.
 */
export async function tellRehearsals(log: CutoverLog, live: CutoverState): Promise<void> {
  if (!live.plan.live || isOver(live.status) || !asksForRehearsals(live)) return
  const known = new Set(live.rehearsals.map(({ cutover }) => cutover))
  for (const summary of await log.list()) {
    const isRehearsal = !summary.live && summary.runbook === live.plan.runbook && summary.status === 'closed'
    if (!isRehearsal || known.has(summary.id)) continue
    const state = (await log.load(summary.id))?.state
    if (!state) continue
    const command = { type: 'report rehearsal', rehearsal: rehearsalOf(state) } as const
    await handleCommand(log, live.id, command, {
      actor: { kind: 'cutover' },
      key: `${live.id}/rehearsed/${state.id}`,
    })
  }
}

function asksForRehearsals({ plan }: CutoverState): boolean {
  const gates = Object.values(plan.steps).flatMap((step) => (step.kind === 'decide' ? step.criteria : []))
  const isAsked = [...gates, ...plan.success].some(({ kind }) => kind === 'rehearsed')
  return isAsked || plan.objectives.rtoMs !== undefined
}

/** What a rehearsal has shown, for a live cutover. @internal A test asks it. */
export function rehearsalOf(state: CutoverState): Rehearsal {
  return {
    cutover: state.id,
    hash: state.plan.hash,
    finishedAt: state.endedAt ?? state.completedAt ?? state.openedAt,
    rolledBack: state.rollback?.finishedAt !== undefined,
    durations: durationsOf(state),
    ...partsOf(state),
    ...rollbackLength(state),
    openIssues: state.issues.filter(({ closedAt }) => closedAt === undefined).length,
  }
}

/** Nobody was there to be measured: what stood in for people says nothing of how long they take. */
function durationsOf(state: CutoverState): Rehearsal['durations'] {
  const unattended = state.opener === REHEARSAL
  return Object.fromEntries(
    Object.entries(state.steps).flatMap(([id, { status, startedAt, finishedAt }]) => {
      const kind = state.plan.steps[id]?.kind
      const byPeople = kind === 'do' || kind === 'decide'
      if (status !== 'done' || startedAt === undefined || finishedAt === undefined) return []
      return unattended && byPeople ? [] : [[id, finishedAt - startedAt]]
    }),
  )
}

/** How long each migration took, where the attempt went well. */
function partsOf(state: CutoverState): Pick<Rehearsal, 'parts'> {
  const measured = Object.values(state.attempts).flatMap(({ step, outcome, parts = [] }) => {
    const lengths = parts.flatMap(({ name, durationMs }) =>
      durationMs === undefined ? [] : [[name, durationMs] as const],
    )
    return outcome === 'succeeded' && lengths.length > 0 ? [[step, Object.fromEntries(lengths)] as const] : []
  })
  return measured.length === 0 ? {} : { parts: Object.fromEntries(measured) }
}

function rollbackLength({ rollback }: CutoverState): Pick<Rehearsal, 'rollbackMs'> {
  return rollback?.finishedAt === undefined ? {} : { rollbackMs: rollback.finishedAt - rollback.startedAt }
}
