import { z } from 'zod'
import {
  ActionFailure,
  type ActionContext,
  type CheckAction,
  type RunAction,
  type RunResult,
} from '../action.ts'
import { listed, migrate, MIGRATION_FACTS, nothingToApply } from './migrate.ts'
import type { PartTrack } from './parts.ts'
import { PENDING_FACTS, pendingResult, pendingShape } from './pending.ts'
import { pythonError } from './said.ts'
import { rowsOf } from './table.ts'
import { timeoutShape, toolFailure, toolShape, withTool, type Tool, type ToolInput } from './tool.ts'

const USUAL = ['python3', 'manage.py'] as const

const which = {
  app: z.string().regex(/^\w+$/).optional().describe('Only this app.'),
  to: z
    .string()
    .regex(/^\w+$/)
    .optional()
    .describe('Up to this migration of `app`, by name or by the beginning of it.'),
}

const Input = z.strictObject({ ...toolShape(USUAL), ...which, ...timeoutShape })
type Input = z.infer<typeof Input>

export const djangoMigrate: RunAction<Input> = {
  name: 'django.migrate',
  kind: 'run',
  hasParts: true,
  mutating: true,
  summary:
    'Django: `migrate --plan`, `migrate --noinput`, `migrate --check`. Each migration is a part of the step with its begin, end and result, held against `django_migrations` of the target.',
  input: Input,
  facts: MIGRATION_FACTS,
  run: async (input, context) =>
    withTool(input, context, { usual: USUAL }, (tool) => run(tool, input, context)),
}

async function run(tool: Tool, input: Input, context: ActionContext): Promise<RunResult> {
  const words = targetWords(input)
  const planned = await plan(tool, words)
  const before = await applied(input, context)
  const twice = planned.filter((name) => before.has(name))
  if (twice.length > 0) {
    throw new ActionFailure(
      `Django wants to apply ${listed(twice)}, which ${input.target.name} has already. The project is set to another database.`,
      {
        hint: 'Let its settings read the PG* variables, or name the target that it uses.',
        changed: 'nothing was applied',
      },
    )
  }
  if (planned.length === 0) return nothingToApply()
  const result = await migrate(
    {
      target: input.target,
      planned,
      spelled: tool.spelled(['migrate']),
      apply: (hear) => tool.run(['migrate', '--noinput', '--no-color', ...words], hear),
      hear,
      inside: () => applied(input, context),
      said: ({ lines }) => pythonError(lines),
      remains: (name) => remains(tool, name),
      hint: 'Mend the migration or the data it stumbles over, then try again; what is in is not applied twice.',
    },
    context,
  )
  const check = await tool.run(['migrate', '--check', '--no-color', ...words])
  if (check.exit === 0) return result
  throw new ActionFailure(
    `${tool.spelled(['migrate', '--check'])} says that something is still not applied.`,
    {
      hint: 'The output in the thread names it.',
      changed: `${listed(planned)} ${planned.length === 1 ? 'is' : 'are'} in`,
      facts: result.facts,
      ...(result.parts === undefined ? {} : { parts: result.parts }),
    },
  )
}

function targetWords({ app, to }: Pick<Input, 'app' | 'to'>): readonly string[] {
  if (to !== undefined && app === undefined) {
    throw new ActionFailure('`to` names a migration without the `app` that it belongs to.', {
      hint: 'Add `app:` to the step.',
      changed: 'nothing was applied',
    })
  }
  return [app, to].filter((word) => word !== undefined)
}

async function plan(tool: Tool, words: readonly string[]): Promise<readonly string[]> {
  const end = await tool.run(['migrate', '--plan', '--no-color', ...words])
  if (end.exit !== 0) throw toolFailure(tool.spelled(['migrate', '--plan']), end, pythonError(end.lines))
  const from = end.lines.indexOf('Planned operations:')
  // What is done inside a migration stands indented below its name.
  return end.lines.slice(from + 1).filter((line) => /^\w+\.\w+$/.test(line))
}

/** `  Applying shop.0002_total... OK`: the beginning comes before the work, the end after it. */
function hear(line: string, _isWhole: boolean, track: PartTrack): void {
  const [, name, rest = ''] = /^ +Applying (\w+\.\w+)\.\.\.(.*)$/.exec(line) ?? []
  if (name !== undefined && track.current() !== name && !/OK|FAKED/.test(rest)) track.begin(name)
  if (/ (OK|FAKED)$/.test(rest)) {
    if (track.current() !== name && name !== undefined) track.begin(name)
    track.done()
  }
}

async function applied({ target }: ToolInput, { attempt }: ActionContext): Promise<ReadonlySet<string>> {
  const rows = await rowsOf<{ name: string }>(
    target,
    attempt,
    `select app || '.' || name as name from django_migrations`,
  )
  return new Set(rows.map(({ name }) => name))
}

/** Django applies a migration as a whole unless it says `atomic = False`; its SQL shows that. */
async function remains(tool: Tool, name: string): Promise<string> {
  const [app = '', migration = ''] = name.split('.')
  const { exit, lines } = await tool
    .ask(['sqlmigrate', '--no-color', app, migration])
    .catch(() => ({ exit: null, lines: [] }))
  if (exit === 0 && lines.includes('BEGIN;')) return `nothing of ${name} was applied`
  return exit === 0
    ? `${name} is not atomic: a part of it may be in`
    : `how much of ${name} is in is not known`
}

const PendingInput = z.strictObject({ ...toolShape(USUAL), app: which.app, ...pendingShape })
type PendingInput = z.infer<typeof PendingInput>

export const djangoPending: CheckAction<PendingInput> = {
  name: 'django.pending',
  kind: 'check',
  summary:
    'Django: which migrations are not applied, by `showmigrations --plan`. `rows` is how many, `value` their names joined by ", ".',
  input: PendingInput,
  facts: PENDING_FACTS,
  check: async (input, context) =>
    withTool(input, context, { usual: USUAL }, async (tool) => {
      const words = [
        'showmigrations',
        '--plan',
        '--no-color',
        ...(input.app === undefined ? [] : [input.app]),
      ]
      const end = await tool.run(words)
      if (end.exit !== 0) throw toolFailure(tool.spelled(['showmigrations']), end, pythonError(end.lines))
      const pending = end.lines.flatMap((line) => /^\[ \] +(\w+\.\w+)/.exec(line)?.[1] ?? [])
      return pendingResult(pending, input.exactly)
    }),
}
