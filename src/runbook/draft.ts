import type { z } from 'zod'
import type { Offset, Place } from '../domain/plan.ts'
import { readAlternatives, readWayBack } from './alternatives.ts'
import type { Position } from './alternatives.ts'
import { withMetrics } from './metrics.ts'
import { slug } from './slug.ts'
import { asList, asMap } from './written.ts'
import type { Draft, PlacedChoice, PlacedPhase, PlacedStep } from './runbook.ts'
import { HeadParts, RollbackSection, headShape } from './schema/document.ts'
import { Offset as OffsetSchema } from './schema/primitives.ts'
import { Criterion as CriterionSchema, StepDocument } from './schema/steps.ts'
import type { Criterion, StepDocument as Step } from './schema/steps.ts'
import type { Path, Source } from './source.ts'
import { offsetOf } from './values/offset.ts'

/**
 * Reads every part that is well-formed on its own. What the schemas refused is left out, and its name is kept, so
 * that one misspelt key does not hide what is wrong elsewhere.
 */
export function draftOf(source: Source): Draft {
  const reader = makeReader()
  const root = asMap(source.value)
  const head = reader.head(root)
  const phases = asList(root['phases']).flatMap((phase, index) => reader.phase(phase, ['phases', index]))
  const written = asMap(root['rollback'])
  const { before: _before, after: _after, options: _options, ...rest } = written
  const rollback = RollbackSection.safeParse(rest)
  if (!rollback.success) reader.leaveOut([])
  const around = (key: 'before' | 'after', place: Place & `rollback ${string}`) =>
    asList(written[key]).flatMap((step, index) => reader.steps(step, ['rollback', key, index], { place }))
  const before = around('before', 'rollback before')
  const waysBack = Object.entries(asMap(written['options'])).flatMap(([id, option]) =>
    readWayBack(option, id, ['rollback', 'options', id], reader),
  )
  const after = around('after', 'rollback after')
  const ownSteps = waysBack.flatMap(({ steps = [] }) => steps)
  return withMetrics({
    source,
    head,
    phases,
    rollback: rollback.success ? rollback.data : {},
    before,
    waysBack,
    after,
    steps: [...phases.flatMap(({ steps }) => steps), ...before, ...ownSteps, ...after],
    ...reader.left(),
  })
}

function makeReader() {
  const broken = new Set<string>()
  const choices: PlacedChoice[] = []
  let partial = false
  const leaveOut = (names: readonly unknown[]) => {
    partial = true
    for (const name of names) if (typeof name === 'string') broken.add(name)
  }

  const head = (root: Readonly<Record<string, unknown>>): HeadParts => {
    const kept: Record<string, unknown> = {}
    for (const [key, schema] of Object.entries(headShape)) {
      const value = root[key]
      if (schema.safeParse(value).success) {
        if (value !== undefined) kept[key] = value
        continue
      }
      const entries = wellFormedEntries(schema, value)
      leaveOut(Object.keys(asMap(value)).filter((name) => !(name in entries)))
      if (Object.keys(entries).length > 0) kept[key] = entries
    }
    return HeadParts.parse(kept)
  }

  const phase = (value: unknown, path: Path): PlacedPhase[] => {
    const map = asMap(value)
    const title = typeof map['phase'] === 'string' ? map['phase'] : ''
    const id = typeof map['id'] === 'string' ? map['id'] : slug(title)
    const at = writtenOffset(map['at'])
    const checkpoint = asList(map['checkpoint']).flatMap((one) => readCriterion(one) ?? [])
    return [
      {
        id,
        title,
        ...(at === undefined ? {} : { at }),
        ...(checkpoint.length === 0 ? {} : { checkpoint }),
        path,
        steps: asList(map['steps']).flatMap((entry, index) =>
          phaseEntry(entry, [...path, 'steps', index], id),
        ),
      },
    ]
  }

  const phaseEntry = (value: unknown, path: Path, phase: string): PlacedStep[] => {
    if (!('one_of' in asMap(value))) return steps(value, path, { place: 'plan', phase })
    const read = readAlternatives(value, path, phase, { steps, leaveOut })
    choices.push(read.choice)
    return read.steps
  }

  const steps = (value: unknown, path: Path, position: Position): PlacedStep[] => {
    const parsed = StepDocument.safeParse(value)
    if (!parsed.success) {
      const map = asMap(value)
      leaveOut([map['id'], ...asList(map['checks']).map((check) => asMap(check)['id'])])
      return []
    }
    const step = placed(parsed.data, path, position)
    const undo = 'undo' in step.document ? step.document.undo : undefined
    if (undo === undefined) return [step]
    const inverse = placed(undo, [...path, 'undo'], {
      place: 'undo',
      undoes: step.id,
      ...(position.branch === undefined ? {} : { branch: position.branch }),
    })
    return [step, inverse]
  }

  return { head, phase, steps, leaveOut, left: () => ({ broken, choices, partial }) }
}

function placed(document: Step, path: Path, position: Position): PlacedStep {
  const title = titleOf(document)
  const id = position.undoes === undefined ? (document.id ?? slug(title)) : `undo-${position.undoes}`
  const common = { id, idStated: document.id !== undefined, title, path, ...position }
  if ('do' in document) return { kind: 'do', document, ...common }
  if ('check' in document) return { kind: 'check', document, ...common }
  if ('run' in document) return { kind: 'run', document, ...common }
  if ('decide' in document) return { kind: 'decide', document, ...common }
  if ('tell' in document) return { kind: 'tell', document, ...common }
  return { kind: 'watch', document, ...common }
}

function titleOf(step: Step): string {
  if ('do' in step) return step.do
  if ('check' in step) return step.check
  if ('run' in step) return step.run
  if ('decide' in step) return step.decide
  return 'tell' in step ? step.tell : step.watch
}

/** Of a malformed map or list, the entries that are well-formed on their own. */
function wellFormedEntries(schema: z.ZodType, value: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(asMap(value)).filter(([name, entry]) => schema.safeParse({ [name]: entry }).success),
  )
}

function writtenOffset(value: unknown): Offset | undefined {
  const parsed = OffsetSchema.safeParse(value)
  return parsed.success ? offsetOf(parsed.data) : undefined
}

function readCriterion(value: unknown): Criterion | undefined {
  const parsed = CriterionSchema.safeParse(value)
  return parsed.success ? parsed.data : undefined
}
