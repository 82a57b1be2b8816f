import { phaseSteps } from '../domain/lookup.ts'
import type { Part } from '../domain/events.ts'
import { estimateOf } from '../domain/parts.ts'
import type { Step, Work } from '../domain/plan.ts'
import type { AttemptState, CutoverState, StepState } from '../domain/state.ts'
import { actorId, distinct } from './actors.ts'
import { argumentText } from './paper/words.ts'
import { plannedTimes } from './planned-times.ts'
import type { History } from './step-histories.ts'
import type { Timeline, TimelineStep } from './timeline.ts'

/** Every step of the runbook in its order, then those of the rollback, then the gate `complete`. */
export function stepRows(history: History, rehearsal: Timeline | undefined): TimelineStep[] {
  const { state } = history
  const { plan } = state
  const builtIn = Object.values(plan.steps).filter((step) => step.place === 'built-in')
  const order = [...phaseSteps(plan), ...history.rollbackOrder, ...builtIn.map((step) => step.id)]
  const planned = plannedTimes(state)
  return order.flatMap((id) => {
    const step = plan.steps[id]
    if (step === undefined) return []
    const seen = history.steps.get(id)
    const plannedAt = seen === undefined ? planned.get(id) : seen.plannedAt
    const rehearsedMs = rehearsal?.steps.find((one) => one.id === id)?.actual.durationMs
    return [rowOf(state, step, seen?.last ?? state.steps[id], { plannedAt, rehearsedMs })]
  })
}

function rowOf(
  state: CutoverState,
  step: Step,
  now: StepState | undefined,
  { plannedAt, rehearsedMs }: { plannedAt: number | undefined; rehearsedMs: number | undefined },
): TimelineStep {
  const attempts = Object.values(state.attempts).filter((attempt) => attempt.step === step.id)
  const own = attempts.filter((attempt) => attempt.forGate === undefined)
  const last = own.at(-1)
  const phase = state.plan.phases.find((one) => one.steps.includes(step.id))?.title
  return {
    id: step.id,
    title: step.title,
    kind: step.kind,
    place: step.place,
    ...(phase === undefined ? {} : { phase }),
    planned: plannedOf(step, now, plannedAt),
    ...(rehearsedMs === undefined ? {} : { rehearsedMs }),
    actual: actualOf(now, last),
    result: resultOf(now),
    undone: now?.undone ?? false,
    by: actorsOf(state, step, now, last),
    ...(last?.host === undefined ? {} : { where: last.host }),
    ...('work' in step ? { work: workText(step.work) } : {}),
    detail: detailOf(state, step, now, last),
    facts: { ...now?.facts },
    fields: { ...now?.fields },
    items: itemsOf(step, now),
    attempts: attempts.map((attempt) => attemptRow(attempt, step)),
  }
}

/** `pg.backup`, `systemctl stop shop-api`: what was run, as the plan has it. */
function workText({ uses, with: given }: Work): string {
  const { argv, file } = given
  if (Array.isArray(argv)) return argv.map((word) => argumentText(word)).join(' ')
  return uses === 'script' && typeof file === 'string' ? `script ${file}` : uses
}

/** What did not apply was no part of the plan. */
function plannedOf(step: Step, now: StepState | undefined, at: number | undefined): TimelineStep['planned'] {
  if (now?.status === 'not applicable') return {}
  return { ...(at === undefined ? {} : { at }), ...step.estimate }
}

function actualOf(now: StepState | undefined, last: AttemptState | undefined): TimelineStep['actual'] {
  // Of several attempts it is the last one that the step ended with; `attempts` has the others.
  const startedAt = last?.spawningAt ?? now?.startedAt
  const endedAt = now?.finishedAt ?? last?.endedAt
  return {
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(last?.durationMs === undefined ? {} : { durationMs: last.durationMs }),
  }
}

function resultOf(now: StepState | undefined): TimelineStep['result'] {
  if (now === undefined || now.status === 'pending' || now.status === 'due') return 'not reached'
  return now.status === 'active' ? 'under way' : now.status
}

function actorsOf(
  state: CutoverState,
  step: Step,
  now: StepState | undefined,
  last: AttemptState | undefined,
): string[] {
  if (now === undefined || now.changed === undefined || resultOf(now) === 'not reached') return []
  const setAside = now.status === 'skipped' || now.status === 'overridden'
  if (setAside || now.changed.event === 'step marked') return [actorId(now.changed.by)]
  if (step.kind === 'decide') {
    const gate = state.gates[step.id]
    const votes = gate?.votes.filter((vote) => vote.round === gate.round && vote.staleBecause === undefined)
    return distinct(votes?.map((vote) => vote.person) ?? [])
  }
  if (last !== undefined) return [actorId(last.requestedBy)]
  const ticks = [...Object.values(now.items), ...(now.tick === undefined ? [] : [now.tick])]
  return distinct(ticks.map((tick) => actorId(tick.by)))
}

function detailOf(
  state: CutoverState,
  step: Step,
  now: StepState | undefined,
  last: AttemptState | undefined,
): string {
  if (resultOf(now) === 'not reached') return ''
  if (now?.reason !== undefined) return now.reason
  if (last !== undefined) return last.error?.message ?? last.why ?? last.summary ?? ''
  if (step.kind === 'tell') return `to ${step.to.join(', ')}`
  if (step.kind === 'decide') return gateDetail(state, step.id)
  const fields = Object.entries(now?.fields ?? {}).map(([name, value]) => `${name}: ${value}`)
  return [now?.tick?.note, ...fields].filter((part) => part !== undefined).join(' · ')
}

function gateDetail(state: CutoverState, gate: string): string {
  const decision = state.gates[gate]?.decision
  if (decision === undefined) return ''
  const met = decision.evidence.filter((one) => one.met || one.overridden === true).length
  const word = decision.decision === 'go' ? 'GO' : 'NO-GO'
  return decision.evidence.length === 0 ? word : `${word} on ${met} of ${decision.evidence.length} criteria`
}

function itemsOf(step: Step, now: StepState | undefined): TimelineStep['items'] {
  if (step.kind !== 'do') return []
  return step.items.flatMap((item) => {
    const tick = now?.items[item.id]
    if (tick === undefined) return []
    const { result, by, at, note } = tick
    return [
      { id: item.id, text: item.text, result, by: actorId(by), at, ...(note === undefined ? {} : { note }) },
    ]
  })
}

function attemptRow(attempt: AttemptState, step: Step): TimelineStep['attempts'][number] {
  const { id, n, verdict, forGate, spawningAt, endedAt, durationMs, host, exit, digest, parts } = attempt
  const summary = attempt.error?.message ?? attempt.summary ?? attempt.why
  return {
    id,
    n,
    outcome: outcomeOf(attempt),
    ...(verdict === undefined ? {} : { verdict }),
    ...(forGate === undefined ? {} : { forGate }),
    requestedBy: actorId(attempt.requestedBy),
    ...(spawningAt === undefined ? {} : { startedAt: spawningAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(host === undefined ? {} : { host }),
    ...(exit === undefined ? {} : { exit }),
    ...(digest === undefined ? {} : { digest }),
    ...(summary === undefined ? {} : { summary }),
    ...(parts === undefined || parts.length === 0 ? {} : { parts: parts.map((part) => partRow(part, step)) }),
  }
}

function partRow(part: Part, step: Step) {
  const estimate = step.kind === 'run' ? estimateOf(part.name, step.partEstimates ?? {}) : undefined
  return { ...part, ...(estimate === undefined ? {} : { estimate: { ...estimate } }) }
}

function outcomeOf(attempt: AttemptState): TimelineStep['attempts'][number]['outcome'] {
  switch (attempt.status) {
    case 'ended':
      return attempt.outcome ?? 'unknown'
    case 'refused':
    case 'revoked':
      return attempt.status
    case 'unknown':
    case 'unobserved':
      return 'unknown'
    case 'dispatched':
    case 'claimed':
    case 'spawning':
    case 'running':
      return 'under way'
  }
}
