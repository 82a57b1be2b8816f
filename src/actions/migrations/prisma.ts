import { z } from 'zod'
import {
  ActionFailure,
  type ActionContext,
  type CheckAction,
  type RunAction,
  type RunResult,
} from '../action.ts'
import type { PostgresTarget } from '../targets.ts'
import { oneLine } from '../wording.ts'
import { listed, migrate, MIGRATION_FACTS, nothingToApply } from './migrate.ts'
import type { PartTrack } from './parts.ts'
import { PENDING_FACTS, pendingResult, pendingShape } from './pending.ts'
import { rowsOf } from './table.ts'
import {
  sessionOptions,
  timeoutShape,
  toolFailure,
  toolShape,
  withTool,
  type Tool,
  type ToolEnd,
  type ToolInput,
} from './tool.ts'

/** Never one that npx fetches at night. */
const USUAL = ['npx', '--no-install', 'prisma'] as const

const schema = z
  .string()
  .regex(/^[A-Za-z_][\w$]*$/)
  .optional()
  .describe('The schema in which Prisma keeps its tables; `public` unless said.')

const Input = z.strictObject({ ...toolShape(USUAL), schema, ...timeoutShape })
type Input = z.infer<typeof Input>

export const prismaMigrate: RunAction<Input> = {
  name: 'prisma.migrate',
  kind: 'run',
  hasParts: true,
  mutating: true,
  summary:
    'Prisma: `migrate status`, then `migrate deploy`. Each migration is a part of the step with its begin, end and result, held against `_prisma_migrations` of the target. `DATABASE_URL` is made from the target unless `env` names one.',
  input: Input,
  facts: MIGRATION_FACTS,
  run: async (input, context) =>
    withTool(input, context, settings(input), (tool) => run(tool, input, context)),
}

/** Prisma has a driver of its own, which reads a URL only: its schema, limits and name for the session stand in it. */
function settings(input: ToolInput & { readonly schema?: string | undefined }) {
  return {
    usual: USUAL,
    extra: (environment: Record<string, string>) => {
      environment['DATABASE_URL'] ??= urlOf(
        input.target,
        input.schema,
        sessionOptions(input),
        environment['PGAPPNAME'],
      )
    },
  }
}

function urlOf(target: PostgresTarget, name = 'public', options: string, application = ''): string {
  const url = new URL(target.url)
  if (target.database !== undefined) url.pathname = `/${encodeURIComponent(target.database)}`
  const query = {
    ...Object.fromEntries(url.searchParams),
    schema: name,
    application_name: application,
    options,
  }
  // Percent-encoded blanks: a plus is one for browsers only.
  url.search = Object.entries(query)
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
    .join('&')
  return url.href
}

async function run(tool: Tool, input: Input, context: ActionContext): Promise<RunResult> {
  const planned = await pendingOf(tool)
  if (planned.length === 0) return nothingToApply()
  const before = await finished(input, context)
  const twice = planned.filter((name) => before.has(name))
  if (twice.length > 0) {
    throw new ActionFailure(
      `Prisma wants to apply ${listed(twice)}, which ${input.target.name} has already. DATABASE_URL names another database.`,
      {
        hint: 'Leave DATABASE_URL out of `env`, or name the target that it uses.',
        changed: 'nothing was applied',
      },
    )
  }
  return migrate(
    {
      target: input.target,
      planned,
      spelled: tool.spelled(['migrate', 'deploy']),
      apply: (listen) => tool.run(['migrate', 'deploy'], listen),
      hear,
      inside: () => finished(input, context),
      said: prismaError,
      remains: async (name) =>
        `${name} is marked as failed in _prisma_migrations, and how much of it is in is not certain`,
      hint: 'Look what of it is in, mend that, then say so by `prisma migrate resolve`: until then Prisma applies nothing more.',
    },
    context,
  )
}

/** `Applying migration `20261120_total``; a line of its own, without an end. */
function hear(line: string, isWhole: boolean, track: PartTrack): void {
  const [, name] = isWhole ? (/^Applying migration [`"']?([\w.-]+)[`"']?/.exec(line) ?? []) : []
  if (name !== undefined) track.begin(name)
}

async function finished(
  { target, schema: name = 'public' }: Input,
  { attempt }: ActionContext,
): Promise<ReadonlySet<string>> {
  const rows = await rowsOf<{ name: string }>(
    target,
    attempt,
    `select migration_name as name from "${name}"._prisma_migrations
     where finished_at is not null and rolled_back_at is null`,
  )
  return new Set(rows.map((row) => row.name))
}

const PENDING = /migrations? have not yet been applied:$/i
const FAILED = /migrations? have failed:$/i
const FOREIGN = /migrations? from the database are not found locally/i

/** `migrate status` ends with 1 also where migrations are merely pending, so its words decide. */
async function pendingOf(tool: Tool): Promise<readonly string[]> {
  const end = await tool.run(['migrate', 'status'])
  const spelled = tool.spelled(['migrate', 'status'])
  const failed = namesAfter(end.lines, FAILED)
  if (failed.length > 0) {
    throw new ActionFailure(
      `An earlier run of Prisma left ${listed(failed)} failed; it applies nothing before that is resolved.`,
      {
        hint: 'Look what of it is in, then say so by `prisma migrate resolve --applied` or `--rolled-back`.',
        changed: 'nothing was applied',
      },
    )
  }
  if (end.lines.some((line) => FOREIGN.test(line))) {
    throw new ActionFailure('The database has migrations that this checkout does not have.', {
      hint: 'Deploy the release that belongs to the database, or look who migrated it. The output in the thread names them.',
      changed: 'nothing was applied',
    })
  }
  const pending = namesAfter(end.lines, PENDING)
  const isUpToDate = end.lines.some((line) => /schema is up to date/i.test(line))
  if (pending.length > 0 && end.exit === 1) return pending
  if (isUpToDate && end.exit === 0) return []
  throw toolFailure(spelled, end, prismaError(end))
}

function namesAfter(lines: readonly string[], heading: RegExp): readonly string[] {
  const from = lines.findIndex((line) => heading.test(line.trim()))
  if (from === -1) return []
  const rest = lines.slice(from + 1).map((line) => line.trim())
  const begin = rest.findIndex((line) => line !== '')
  const until = rest.findIndex((line, index) => index > begin && line === '')
  return rest.slice(begin, until === -1 ? undefined : until)
}

/** `Error: P3018`, and the database's own words below it. */
function prismaError({ lines }: ToolEnd): string {
  const at = lines.findIndex((line) => line.trim().startsWith('Error:'))
  const database = lines.find((line) => /^(?:ERROR|FATAL):/.test(line.trim()))
  const first = lines[at] ?? lines.findLast((line) => line.trim() !== '') ?? 'it said nothing'
  return oneLine(
    database === undefined
      ? lines.slice(at, at + 4).join(' ') || first
      : `${database.trim()} (${first.trim()})`,
    500,
  )
}

const PendingInput = z.strictObject({ ...toolShape(USUAL), schema, ...pendingShape })
type PendingInput = z.infer<typeof PendingInput>

export const prismaPending: CheckAction<PendingInput> = {
  name: 'prisma.pending',
  kind: 'check',
  summary:
    'Prisma: which migrations are not applied, by `migrate status`, whose exit code is 1 then. `rows` is how many, `value` their names joined by ", ".',
  input: PendingInput,
  facts: PENDING_FACTS,
  check: async (input, context) =>
    withTool(input, context, settings(input), async (tool) =>
      pendingResult(await pendingOf(tool), input.exactly),
    ),
}
