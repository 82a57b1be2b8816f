import type { Offset } from '../domain/plan.ts'
import type { Draft, PlacedPhase, PlacedStep } from './runbook.ts'
import type { HeadParts } from './schema/document.ts'
import type { CheckDocument, Criterion, WatchCheckDocument } from './schema/steps.ts'
import { contrary } from './values/contrary.ts'
import { offsetOf } from './values/offset.ts'

/** Ids of the steps that a runbook gets for `baseline`. */
export const baselineId = (metric: string): string => `baseline-${metric}`
export const afterId = (metric: string): string => `after-${metric}`

type MetricExpect = Extract<Criterion, { metric: string }>['expect']
type Metrics = NonNullable<HeadParts['metrics']>

/**
 * Metrics in terms of ordinary steps: a check that names one looks by the metric's own words; a criterion gets a
 * check before its gate; `baseline` gets a phase that measures before, and one that measures when all is done. What
 * follows then knows checks only.
 */
export function withMetrics(draft: Draft): Draft {
  const metrics = draft.head.metrics ?? {}
  const ofGates = draft.phases.map((phase) => phaseWithChecks(phase, draft.broken))
  const { phases: ofBaseline, head } = withMeasures(draft, ofGates)
  const phases = ofBaseline.map((phase) => ({
    ...phase,
    steps: phase.steps.map((step) => looked(step, metrics)),
  }))
  const all = (steps: readonly PlacedStep[]) => steps.map((step) => looked(step, metrics))
  const before = all(draft.before)
  const after = all(draft.after)
  const waysBack = draft.waysBack.map((way) =>
    way.steps === undefined ? way : { ...way, steps: all(way.steps) },
  )
  return {
    ...draft,
    head,
    phases,
    before,
    after,
    waysBack,
    choices: draft.choices.map((choice) => ({
      ...choice,
      options: choice.options.map((option) => ({
        ...option,
        steps: phases
          .flatMap(({ steps }) => steps)
          .filter(({ branch }) => branch?.choice === choice.id && branch.option === option.id)
          .map(({ id }) => id),
      })),
    })),
    steps: [
      ...phases.flatMap(({ steps }) => steps),
      ...before,
      ...waysBack.flatMap(({ steps = [] }) => steps),
      ...after,
    ],
  }
}

/** A metric that nobody defined stays as it is written, for the rules to say so. */
function looked(step: PlacedStep, metrics: Metrics): PlacedStep {
  if (step.kind === 'check') return { ...step, document: measured(step.document, metrics) }
  if (step.kind !== 'watch') return step
  const checks = step.document.checks.map((check) => measured(check, metrics))
  return { ...step, document: { ...step.document, checks } }
}

const OTHER_WORK = ['uses', 'sql', 'http', 'command', 'file', 'log'] as const

function measured<Document extends CheckDocument | WatchCheckDocument>(
  document: Document,
  metrics: Metrics,
): Document {
  const { metric: name } = document
  const metric = name === undefined ? undefined : metrics[name]
  if (name === undefined || metric === undefined || metric.ask === true) return document
  if (OTHER_WORK.some((key) => document[key] !== undefined)) return document
  const copy = { ...document, measures: name }
  delete copy.metric
  if (metric.sql !== undefined) copy.sql = metric.sql
  if (metric.http !== undefined) copy.http = metric.http
  if (metric.command !== undefined) {
    copy.command = metric.command
    copy.read_only = true
    if (metric.env !== undefined) copy.env = metric.env
  }
  return copy
}

function phaseWithChecks(phase: PlacedPhase, broken: ReadonlySet<string>): PlacedPhase {
  const steps = phase.steps.flatMap((step): PlacedStep[] => {
    if (step.kind !== 'decide') return [step]
    const { criteria, no_go_when: against } = step.document
    const needed = criteriaAsChecks(criteria ?? [], step.id, step, broken)
    const opposed = criteriaAsChecks(against ?? [], `${step.id}-no-go`, step, broken, 'failure')
    const document = {
      ...step.document,
      ...(criteria === undefined ? {} : { criteria: needed.criteria }),
      ...(against === undefined ? {} : { no_go_when: opposed.criteria }),
    }
    return [...needed.checks, ...opposed.checks, { ...step, document }]
  })
  if (phase.checkpoint === undefined) return { ...phase, steps }
  const place = { place: 'plan' as const, phase: phase.id, path: [...phase.path, 'checkpoint'] }
  const { criteria, checks } = criteriaAsChecks(phase.checkpoint, phase.id, place, broken)
  return { ...phase, checkpoint: criteria, steps: [...steps, ...checks] }
}

/**
 * Each `metric` criterion becomes `step`, and the check that it names. A check is green when all is well: of what
 * means failure it therefore expects the contrary.
 */
function criteriaAsChecks(
  written: readonly Criterion[],
  owner: string,
  place: Pick<PlacedStep, 'phase' | 'branch' | 'path'>,
  broken: ReadonlySet<string>,
  means: 'success' | 'failure' = 'success',
): { readonly criteria: Criterion[]; readonly checks: PlacedStep[] } {
  const checks: PlacedStep[] = []
  const criteria = written.map((criterion): Criterion => {
    if (!('metric' in criterion) || broken.has(criterion.metric)) return criterion
    const id = `${owner}-${criterion.metric}`
    checks.push({
      ...generated(id, place),
      kind: 'check',
      title: spoken(criterion.metric),
      document: {
        check: spoken(criterion.metric),
        id,
        parallel: checks.length > 0,
        metric: criterion.metric,
        expect: means === 'failure' ? contraryOf(criterion.expect) : criterion.expect,
      },
    })
    return { step: id, ...(criterion.fresh === undefined ? {} : { fresh: criterion.fresh }) }
  })
  return { criteria, checks }
}

/** A metric is one number, so there is one thing to expect of it. */
const contraryOf = ({ value, ...others }: MetricExpect): MetricExpect =>
  value === undefined ? others : { ...others, value: contrary(value) }

const generated = (id: string, { phase, branch, path }: Pick<PlacedStep, 'phase' | 'branch' | 'path'>) => ({
  id,
  idStated: true,
  generated: true as const,
  place: 'plan' as const,
  path,
  ...(phase === undefined ? {} : { phase }),
  ...(branch === undefined ? {} : { branch }),
})

/** `p95-login` → `P95 login`. */
const spoken = (metric: string): string =>
  `${metric.charAt(0).toUpperCase()}${metric.slice(1).replaceAll('-', ' ')}`

function withMeasures(
  { head, broken }: Draft,
  phases: readonly PlacedPhase[],
): { readonly phases: readonly PlacedPhase[]; readonly head: HeadParts } {
  const success = criteriaAsChecks(head.success ?? [], 'success', endPlace(['success']), broken)
  const failure = criteriaAsChecks(head.failure ?? [], 'failure', endPlace(['failure']), broken, 'failure')
  const names = (head.baseline?.metrics ?? []).filter((name) => head.metrics?.[name] !== undefined)
  const watches = phases
    .filter((phase) => !isAfterCompletion(phase.at))
    .flatMap(({ steps }) => steps)
    .filter((step) => step.kind === 'watch' && step.branch === undefined)
    .map(({ id }) => id)
  const measures = names.map((name, index) =>
    measure(name, head, { id: afterId(name), phase: AFTER, first: index === 0, after: true }),
  )
  const atEnd = [...measures, ...success.checks, ...failure.checks].map((step, index) =>
    alongside(step, index, watches),
  )
  const at = head.baseline === undefined ? undefined : offsetOf(head.baseline.at)
  const baseline = names.map((name, index) =>
    measure(name, head, { id: baselineId(name), phase: BASELINE, first: index === 0, after: false }),
  )
  const ends = phases.findIndex((phase) => isAfterCompletion(phase.at))
  const end = ends === -1 ? phases.length : ends
  const withEnd =
    atEnd.length === 0
      ? phases
      : [
          ...phases.slice(0, end),
          { id: AFTER, title: 'Measured afterwards', path: ['baseline'], steps: atEnd },
          ...phases.slice(end),
        ]
  return {
    phases:
      baseline.length === 0 || at === undefined
        ? withEnd
        : insertInTime(withEnd, { id: BASELINE, title: 'Baseline', at, path: ['baseline'], steps: baseline }),
    head: {
      ...head,
      ...(head.success === undefined ? {} : { success: success.criteria }),
      ...(head.failure === undefined ? {} : { failure: failure.criteria }),
    },
  }
}

const BASELINE = 'baseline'
const AFTER = 'measured-afterwards'
const endPlace = (path: readonly string[]) => ({ phase: AFTER, path })

/** The numbers of the end are taken at once, when the watches are over. */
function alongside(step: PlacedStep, index: number, watches: readonly string[]): PlacedStep {
  const more = { parallel: index > 0, needs: [...watches] }
  if (step.kind === 'check') return { ...step, document: { ...step.document, ...more } }
  return step.kind === 'do' ? { ...step, document: { ...step.document, ...more } } : step
}

interface Measure {
  readonly id: string
  readonly phase: string
  readonly first: boolean
  readonly after: boolean
}

/** One measuring of a metric: a check, or where a person enters it, a `do` with one field. */
function measure(name: string, head: HeadParts, { id, phase, first, after }: Measure): PlacedStep {
  const metric = head.metrics?.[name]
  const title = `${spoken(name)} ${after ? 'afterwards' : 'before'}`
  const common = { ...generated(id, { phase, path: ['metrics', name] }), title }
  const shared = { id, optional: true, parallel: !first }
  if (metric?.ask !== true)
    return { ...common, kind: 'check', document: { check: title, metric: name, ...shared } }
  const unit = metric.unit === undefined ? '' : ` (${metric.unit})`
  return {
    ...common,
    kind: 'do',
    document: {
      do: title,
      fields: { value: { type: 'number', label: `${spoken(name)}${unit}` } },
      ...shared,
    },
  }
}

const DAY_MS = 86_400_000

/** About when an offset falls, to put phases in order; a phase without words of its own stands where it stands. */
function roughly(at: Offset | undefined): number | undefined {
  if (at === undefined) return undefined
  switch (at.kind) {
    case 'elapsed':
      return at.ms
    case 'calendar':
      return at.days * DAY_MS
    case 'after':
      return Infinity
  }
}

const isAfterCompletion = (at: Offset | undefined): boolean => at?.kind === 'after' && at.step === 'completed'

function insertInTime(phases: readonly PlacedPhase[], phase: PlacedPhase): PlacedPhase[] {
  const when = roughly(phase.at) ?? 0
  const later = phases.findIndex(({ at }) => (roughly(at) ?? -Infinity) >= when)
  const place = later === -1 ? phases.length : later
  return [...phases.slice(0, place), phase, ...phases.slice(place)]
}
