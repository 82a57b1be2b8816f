import { basename } from 'node:path'
import type {
  Condition,
  Criterion,
  DecideStep,
  DoStep,
  Field,
  Item,
  Offset,
  RunStep,
  Step,
} from '../../domain/plan.ts'
import { slug } from '../slug.ts'
import { criterionId } from '../rules/references.ts'
import type { PlacedStep, Runbook } from '../runbook.ts'
import type {
  Criterion as WrittenCriterion,
  DecideDocument,
  DoDocument,
  RunDocument,
  StepDocument,
} from '../schema/steps.ts'
import { rangeOf, rangesOf } from '../values/estimates.ts'
import { durationMs } from '../values/duration.ts'
import { offsetOf } from '../values/offset.ts'
import type { OffsetText } from '../values/offset.ts'
import { workOf, writtenWork } from '../work.ts'
import { isMutating } from '../mutating.ts'
import { tellOf, UNAPPROVED_LATE_MS } from './notices.ts'
import { present } from './present.ts'
import { argumentOf, read, resolveWork } from './scope.ts'
import type { Values } from './scope.ts'

const LATE_MS = 10 * 60_000
const WATCH_EVERY_MS = 30_000
export const DEFAULT_POOL = 'default'

/** A step as the plan holds it: nothing left to default, to look up or to substitute but secrets and facts. */
export function resolveStep(values: Values, runbook: Runbook, step: PlacedStep): Step {
  const common = commonOf(values, runbook, step)
  switch (step.kind) {
    case 'do':
      return { ...common, kind: 'do', fields: fieldsOf(step.document), items: itemsOf(step.document) }
    case 'check': {
      const [work] = worksOf(values, step)
      return { ...common, kind: 'check', work: work ?? nothing(step) }
    }
    case 'run': {
      const [work] = worksOf(values, step)
      return { ...common, ...runOf(step), work: work ?? nothing(step) }
    }
    case 'decide':
      return { ...common, ...decideOf(step.document) }
    case 'tell':
      return {
        ...common,
        ...tellOf(step.document),
        ...(step.document.approve !== undefined && step.document.late === undefined
          ? { lateMs: UNAPPROVED_LATE_MS }
          : {}),
      }
    case 'watch':
      return {
        ...common,
        kind: 'watch',
        forMs: durationMs(step.document.for),
        everyMs: step.document.every === undefined ? WATCH_EVERY_MS : durationMs(step.document.every),
        checks: worksOf(values, step).map((work, index) => {
          const { id, title = id } = step.document.checks[index] ?? { id: step.id }
          return { id, title, work }
        }),
        ...(step.document.breach === undefined ? {} : { breach: step.document.breach }),
      }
    default:
      return step satisfies never
  }
}

function decideOf(
  document: DecideDocument,
): Pick<DecideStep, 'kind' | 'approvers' | 'criteria' | 'against' | 'deadline' | 'noGo'> {
  const { approvers, criteria = [], no_go_when: against, no_go: noGo = 'hold', deadline } = document
  return {
    kind: 'decide',
    approvers,
    criteria: criteriaOf(criteria),
    noGo,
    ...present({
      against: against === undefined ? undefined : criteriaOf(against),
      deadline: deadline === undefined ? undefined : offset(deadline),
    }),
  }
}

/** Validation has seen to it that a run and a check say what they do. */
function nothing(step: PlacedStep): never {
  throw new Error(`The step ${step.id} has no work although it was validated.`)
}

function worksOf(values: Values, step: PlacedStep) {
  return workOf(step).map(({ document, path }) => {
    const written = writtenWork(document, path) ?? nothing(step)
    return resolveWork(values, written, document)
  })
}

type Changes = Pick<DoDocument, 'opens' | 'closes' | 'irreversible'>
type Common = Omit<DoStep, 'kind' | 'fields' | 'items'>

function commonOf(values: Values, runbook: Runbook, step: PlacedStep): Common {
  const { document, id, title, place, phase, branch } = step
  const { file, line } = runbook.source.spot(step.path)
  const changes: Changes = step.kind === 'do' || step.kind === 'run' ? step.document : {}
  return {
    id,
    title,
    place,
    ...flagsOf(document),
    lateMs: document.late === undefined ? LATE_MS : durationMs(document.late),
    needs: document.needs ?? [],
    opens: listOf(changes.opens),
    closes: listOf(changes.closes),
    mutating: isMutating(step, values.catalogue),
    links: document.links ?? {},
    pool: document.pool ?? values.head.pool ?? DEFAULT_POOL,
    source: `${basename(file)}:${line}`,
    ...present({
      phase,
      branch,
      at: document.at === undefined ? undefined : offset(document.at),
      by: document.by,
      when: document.when === undefined ? undefined : conditionOf(values, document.when),
      irreversible: changes.irreversible,
      undo: runbook.steps.find(({ undoes }) => undoes === id)?.id,
      estimate: rangeOf(document),
      warn: document.warn,
      help: document.help,
    }),
  }
}

const flagsOf = ({ wait, optional, critical, parallel }: StepDocument) => ({
  wait: wait ?? false,
  optional: optional ?? false,
  critical: critical ?? false,
  parallel: parallel ?? false,
})

const listOf = (written: string | readonly string[] | undefined): readonly string[] =>
  written === undefined ? [] : typeof written === 'string' ? [written] : written

/** A validated offset always reads. */
export const offset = (written: OffsetText): Offset => offsetOf(written) ?? { kind: 'elapsed', ms: 0 }

function conditionOf(values: Values, when: NonNullable<StepDocument['when']>): Condition {
  return Object.entries(when).map(([name, written]) => {
    const left = argumentOf(values, name)
    const isScalar = typeof left !== 'object' || left === null
    return { name, is: read(written, 'value'), left: isScalar ? left : factOf(left) }
  })
}

function factOf(left: object) {
  if ('$' in left && left.$ === 'fact' && 'step' in left && 'fact' in left)
    return { $: 'fact', step: String(left.step), fact: String(left.fact) } as const
  throw new Error('A condition names something else than a var or a fact although it was validated.')
}

function fieldsOf(document: DoDocument): Field[] {
  return Object.entries(document.fields ?? {}).map(([name, field]) => ({
    name,
    type: field.type ?? 'text',
    optional: field.optional ?? false,
    ...(field.label === undefined ? {} : { label: field.label }),
    ...(field.pattern === undefined ? {} : { pattern: field.pattern }),
  }))
}

function itemsOf(document: DoDocument): Item[] {
  return (document.items ?? []).map((item, index) => {
    const { text, by, id } = typeof item === 'string' ? { text: item } : item
    const own = id ?? (slug(text) || `item-${index + 1}`)
    return { id: own, text, ...(by === undefined ? {} : { by }) }
  })
}

/** An inverse and what stands around a rollback need no click of their own: the rollback was confirmed. */
function runOf(
  step: Extract<PlacedStep, { kind: 'run' }>,
): Pick<RunStep, 'kind' | 'begin' | 'idempotent' | 'timeout' | 'partEstimates'> {
  const { begin, idempotent, timeout, estimates } = step.document
  return {
    kind: 'run',
    begin: begin ?? (step.place === 'plan' ? 'click' : 'auto'),
    idempotent: idempotent ?? false,
    ...(timeout === undefined ? {} : { timeout: timeoutOf(timeout) }),
    ...(estimates === undefined ? {} : { partEstimates: rangesOf(estimates) }),
  }
}

type WrittenTimeout = NonNullable<RunDocument['timeout']>

const timeoutOf = (written: WrittenTimeout): NonNullable<RunStep['timeout']> => ({
  afterMs: durationMs(written.after),
  then: written.then ?? 'ask',
})

export function criteriaOf(written: readonly WrittenCriterion[]): Criterion[] {
  return written.flatMap((criterion): Criterion[] => {
    const id = criterionId(criterion)
    if ('step' in criterion) {
      const fresh = criterion.fresh === undefined ? {} : { freshMs: durationMs(criterion.fresh) }
      return [{ kind: 'step', id, step: criterion.step, ...fresh }]
    }
    if ('confirm' in criterion) {
      const by = criterion.by === undefined ? {} : { by: criterion.by }
      return [{ kind: 'confirm', id, text: criterion.confirm, ...by }]
    }
    if ('ack' in criterion)
      return [{ kind: 'ack', id, role: criterion.ack, says: criterion.says ?? 'present' }]
    if (!('rehearsed' in criterion)) return []
    const { same_hash: sameHash = false, within, rollback = false, issues } = criterion.rehearsed
    const withinMs = within === undefined ? {} : { withinMs: durationMs(within) }
    return [{ kind: 'rehearsed', id, sameHash, rollback, issuesResolved: issues === 'resolved', ...withinMs }]
  })
}
