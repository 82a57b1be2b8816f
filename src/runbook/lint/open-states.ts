import { errorAt } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { PlacedStep, PlacedWayBack } from '../runbook.ts'
import { BRANCHES_MAX, branchesOf } from './branches.ts'
import type { Branch } from './branches.ts'
import type { LintContext } from './context.ts'

/**
 * What a step opens is closed on every ending. Every prefix of the plan is walked forward and then back through its
 * inverses, in every branch: on each way `opens` and `closes` of a state must alternate, and nothing stay open.
 */
export function openStates(context: LintContext): Finding[] {
  if (context.draft.partial) return []
  if (!context.draft.steps.some(isTouching)) return []
  const { branches, complete } = branchesOf(context)
  const found = new Map<string, Finding>()
  const inverses = inversesOf(context)
  for (const branch of branches) {
    for (const finding of walkBranch(context, branch, inverses)) {
      const key = `${finding.code} ${finding.line} ${finding.col}`
      if (!found.has(key)) found.set(key, finding)
    }
  }
  return complete ? [...found.values()] : [...found.values(), tooManyBranches(context)]
}

/** It opens or closes something: no other step matters on any way. */
const isTouching = (step: PlacedStep): boolean =>
  stateOf(step, 'opens').length + stateOf(step, 'closes').length > 0

const tooManyBranches = ({ draft }: LintContext): Finding =>
  errorAt(draft.source.keySpot(['phases']), {
    code: 'too-many-branches',
    message: `the conditions make more than ${BRANCHES_MAX} ways through the plan, so open states cannot be followed on all of them`,
    hint: 'Use fewer `when` conditions, or the same condition on steps that belong together.',
  })

/** The id of a step → what takes it back, as far as it touches a state. */
type Inverses = ReadonlyMap<string, readonly PlacedStep[]>

function inversesOf({ draft }: LintContext): Inverses {
  const found = new Map<string, PlacedStep[]>()
  for (const step of draft.steps) {
    const { place, undoes } = step
    if (place === 'undo' && undoes !== undefined && isTouching(step))
      found.set(undoes, [...(found.get(undoes) ?? []), step])
  }
  return found
}

function walkBranch(context: LintContext, branch: Branch, inverses: Inverses): Finding[] {
  const plan = context.draft.steps.filter((step) => step.place === 'plan' && branch.applies(step))
  const findings: Finding[] = []
  const forward = makeWalk(context, findings)
  const required = new Set(context.draft.waysBack.flatMap(({ document }) => document.requires ?? []))
  plan.forEach((step, index) => {
    forward.take(step, branch.label)
    // Turning back after any other step is what it was after the one before.
    const isAnew = index === 0 || isTouching(step) || inverses.has(step.id) || required.has(step.id)
    if (!isAnew) return
    const done = plan.slice(0, index + 1)
    findings.push(...everyWayBack(context, branch, { done, open: forward.open(), inverses }))
  })
  forward.end(`when the cutover completes ${branch.label}`.trim())
  return findings
}

type Open = ReadonlyMap<string, PlacedStep>

/** Back by the inverses, and by every way that has steps of its own, as soon as what it requires is done. */
function everyWayBack(
  context: LintContext,
  branch: Branch,
  given: { readonly done: readonly PlacedStep[]; readonly open: Open; readonly inverses: Inverses },
): Finding[] {
  const { done, open } = given
  const { waysBack } = context.draft
  const inverses = done.toReversed().flatMap(({ id }) => given.inverses.get(id) ?? [])
  const own = waysBack.filter((way) => way.steps !== undefined && isPossible(way, done))
  const byInverses = waysBack.length === 0 || waysBack.some((way) => way.steps === undefined)
  return [
    ...(byInverses ? wayBack(context, branch, { done, open, steps: inverses, by: '' }) : []),
    ...own.flatMap(({ id, steps = [] }) =>
      wayBack(context, branch, { done, open, steps: steps.filter(isTouching), by: ` by "${id}"` }),
    ),
  ]
}

const isPossible = ({ document }: PlacedWayBack, done: readonly PlacedStep[]): boolean =>
  (document.requires ?? []).every((id) => done.some((step) => step.id === id))

function wayBack(
  context: LintContext,
  branch: Branch,
  way: {
    readonly done: readonly PlacedStep[]
    readonly open: Open
    readonly steps: readonly PlacedStep[]
    readonly by: string
  },
): Finding[] {
  const last = way.done.at(-1)
  if (last === undefined) return []
  const findings: Finding[] = []
  // Its own steps do not know how far the plan came: they see to it that a state is open, or closed.
  const doubled: Finding[] = []
  const walk = makeWalk(context, way.by === '' ? findings : doubled, way.open)
  const { before, after } = context.draft
  const how = `when rolling back${way.by} after "${last.title}" ${branch.label}`.trim()
  for (const step of [...before, ...way.steps, ...after]) if (branch.applies(step)) walk.take(step, how)
  walk.end(how)
  return [...findings, ...doubled.filter(({ code }) => code === 'stays-open')]
}

function makeWalk(context: LintContext, findings: Finding[], from: Open = new Map()) {
  const open = new Map(from)
  const { source } = context.draft
  const take = (step: PlacedStep, how: string) => {
    for (const state of stateOf(step, 'closes')) {
      if (open.delete(state)) continue
      findings.push(
        errorAt(source.keySpot([...step.path, 'closes']), {
          code: 'closes-nothing',
          message: `"${step.title}" closes "${state}", which is not open then (${how})`,
          hint: 'Let one step close it on each way, with the same `when` as the step that opens it.',
        }),
      )
    }
    for (const state of stateOf(step, 'opens')) {
      const opener = open.get(state)
      open.set(state, step)
      if (opener === undefined) continue
      findings.push(
        errorAt(source.keySpot([...step.path, 'opens']), {
          code: 'opens-twice',
          message: `"${step.title}" opens "${state}", which "${opener.title}" has already opened (${how})`,
          hint: 'Close it in between, or let only one of them open it.',
        }),
      )
    }
  }
  const end = (how: string) => {
    for (const [state, step] of open) {
      findings.push(
        errorAt(source.keySpot([...step.path, 'opens']), {
          code: 'stays-open',
          message: `"${state}" is opened by "${step.title}" and nothing closes it ${how}`,
          hint: how.includes('rolling back')
            ? `Give that step an \`undo\` with \`closes: ${state}\`, or a step of the way back.`
            : `Add \`closes: ${state}\` to the step that ends it.`,
        }),
      )
    }
  }
  return { take, end, open: (): Open => new Map(open) }
}

/** The states that a step opens or closes. */
export function stateOf(step: PlacedStep, key: 'opens' | 'closes'): readonly string[] {
  if (step.kind !== 'do' && step.kind !== 'run') return []
  const written = step.document[key]
  return written === undefined ? [] : typeof written === 'string' ? [written] : written
}
