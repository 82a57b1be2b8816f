import type { Plan, RollbackOption } from '../../src/domain/plan.ts'
import { aPlan, at } from './plans.ts'
import type { PlanBuilder } from './plans.ts'

/** Adds the choice `how` to a plan: `dump` with two steps, `snapshot` with one. */
export function withChoice(
  plan: PlanBuilder,
  change: { readonly by?: string; readonly preset?: string } = {},
) {
  const of = (option: string) => ({ branch: { choice: 'how', option } })
  const more = plan
    .do('dump-it', { ...of('dump'), undo: 'do', estimate: { lowMs: 1, highMs: 60_000 } })
    .do('check-dump', { ...of('dump') })
    .do('snap-it', { ...of('snapshot'), undo: 'do' })
  return more.with({
    choices: {
      how: {
        id: 'how',
        question: 'How is it saved?',
        phase: 'work',
        ...change,
        options: [
          { id: 'dump', steps: ['dump-it', 'undo-dump-it', 'check-dump'] },
          { id: 'snapshot', steps: ['snap-it', 'undo-snap-it'] },
        ],
        source: 'test.yaml:how',
      },
    },
  })
}

export const FAST: RollbackOption = {
  id: 'fast',
  title: 'Undo the steps',
  text: 'nobody has written yet',
  requires: [],
}

/** A plan that changes two things and reopens; `fast` undoes, `restore` has steps of its own. */
export function withWaysBack(
  change: {
    readonly requires?: readonly string[]
    readonly withinMs?: number
    readonly reopens?: 'do' | 'run'
  } = {},
): Plan {
  const steps = aPlan()
    .phase('work', at(0))
    .do('save')
    .do('change', { undo: 'do', opens: ['maintenance'] })
    .run('migrate', { undo: 'run', begin: 'auto' })
  const reopen =
    change.reopens === 'run'
      ? steps.run('reopen', { begin: 'auto', closes: ['maintenance'] })
      : steps.do('reopen', { closes: ['maintenance'] })
  const built = reopen.before('do', 'warn').after('do', 'look').build()
  const { look } = built.steps
  if (look === undefined) throw new Error('the builder lost a step')
  return {
    ...built,
    steps: {
      ...built.steps,
      restore: { ...look, id: 'restore', title: 'restore', place: 'rollback option' },
    },
    rollback: {
      ...built.rollback,
      reopened: 'reopen',
      options: [
        { ...FAST, ...(change.withinMs !== undefined && { withinMs: change.withinMs }) },
        {
          id: 'thorough',
          title: 'Put the dump back',
          loses: 'what was written since',
          requires: change.requires ?? [],
          steps: ['restore'],
        },
      ],
    },
  }
}
