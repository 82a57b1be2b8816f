import type { Branch } from '../domain/plan.ts'
import type { PlacedChoice, PlacedStep, PlacedWayBack } from './runbook.ts'
import { WayBack } from './schema/document.ts'
import { Alternatives } from './schema/steps.ts'
import { slug } from './slug.ts'
import type { Path } from './source.ts'
import { asList, asMap, isMap } from './written.ts'

/** Where a step stands. */
export interface Position {
  readonly place: PlacedStep['place']
  readonly phase?: string
  readonly branch?: Branch
  readonly undoes?: string
  readonly wayBack?: string
}

interface Reader {
  readonly steps: (value: unknown, path: Path, position: Position) => PlacedStep[]
  /** Something is malformed: these names may be referred to all the same. */
  readonly leaveOut: (names: readonly unknown[]) => void
}

/** A `one_of` of a phase, and the steps of every option, one after another. */
export function readAlternatives(
  value: unknown,
  path: Path,
  phase: string,
  { steps, leaveOut }: Reader,
): { readonly choice: PlacedChoice; readonly steps: PlacedStep[] } {
  const { options, ...rest } = asMap(value)
  const head = Alternatives.omit({ options: true }).safeParse(rest)
  const written = Object.entries(asMap(options))
  if (!head.success || written.length === 0) leaveOut([rest['id']])
  const { one_of: question = '', by } = head.success ? head.data : {}
  const id = typeof rest['id'] === 'string' ? rest['id'] : slug(question)
  const read = written.map(([option, list]) => {
    const branch = { choice: id, option }
    const placed = asList(list).flatMap((step, index) =>
      steps(step, [...path, 'options', option, index], { place: 'plan', phase, branch }),
    )
    return { option, placed }
  })
  const choice: PlacedChoice = {
    id,
    idStated: rest['id'] !== undefined,
    question,
    ...(by === undefined ? {} : { by }),
    phase,
    path,
    options: read.map(({ option, placed }) => ({
      id: option,
      steps: placed.filter(({ place }) => place === 'plan').map((step) => step.id),
    })),
  }
  return { choice, steps: read.flatMap(({ placed }) => placed) }
}

/** One of several ways back; without `steps` of its own it is the computed inverses. */
export function readWayBack(
  value: unknown,
  id: string,
  path: Path,
  { steps, leaveOut }: Reader,
): PlacedWayBack[] {
  const { steps: own, ...rest } = asMap(value)
  const parsed = WayBack.omit({ steps: true }).safeParse(rest)
  if (!parsed.success || !isMap(value)) {
    leaveOut([id])
    return []
  }
  const position: Position = { place: 'rollback option', wayBack: id }
  const placed = asList(own).flatMap((step, index) => steps(step, [...path, 'steps', index], position))
  return [{ id, document: parsed.data, path, ...(own === undefined ? {} : { steps: placed }) }]
}
