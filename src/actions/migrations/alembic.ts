import { z } from 'zod'
import type { ActionContext, CheckAction, RunAction, RunResult } from '../action.ts'
import { migrate, MIGRATION_FACTS, nothingToApply } from './migrate.ts'
import type { PartTrack } from './parts.ts'
import { PENDING_FACTS, pendingResult, pendingShape } from './pending.ts'
import { pythonError } from './said.ts'
import { rowsOf } from './table.ts'
import { timeoutShape, toolFailure, toolShape, withTool, type Tool, type ToolInput } from './tool.ts'

const USUAL = ['alembic'] as const

const upTo = z
  .string()
  .regex(/^[\w@+]+$/)
  .default('head')
  .describe('Up to this revision; `head` unless said.')

const Input = z.strictObject({ ...toolShape(USUAL), to: upTo, ...timeoutShape })
type Input = z.infer<typeof Input>

export const alembicUpgrade: RunAction<Input> = {
  name: 'alembic.upgrade',
  kind: 'run',
  hasParts: true,
  mutating: true,
  summary:
    'Alembic: `upgrade` to `head` or to a revision. Each revision is a part of the step with its begin, end and result, held against `alembic_version` of the target before and after.',
  input: Input,
  facts: MIGRATION_FACTS,
  run: async (input, context) =>
    withTool(input, context, { usual: USUAL }, (tool) => run(tool, input, context)),
}

/** One revision, as `alembic history` lists it. */
interface Revision {
  readonly id: string
  readonly after: readonly string[]
}

async function run(tool: Tool, input: Input, context: ActionContext): Promise<RunResult> {
  const history = await historyOf(tool, input.to)
  const planned = pendingOf(history, await versions(input, context))
  if (planned.length === 0) return nothingToApply()
  return migrate(
    {
      target: input.target,
      planned,
      spelled: tool.spelled(['upgrade', input.to]),
      apply: (listen) => tool.run(['upgrade', input.to], listen),
      hear,
      inside: async () => {
        const left = new Set(pendingOf(history, await versions(input, context)))
        return new Set(planned.filter((id) => !left.has(id)))
      },
      said: ({ lines }) => pythonError(lines),
      // Its version is written in the transaction that makes the change.
      remains: async (id) => `nothing of ${id} was applied`,
      hint: 'Mend the revision or the data it stumbles over, then try again; Alembic keeps all of an upgrade in one transaction unless the project says otherwise.',
    },
    context,
  )
}

/** Oldest first. `c -> d (head), what it does`, also `a, b -> c (mergepoint), …`. */
async function historyOf(tool: Tool, to: string): Promise<readonly Revision[]> {
  const end = await tool.run(['history', '-r', `base:${to}`])
  if (end.exit !== 0) throw toolFailure(tool.spelled(['history']), end, pythonError(end.lines))
  return end.lines
    .flatMap((line): Revision[] => {
      const [, before = '', id] = /^([\w, <>]+) -> (\w+)\b/.exec(line) ?? []
      if (id === undefined) return []
      return [{ id, after: before.split(', ').filter((name) => name !== '<base>') }]
    })
    .toReversed()
}

/** What is not below the versions that the database has. */
function pendingOf(history: readonly Revision[], current: readonly string[]): readonly string[] {
  const inside = new Set(current)
  for (const { id, after } of history.toReversed())
    if (inside.has(id)) after.forEach((name) => inside.add(name))
  return history.filter(({ id }) => !inside.has(id)).map(({ id }) => id)
}

async function versions({ target }: ToolInput, { attempt }: ActionContext): Promise<readonly string[]> {
  const rows = await rowsOf<{ id: string }>(target, attempt, 'select version_num as id from alembic_version')
  return rows.map(({ id }) => id)
}

/** Said when a revision begins; its end is the beginning of the next one, or the end of the tool. */
function hear(line: string, isWhole: boolean, track: PartTrack): void {
  const [, id] = isWhole ? (/Running upgrade [\w, ]* ?-> (\w+)/.exec(line) ?? []) : []
  if (id !== undefined) track.begin(id)
}

const PendingInput = z.strictObject({ ...toolShape(USUAL), to: upTo, ...pendingShape })
type PendingInput = z.infer<typeof PendingInput>

export const alembicPending: CheckAction<PendingInput> = {
  name: 'alembic.pending',
  kind: 'check',
  summary:
    'Alembic: which revisions are not applied, by `history` and `alembic_version`. `rows` is how many, `value` their ids joined by ", ".',
  input: PendingInput,
  facts: PENDING_FACTS,
  check: async (input, context) =>
    withTool(input, context, { usual: USUAL }, async (tool) =>
      pendingResult(
        pendingOf(await historyOf(tool, input.to), await versions(input, context)),
        input.exactly,
      ),
    ),
}
