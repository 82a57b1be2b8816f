import type { Finding } from '../finding.ts'
import type { PlacedStep } from '../runbook.ts'
import { complain, complainOfKey } from './context.ts'
import type { Context } from './context.ts'

const PLANNED = ['at', 'wait', 'late', 'parallel', 'needs']

/** Keys that say when a step of the plan comes. A rollback has an order of its own and no planned times. */
const MEANINGLESS: Readonly<Record<string, readonly string[]>> = {
  plan: [],
  undo: [...PLANNED, 'id', 'undo', 'irreversible', 'optional'],
  'rollback before': [...PLANNED, 'undo', 'irreversible', 'opens'],
  'rollback option': [...PLANNED, 'undo', 'irreversible'],
  'rollback after': [...PLANNED, 'undo', 'irreversible', 'opens'],
}

const WHY: Readonly<Record<string, string>> = {
  undo: 'an inverse runs when its step is undone, under the name undo-<id>',
  'rollback before': 'what comes before a rollback runs as soon as it is confirmed, in order',
  'rollback option': 'the steps of a way back run when it was chosen, in order',
  'rollback after': 'what comes after a rollback runs when everything is undone, in order',
}

/** Keys that make no sense where a step stands, and kinds that cannot stand there. */
export function placement(context: Context): Finding[] {
  return context.draft.steps.flatMap((step) => [
    ...meaninglessKeys(context, step),
    ...kindOutOfPlace(context, step),
    ...firstHasNothingToOverlap(context, step),
    ...together(context, step),
  ])
}

function meaninglessKeys(context: Context, step: PlacedStep): Finding[] {
  return (MEANINGLESS[step.place] ?? [])
    .filter((key) => key in step.document)
    .map((key) =>
      complainOfKey(context, [...step.path, key], {
        code: 'out-of-place',
        message: `\`${key}\` means nothing here: ${WHY[step.place] ?? ''}`,
        hint: 'Remove it.',
      }),
    )
}

function kindOutOfPlace(context: Context, step: PlacedStep): Finding[] {
  if (!step.place.startsWith('rollback') || (step.kind !== 'watch' && step.kind !== 'decide')) return []
  return [
    complain(context, step.path, {
      code: 'out-of-place',
      message: `a ${step.kind} cannot stand in or around a rollback, which has been decided by then`,
      hint: 'Use do, check, run or tell.',
    }),
  ]
}

function firstHasNothingToOverlap(context: Context, step: PlacedStep): Finding[] {
  const first = context.draft.steps.find(({ place }) => place === 'plan')
  if (step !== first || step.document.parallel !== true) return []
  return [
    complain(context, [...step.path, 'parallel'], {
      code: 'out-of-place',
      message: 'the first step has none before it to overlap',
      hint: 'Remove `parallel`.',
    }),
  ]
}

/** Keys that mean nothing without another. */
function together(context: Context, { document, path }: PlacedStep): Finding[] {
  const findings: Finding[] = []
  const alone = (key: string, other: string, hint: string) => {
    if (key in document && !(other in document)) {
      findings.push(
        complainOfKey(context, [...path, key], {
          code: 'out-of-place',
          message: `\`${key}\` means nothing without \`${other}\``,
          hint,
        }),
      )
    }
  }
  if ('check' in document) alone('every', 'within', 'Add `within: 2m`: how long it may take to become green.')
  return findings
}
