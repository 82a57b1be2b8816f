import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { catalogue } from '../../src/actions/catalogue.ts'
import { workOf } from '../../src/app/attempt-work.ts'
import { validateFile } from '../../src/cli/validations.ts'
import type { ValueType } from '../../src/domain/catalogue.ts'
import type { Actor } from '../../src/domain/events.ts'
import { liveAttempts, stepState } from '../../src/domain/lookup.ts'
import { outstanding, wantsDraft } from '../../src/domain/notices.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { rehearsalAnswer, type RehearsalWishes } from '../../src/domain/rehearsal-answers.ts'
import { rehearsalEnd } from '../../src/domain/rehearsal-end.ts'
import type { Facts } from '../../src/domain/state.ts'
import { resolvePlan } from '../../src/runbook/resolve/resolve-plan.ts'
import { filesBelow, ROOT } from '../repository/files.ts'
import { Cutover } from '../support/cutover.ts'
import { T0 } from '../support/plans.ts'

const ACTOR: Actor = { kind: 'rehearsal' }
const WISHES: RehearsalWishes = { skip: [], onFailure: 'rollback', fields: {} }
const ACTIONS = catalogue()

const RUNBOOKS = filesBelow('runbooks')
  .filter((path) => /^runbooks\/[^/]+\.yaml$/.test(path))
  .map((path) => {
    const { runbook } = validateFile(join(ROOT, path))
    if (runbook === undefined) throw new Error(`${path} has errors`)
    return { path, runbook }
  })
type Book = (typeof RUNBOOKS)[number]

/** Every option of every choice once, with the others as their environment has them. */
const BRANCHES = RUNBOOKS.flatMap(({ path, runbook }: Book) =>
  runbook.choices.flatMap(({ id, options }) =>
    options.map((option) => ({ path, runbook, choice: id, option: option.id })),
  ),
)

/** For the demo, held by the rehearsal itself, on one host. */
function planOf({ runbook }: Book, choices: Readonly<Record<string, string>>): Plan {
  const resolution = resolvePlan({
    runbook,
    catalogue: ACTIONS,
    environment: 'demo',
    vars: Object.fromEntries(
      Object.entries(runbook.head.vars ?? {}).flatMap(([name, { ask, default: value }]) =>
        ask === true && value === undefined ? [[name, 'X-1']] : [],
      ),
    ),
    choices,
    people: () => ['rehearsal'],
    cutover: { id: 'c1', stamp: '20261120-220000' },
    plannedStart: T0,
  })
  if (!resolution.ok) throw new Error(resolution.findings.map(({ message }) => message).join('\n'))
  const { plan } = resolution
  const steps = Object.values(plan.steps).map((step) => [step.id, { ...step, pool: 'db' }] as const)
  return { ...plan, pool: 'db', steps: Object.fromEntries(steps) }
}

const EXAMPLES: { readonly [type in ValueType]?: Facts[string] } = {
  int: 1,
  number: 1,
  boolean: true,
  list: ['x'],
}

/** Something of every fact that the action of a step may give: what comes later may use it. */
function factsOf(plan: Plan, step: string): Facts {
  const found = plan.steps[step]
  const facts = found !== undefined && 'work' in found ? ACTIONS[found.work.uses]?.facts : undefined
  return Object.fromEntries(Object.entries(facts ?? {}).map(([name, type]) => [name, EXAMPLES[type] ?? 'x']))
}

/** Machines do what they should, unless a step is to fail; whatever is started has all the facts that it names. */
function carryOut(plan: Plan, failing?: string): { readonly c: Cutover; readonly why?: string } {
  const holders = Object.fromEntries(Object.keys(plan.roles).map((role) => [role, { person: 'rehearsal' }]))
  const c = new Cutover(plan, { opener: 'rehearsal', holders })
  for (let round = 0; round < 1_500; round += 1) {
    const given = { wishes: WISHES, now: c.now }
    const end = rehearsalEnd(c.state, given)
    if (end !== undefined) return { c, ...(end.why !== undefined && { why: end.why }) }
    const answer = rehearsalAnswer(c.state, given)
    if (answer?.type === 'unanswerable') return { c, why: answer.why }
    if (answer !== undefined) {
      const decision = c.decide(answer, ACTOR)
      if (!decision.ok) throw new Error(`${answer.type}: ${decision.refusal.message}`)
    } else if (c.advance().length === 0) machinesGoOn(c, plan, failing)
  }
  const waiting = Object.values(plan.steps).filter(({ id }) =>
    ['due', 'active', 'failed', 'unknown'].includes(stepState(c.state, id).status),
  )
  throw new Error(
    `It does not come to an end: ${c.state.status}, at ${waiting.map(({ id }) => id).join(', ')}`,
  )
}

function machinesGoOn(c: Cutover, plan: Plan, failing: string | undefined): void {
  const [live] = liveAttempts(c.state)
  if (live !== undefined) {
    workOf(c.state, live.id)
    const fails = live.step === failing
    c.work(live.step, fails ? { outcome: 'failed' } : { facts: factsOf(plan, live.step) })
    return
  }
  const tells = Object.values(plan.steps).filter((step) => step.kind === 'tell')
  const drafting = tells.find((step) => wantsDraft(c.state, step.id, c.now))
  if (drafting !== undefined) {
    c.leader({ type: 'report draft', step: drafting.id, hash: 'd'.repeat(64), texts: [] })
    return
  }
  const telling = tells.find(({ id }) => stepState(c.state, id).status === 'active')
  if (telling === undefined) {
    c.now += 60_000
    return
  }
  const own = stepState(c.state, telling.id)
  const told = { type: 'report notice', step: telling.id, since: own.startedAt ?? 0 } as const
  for (const { audience, medium } of outstanding(plan, telling, own))
    c.leader({ ...told, audience, medium, to: [], text: 'Notice', rejected: [] })
}

describe.each(BRANCHES)('$path with $choice: $option', ({ path, runbook, choice, option }) => {
  const plan = planOf({ path, runbook }, { [choice]: option })
  const chosen = plan.choices[choice]?.options.find(({ id }) => id === option)?.steps ?? []
  const own = chosen.filter((id) => plan.steps[id]?.place === 'plan')

  it('comes to its end, and every step of the option that applies is carried out', () => {
    const { c, why } = carryOut(plan)

    expect([c.state.status, why]).toEqual(['closed', undefined])
    const left = own.filter((id) => !['done', 'not applicable'].includes(stepState(c.state, id).status))
    expect(left).toEqual([])
  })

  const last = own.findLast((id) => plan.steps[id]?.kind === 'run' && plan.steps[id].mutating)
  // An option that changes nothing has nothing to come back from.
  if (last === undefined) return
  it('comes back from the last of its changes', () => {
    const { c, why } = carryOut(plan, last)

    expect(c.state).toMatchObject({ status: 'closed', rollback: { finishedAt: expect.any(Number) } })
    expect(why).toBeDefined()
  })
})
