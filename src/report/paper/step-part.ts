import type { Plan, RunStep, Step } from '../../domain/plan.ts'
import { durationText, rangeText } from '../../templates/format.ts'
import type { Part, StepPart } from './document.ts'
import { machineWork, row } from './machine-work.ts'
import { tellParts } from './team-parts.ts'
import { conditionText, contraryText, criterionText, offsetText } from './words.ts'

type Inner = StepPart['parts'][number]

/** What the plan alone does not say about a step. */
export interface AboutStep {
  /** The clock when it is planned, or would begin by the estimates. */
  readonly clock?: string
  /** Of a notice: its text, or why it cannot be written beforehand. */
  readonly notice?: string
  /** Whether it will be carried out is known only when a fact is. */
  readonly isOpen: boolean
  /** What an action does, in a sentence. */
  readonly summaryOf: (uses: string) => string | undefined
}

export function stepPart(plan: Plan, step: Step, about: AboutStep): StepPart {
  return {
    type: 'step',
    id: step.id,
    title: step.title,
    marks: marksOf(plan, step, about),
    parts: [
      ...(step.warn === undefined ? [] : [warning(step.warn)]),
      ...factsOf(step, about),
      ...workParts(plan, step, about),
      ...(step.help === undefined ? [] : [text(step.help)]),
      ...Object.entries(step.links).map(([title, url]) => text(`${title}: ${url}`)),
      ...wayBack(plan, step),
    ],
  }
}

const text = (words: string): Inner => ({ type: 'text', text: words })
const warning = (words: string): Inner => ({ type: 'warning', text: words })

function marksOf(plan: Plan, step: Step, { clock }: AboutStep): readonly string[] {
  const owner = step.by === undefined ? undefined : (plan.roles[step.by]?.title ?? step.by)
  return [
    step.kind.toUpperCase(),
    ...(owner === undefined ? [] : [owner]),
    ...(clock === undefined ? [] : [clock]),
    ...(step.at === undefined ? [] : [offsetText(step.at)]),
    ...(step.estimate === undefined ? [] : [rangeText(step.estimate)]),
    ...(isMachineWork(step) ? [`on ${step.pool}`] : []),
    ...(step.optional ? ['optional'] : []),
    ...(step.critical ? ['CRITICAL: two people'] : []),
    ...(step.parallel ? ['beside the one before'] : []),
  ]
}

const isMachineWork = ({ kind }: Step): boolean => kind === 'run' || kind === 'check' || kind === 'watch'

function factsOf(step: Step, { isOpen }: AboutStep): readonly Inner[] {
  const rows: (readonly [string, string])[] = [
    ...row('Only if', step.when === undefined || !isOpen ? '' : conditionText(step.when)),
    ...row('After', step.needs.join(', ')),
    ...row('Opens', step.opens.join(', ')),
    ...row('Closes', step.closes.join(', ')),
  ]
  return rows.length === 0 ? [] : [{ type: 'facts', rows }]
}

function workParts(plan: Plan, step: Step, { notice, summaryOf }: AboutStep): readonly Inner[] {
  switch (step.kind) {
    case 'do':
      return [
        ...(step.items.length === 0
          ? []
          : [
              {
                type: 'boxes' as const,
                texts: step.items.map(
                  (item) => `${item.text}${item.by === undefined ? '' : ` (${item.by})`}`,
                ),
              },
            ]),
        ...(step.fields.length === 0
          ? []
          : [{ type: 'blanks' as const, labels: step.fields.map(({ label, name }) => label ?? name) }]),
      ]
    case 'run':
      return [
        ...machineWork(step.work, { summaryOf }),
        ...estimatesOf(step.partEstimates),
        ...(step.timeout === undefined
          ? []
          : [
              text(
                `After ${durationText(step.timeout.afterMs)}: ${step.timeout.then === 'ask' ? 'ask' : 'cancel it'}.`,
              ),
            ]),
      ]
    case 'check':
      return machineWork(step.work, { summaryOf })
    case 'watch':
      return [
        text(
          `For ${durationText(step.forMs)}, every ${durationText(step.everyMs)}${step.breach === undefined ? '' : `; out of bounds: see ${step.breach} under Rolling back`}`,
        ),
        ...step.checks.flatMap(({ title, work }) => machineWork(work, { summaryOf, caption: title })),
      ]
    case 'tell':
      return tellParts(plan, step, notice)
    case 'decide':
      return []
  }
}

const estimatesOf = (estimates: RunStep['partEstimates'] = {}): readonly Inner[] => {
  const rows = Object.entries(estimates).map(([name, range]) => [name, rangeText(range)] as const)
  return rows.length === 0 ? [] : [text('Part by part:'), { type: 'facts', rows }]
}

function wayBack(plan: Plan, { undo, irreversible }: Step): readonly Inner[] {
  if (undo !== undefined) return [text(`Way back: ${plan.steps[undo]?.title ?? undo} (${undo})`)]
  return irreversible === undefined ? [] : [warning(`Cannot be undone: ${irreversible}`)]
}

/** A gate with boxes for its criteria and lines for its votes. */
export function gateParts(plan: Plan, step: Extract<Step, { kind: 'decide' }>): readonly Part[] {
  const votes = Object.entries(step.approvers).flatMap(([role, count]) =>
    Array.from({ length: count }, () => `${plan.roles[role]?.title ?? role}: GO / NO-GO, name, time`),
  )
  const { deadline, criteria, against = [], noGo } = step
  const boxes = (texts: readonly string[]): readonly Part[] =>
    texts.length === 0 ? [] : [{ type: 'boxes', texts }]
  return [
    ...boxes(criteria.map((criterion) => criterionText(plan, criterion))),
    ...(against.length === 0
      ? []
      : [
          text('Any of these speaks against it:'),
          ...boxes(against.map((criterion) => contraryText(plan, criterion))),
        ]),
    { type: 'blanks', labels: votes },
    {
      type: 'text',
      text: `${deadline === undefined ? '' : `By ${offsetText(deadline)}. `}NO-GO: ${noGo}.`,
    },
  ]
}
