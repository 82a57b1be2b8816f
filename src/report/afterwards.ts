import { metricsOf } from '../domain/metrics.ts'
import type { CutoverState } from '../domain/state.ts'
import { debriefOf, reportsPerHour } from '../domain/team/afterwards.ts'
import type { FollowUp, Issue } from '../domain/team/state.ts'
import { actorId } from './actors.ts'
import type { Timeline } from './timeline.ts'

type Afterwards = Pick<
  Timeline,
  'checkpoints' | 'issues' | 'metrics' | 'debrief' | 'followUps' | 'userReports'
>

/** What a look back needs beside the steps: troubles, numbers, words, and what is still to be done. */
export function afterwardsOf(state: CutoverState): Afterwards {
  const { wentWell, improve } = debriefOf(state)
  const said = (words: typeof wentWell) => words.map(({ by, text }) => ({ by: actorId(by), text }))
  return {
    checkpoints: checkpointsOf(state),
    issues: state.issues.map((issue) => issueOf(state, issue)),
    metrics: [...metricsOf(state)],
    debrief: { wentWell: said(wentWell), improve: said(improve) },
    followUps: state.followUps.map(followUpOf),
    userReports: [...reportsPerHour(state)],
  }
}

const checkpointsOf = ({ plan, checkpoints }: CutoverState): Timeline['checkpoints'] =>
  plan.phases.flatMap(({ id, title }) => {
    const checkpoint = checkpoints[id]
    if (checkpoint === undefined) return []
    const { result, at, afterStartMs, durationMs, accepted } = checkpoint
    return [
      {
        phase: title,
        result,
        at,
        afterStartMs,
        durationMs,
        ...(accepted === undefined ? {} : { acceptedBy: actorId(accepted.by), reason: accepted.reason }),
      },
    ]
  })

function issueOf(state: CutoverState, issue: Issue): Timeline['issues'][number] {
  const { id, text, severity, kind, at, by, step, owner, closedAt, resolution } = issue
  const output = step === undefined ? undefined : outputOf(state, step)
  return {
    id,
    text,
    severity,
    kind,
    by: actorId(by),
    at,
    ...(step === undefined ? {} : { step: state.plan.steps[step]?.title ?? step }),
    ...(output === undefined ? {} : { output }),
    ...(owner === undefined ? {} : { owner }),
    ...(closedAt === undefined ? {} : { closedAt }),
    ...(resolution === undefined ? {} : { resolution }),
  }
}

/** What the last attempt that did not go well said of itself. */
function outputOf({ attempts }: CutoverState, step: string): string | undefined {
  const bad = Object.values(attempts)
    .filter((attempt) => attempt.step === step && (attempt.error !== undefined || attempt.why !== undefined))
    .at(-1)
  if (bad?.error === undefined) return bad?.why
  return [bad.error.message, bad.error.changed].map((said) => `${said.replace(/\.$/, '')}.`).join(' ')
}

const followUpOf = ({
  id,
  title,
  owner,
  dueAt,
  source,
  closed,
}: FollowUp): Timeline['followUps'][number] => ({
  id,
  title,
  owner,
  dueAt,
  source,
  waived: closed?.waived ?? false,
  ...(closed === undefined ? {} : { closedAt: closed.at }),
  ...(closed?.text === undefined ? {} : { said: closed.text }),
})
