import { z } from 'zod'
import { nearest } from '../nearest.ts'
import { complaint, form, keyed, text } from './complaint.ts'
import {
  Approvers,
  Arguments,
  Duration,
  DurationRange,
  EnvironmentVariable,
  Expect,
  Expected,
  Id,
  Links,
  Offset,
  PoolName,
  oneOrMore,
} from './primitives.ts'

const title = (what: string) => text().meta({ description: what })

const common = {
  id: Id.optional(),
  at: Offset.optional(),
  wait: z.boolean().optional().meta({ description: 'From T-0 on: do not start before `at`.' }),
  late: Duration.optional().meta({ description: 'How late it may start before somebody is asked (10m).' }),
  by: Id.optional().meta({ description: 'The role that owns it; default: any holder.' }),
  optional: z.boolean().optional().meta({ description: 'Needs no reason to skip.' }),
  critical: z.boolean().optional().meta({ description: 'Takes two people to skip or override.' }),
  parallel: z.boolean().optional().meta({ description: 'May overlap the step before it.' }),
  needs: z.array(Id).optional(),
  when: z
    .record(
      form(
        /^\$\S+$/,
        'a condition names a var or a fact with its dollar',
        'Write `when: { $environment: production }` or `when: { $backup.bytes: "> 0" }`.',
      ),
      Expected,
    )
    .optional()
    .meta({ description: 'All must hold, or the step is not applicable.' }),
  estimate: DurationRange.optional(),
  warn: text().optional().meta({ description: 'Shown before the step starts.' }),
  help: text().optional(),
  links: Links.optional(),
  pool: PoolName.optional(),
}

const changes = {
  opens: oneOrMore(Id).optional().meta({ description: 'Open state that another step must close.' }),
  closes: oneOrMore(Id).optional(),
  irreversible: text().optional().meta({ description: 'Why it cannot be undone.' }),
}

const command = z
  .array(z.string(), {
    error: complaint('a command is a list of words', 'Write `command: [systemctl, stop, ward-api]`.'),
  })
  .min(1)
  .meta({ description: 'argv: the program and its arguments, without a shell.' })

const surroundings = {
  cwd: text().optional(),
  env: z.record(EnvironmentVariable, z.union([z.string(), z.number()])).optional(),
}

const action = {
  uses: text().optional().meta({ description: 'An action of the catalogue: `sqlite.copy`.' }),
  with: Arguments.optional(),
}

const looks = {
  ...action,
  sql: Arguments.optional(),
  http: Arguments.optional(),
  command: command.optional(),
  file: Arguments.optional(),
  log: Arguments.optional(),
  metric: Id.optional(),
  ...surroundings,
  read_only: z.boolean().optional().meta({ description: 'A command that only looks.' }),
  expect: Expect.optional(),
}

const Field = keyed('a field', {
  type: z.enum(['text', 'int', 'number', 'time', 'url']).optional(),
  label: text().optional(),
  optional: z.boolean().optional(),
  pattern: text().optional(),
})

const FieldName = form(
  /^[a-z][a-z0-9_-]*$/,
  'the name of a field is small letters, digits, dashes and underscores and begins with a letter',
  'Write it like `free_gb`; what people see is its `label`.',
)

const Item = z.union([text(), keyed('an item', { id: Id.optional(), text: text(), by: Id.optional() })])

const doShape = {
  do: title('What a person does and ticks.'),
  ...common,
  ...changes,
  fields: z.record(FieldName, Field).optional(),
  items: z.array(Item).min(1).optional(),
}

/** As the actions read it: a text, or a regular expression between slashes. */
const Pattern = text().superRefine((written, context) => {
  const [, source, flags] = /^\/(.+)\/([imsu]*)$/s.exec(written) ?? []
  if (source === undefined) return
  try {
    RegExp(source, flags)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const message = complaint(
      `this is no regular expression: ${why}`,
      'Write a plain text without the slashes, or mend it.',
    )
    context.addIssue({ code: 'custom', message })
  }
})

const Results = z
  .union([z.literal('tap'), keyed('results', { junit: text() }), keyed('results', { tap: text() })], {
    error: complaint(
      'results say where the report of the tests is',
      'Write `results: { junit: report.xml }`, `results: { tap: FILE }`, or `results: tap` for what the suite prints.',
    ),
  })
  .meta({ description: 'The report of a test suite: no test, or a failed one, makes the run fail.' })

const runShape = {
  run: title('A long step on a worker.'),
  ...common,
  ...changes,
  ...action,
  command: command.optional(),
  script: text().optional().meta({ description: 'A pinned script file, run by `bash -euo pipefail`.' }),
  ...surroundings,
  begin: z.enum(['click', 'auto']).optional(),
  estimates: z.record(text(), DurationRange).optional().meta({
    description: 'How long each migration takes, by its name; together the estimate, where there is none.',
  }),
  read_only: z.boolean().optional().meta({ description: 'It changes nothing: no undo is asked for.' }),
  idempotent: z.boolean().optional(),
  timeout: keyed('timeout', {
    after: Duration,
    then: z.enum(['ask', 'cancel']).optional(),
  }).optional(),
  expect: Expect.optional(),
  answers: z
    .array(
      keyed('an answer', {
        prompt: Pattern,
        send: z.string(),
        times: z.int().positive().optional(),
      }),
    )
    .min(1)
    .optional()
    .meta({ description: 'What the program asks and what is sent, each once unless `times` says more.' }),
  tty: z.boolean().optional().meta({ description: 'Gives the program a terminal.' }),
  errors: Pattern.optional().meta({
    description:
      'A line of output with this text or `/regular expression/` means failure, whatever the exit code.',
  }),
  results: Results.optional(),
  expect_tests: z.array(text()).min(1).optional().meta({ description: 'Tests that must have run.' }),
}

const DoInverse = keyed('an inverse that a person does', doShape)
const RunInverse = keyed('an inverse that a worker runs', runShape)
const undo = z.union([DoInverse, RunInverse], { error: kindComplaint(['do', 'run'], 'an undo') }).optional()

export const DoDocument = keyed('a do step', { ...doShape, undo })
export const RunDocument = keyed('a run step', { ...runShape, undo })

export const CheckDocument = keyed('a check step', {
  check: title('What the machine looks at.'),
  ...common,
  ...looks,
  within: Duration.optional().meta({ description: 'Keep looking until green or this long has passed.' }),
  every: Duration.optional(),
})

export const Criterion = z.union([
  keyed('a step criterion', { step: Id, fresh: Duration.optional() }),
  keyed('a confirm criterion', { confirm: text(), id: Id, by: Id.optional() }),
  keyed('a rehearsed criterion', {
    rehearsed: keyed('rehearsed', {
      same_hash: z.boolean().optional(),
      within: Duration.optional(),
      rollback: z.boolean().optional(),
      issues: z.literal('resolved').optional().meta({ description: 'No issue of it was left open.' }),
    }),
    id: Id.optional(),
  }),
  keyed('a metric criterion', { metric: Id, expect: Expect, fresh: Duration.optional() }),
  keyed('an ack criterion', { ack: Id, says: z.enum(['available', 'present']).optional() }),
])

export const DecideDocument = keyed('a decide step', {
  decide: title('What is decided.'),
  ...common,
  approvers: Approvers,
  criteria: z.array(Criterion).optional().meta({ description: 'All of them hold for GO.' }),
  no_go_when: z
    .array(Criterion)
    .min(1)
    .optional()
    .meta({ description: 'Any of them holds back GO when it has happened.' }),
  deadline: Offset.optional(),
  no_go: z.enum(['postpone', 'hold', 'rollback', 'abandon']).optional(),
})

export const PageState = z
  .enum(['scheduled', 'in progress', 'verifying', 'completed', 'extended', 'rolled back', 'cancelled'])
  .meta({ description: 'What status pages say from this notice on.' })

export const TellDocument = keyed('a tell step', {
  tell: title('What is announced.'),
  ...common,
  to: z.array(Id).min(1),
  template: text(),
  state: PageState.optional(),
  every: Duration.optional().meta({ description: 'A promise: told again this often until `until` is done.' }),
  until: Id.optional(),
  approve: Id.optional().meta({ description: 'The role that approves the text before it goes out.' }),
  meet: keyed('meet', {
    at: Offset.optional(),
    length: Duration,
    agenda: z.array(text()).optional(),
  })
    .optional()
    .meta({ description: 'The e-mail is an invitation; `at` is when they meet, T-0 unless said.' }),
})

export const WatchCheckDocument = keyed('a check of a watch', {
  id: Id,
  title: text().optional(),
  ...looks,
})

export const WatchDocument = keyed('a watch step', {
  watch: title('What is looked at for a while.'),
  ...common,
  for: Duration,
  every: Duration.optional(),
  checks: z.array(WatchCheckDocument).min(1),
  breach: Id.optional().meta({ description: 'The trigger that a sample out of bounds meets.' }),
})

const STEP_KINDS = ['do', 'check', 'run', 'decide', 'tell', 'watch'] as const

export const StepDocument = z.union(
  [DoDocument, CheckDocument, RunDocument, DecideDocument, TellDocument, WatchDocument],
  { error: kindComplaint(STEP_KINDS, 'a step') },
)

export const Alternatives = keyed('alternatives', {
  one_of: title('The question that the options answer.'),
  id: Id.optional(),
  by: Id.optional().meta({
    description: 'The role that chooses when it is reached; default: chosen at the start.',
  }),
  options: z.record(Id, z.array(StepDocument).min(1)),
})

export const PhaseEntry = z.union(
  [DoDocument, CheckDocument, RunDocument, DecideDocument, TellDocument, WatchDocument, Alternatives],
  { error: kindComplaint([...STEP_KINDS, 'one_of'], 'a step') },
)

export type DoDocument = z.infer<typeof DoDocument>
/** `measures` stands in the place of a `metric` that was looked up: the keys beside it are the metric's own. */
interface Measures {
  readonly measures?: string
}
export type CheckDocument = z.infer<typeof CheckDocument> & Measures
export type RunDocument = z.infer<typeof RunDocument>
export type DecideDocument = z.infer<typeof DecideDocument>
export type TellDocument = z.infer<typeof TellDocument>
export type WatchCheckDocument = z.infer<typeof WatchCheckDocument> & Measures
export type WatchDocument = Omit<z.infer<typeof WatchDocument>, 'checks'> & {
  checks: WatchCheckDocument[]
}
export type StepDocument = z.infer<typeof StepDocument>
export type Criterion = z.infer<typeof Criterion>

/** Speaks up only when it cannot be told which kind was meant; otherwise that kind's own complaints are shown. */
function kindComplaint(kinds: readonly string[], what: string) {
  return (issue: { readonly input?: unknown }): string | undefined => {
    const { input } = issue
    if (typeof input !== 'object' || input === null || Array.isArray(input)) return undefined
    const said = Object.keys(input).filter((key) => kinds.includes(key))
    if (said.length === 1) return undefined
    if (said.length > 1)
      return complaint(`${what} has ${said.length} kinds: ${said.join(' and ')}`, 'Make one step of each.')
    const meant = Object.keys(input).flatMap((key) => nearest(key, kinds) ?? [])[0]
    const hint = `It begins with one of ${kinds.join(', ')}.`
    return complaint(
      `${what} without a kind`,
      meant === undefined ? hint : `Did you mean "${meant}"? ${hint}`,
    )
  }
}
