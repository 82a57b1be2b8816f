import { z } from 'zod'

/**
 * The record of one cutover as a report shows it: everything in it is read from the events. Times (`…At`) are
 * milliseconds since the epoch on the clock of the log; durations (`…Ms`) milliseconds, those of machine work on
 * the clock of the host that ran it. People are Slack user ids; `people` names them.
 */
const at = z.number().int()
const ms = z.number().nonnegative()
const text = z.string()

/** A person's id, `rehearsal`, `cutover` (the bot itself) or `worker:POOL`. */
const who = text

const evidence = z.strictObject({
  criterion: text.describe('its id'),
  title: text,
  met: z.boolean(),
  answer: text.describe('what was seen'),
  at: at.optional(),
  overridden: z.boolean(),
})

const attempt = z.strictObject({
  id: text,
  n: z.number().int(),
  outcome: z
    .enum(['succeeded', 'failed', 'cancelled', 'unknown', 'refused', 'revoked', 'under way'])
    .describe('refused and revoked ones were never started'),
  verdict: z.enum(['green', 'red']).optional(),
  forGate: text.optional().describe('the gate that had it looked at again'),
  requestedBy: who,
  startedAt: at.optional(),
  endedAt: at.optional(),
  durationMs: ms.optional(),
  host: text.optional(),
  exit: z.number().int().nullable().optional(),
  digest: text.optional().describe('sha256 of its masked output'),
  summary: text.optional(),
  parts: z
    .array(
      z.strictObject({
        name: text,
        outcome: z.enum(['done', 'failed', 'not run']),
        startedAt: at.optional(),
        durationMs: ms.optional(),
        estimate: z.strictObject({ lowMs: ms, highMs: ms }).optional(),
      }),
    )
    .optional()
    .describe('the steps of the tool itself: its migrations'),
})

const step = z.strictObject({
  id: text,
  title: text,
  kind: z.enum(['do', 'check', 'run', 'decide', 'tell', 'watch']),
  place: z.enum([
    'plan',
    'undo',
    'rollback before',
    'rollback option',
    'rollback after',
    'built-in',
    'notice',
  ]),
  phase: text.optional().describe('title of its phase'),
  planned: z.strictObject({ at: at.optional(), lowMs: ms.optional(), highMs: ms.optional() }),
  rehearsedMs: ms.optional(),
  actual: z.strictObject({ startedAt: at.optional(), endedAt: at.optional(), durationMs: ms.optional() }),
  result: z.enum([
    'done',
    'failed',
    'unknown',
    'skipped',
    'overridden',
    'not applicable',
    'under way',
    'not reached',
  ]),
  undone: z.boolean().describe('a rollback reversed it'),
  by: z.array(who).describe('who ticked, voted, pressed or set it aside'),
  where: text.optional().describe('host of its last attempt'),
  work: text
    .optional()
    .describe('what the machine did: an action, or the words of a command with the names of secrets'),
  detail: text.describe('one line: what came out, or why not'),
  facts: z.record(z.string(), z.unknown()),
  fields: z.record(z.string(), z.string()),
  items: z.array(
    z.strictObject({
      id: text,
      text,
      result: z.enum(['done', 'failed', 'na']),
      by: who,
      at,
      note: text.optional(),
    }),
  ),
  attempts: z.array(attempt),
})

const vote = z.strictObject({
  person: who,
  role: text,
  vote: z.enum(['go', 'no-go']),
  at,
  reason: text.optional(),
  staleBecause: text
    .optional()
    .describe('what changed after it was cast: a criterion turned red, or its role changed hands'),
  alone: z.boolean().describe('counted for everybody, in a rehearsal with one person'),
  evidence: z.array(evidence),
})

const decision = z.strictObject({
  gate: text,
  title: text,
  round: z.number().int(),
  openedAt: at,
  deadlineAt: at.optional(),
  openedFor: text.optional().describe('why the round was opened again'),
  reason: text.optional().describe('what a no-go was given for'),
  votes: z.array(vote),
  outcome: z.enum(['go', 'no-go', 'closed', 'open']),
  at: at.optional(),
  by: who.optional().describe('whose vote decided it'),
  took: text.optional().describe('what a no-go led to, or why the round was closed'),
  evidence: z.array(evidence).describe('what was seen at the decision'),
})

const remark = z.strictObject({
  at,
  by: z.array(who),
  step: text.optional(),
  kind: text,
  text: text.describe('a whole clause, without the names'),
  whom: z.array(who).describe('people that the clause ends with'),
  reason: text.optional(),
})

const notice = z.strictObject({
  at,
  step: text.describe('empty for the mail that tells the end'),
  title: text,
  audience: text,
  medium: z.enum(['slack', 'email', 'webhook', 'report']),
  to: z.array(text),
  subject: text.optional(),
  text,
  rejected: z.array(z.strictObject({ address: text, reason: text })),
  failed: text.optional().describe('why it did not go out'),
})

const issue = z.strictObject({
  id: text,
  text,
  severity: text,
  kind: text,
  by: who,
  at,
  step: text.optional().describe('title of the step that it is about'),
  output: text.optional().describe('what that step said when it failed'),
  owner: text.optional(),
  closedAt: at.optional(),
  resolution: text.optional(),
})

const metric = z.strictObject({
  name: text,
  unit: text.optional(),
  before: z.number().nullable().describe('null: not measured'),
  after: z.number().nullable(),
  changePercent: z.number().nullable(),
  isBetter: z.boolean().nullable().describe('null: unchanged, or nobody can say'),
})

const followUp = z.strictObject({
  id: text,
  title: text,
  owner: text,
  dueAt: at,
  source: z.enum(['runbook', 'review', 'debrief', 'person']),
  closedAt: at.optional(),
  waived: z.boolean().describe('not done, and that is fine for the reason in `said`'),
  said: text.optional(),
})

const checkpoint = z.strictObject({
  phase: text,
  result: z.enum(['passed', 'failed']),
  at,
  afterStartMs: z.number(),
  durationMs: ms,
  acceptedBy: who.optional(),
  reason: text.optional(),
})

const said = z.strictObject({ by: who, text })

export const Timeline = z.strictObject({
  format: z.literal(1),
  cutover: z.strictObject({
    id: text,
    title: text,
    runbook: text,
    hash: text.describe('sha256 of the runbook and its files'),
    environment: text,
    live: z.boolean(),
    channel: text,
    zone: text,
    windowMs: ms,
  }),
  people: z.array(z.strictObject({ id: text, name: text, roles: z.array(text) })),
  outcome: z.enum(['completed', 'rolled back', 'abandoned', 'postponed', 'under way']),
  status: text,
  verdict: z
    .array(evidence.extend({ about: z.enum(['failure', 'success']) }))
    .describe(
      'what the cutover is judged on, failure first; `met` of a failure criterion: it has not happened',
    ),
  times: z.strictObject({
    openedAt: at,
    plannedAt: at.describe('T-0 as planned last'),
    startedAt: at.optional().describe('first mutating step'),
    beganAt: at.optional().describe('the real T-0'),
    changedAt: at.optional().describe('every mutating step was done'),
    completedAt: at.optional().describe('GO on the gate `complete`'),
    rollbackAt: at.optional(),
    rolledBackAt: at.optional(),
    endedAt: at.optional(),
  }),
  durations: z.strictObject({
    totalMs: ms.optional().describe('from the real T-0 to the last change, or to the end of the rollback'),
    backupMs: ms.optional().describe('runs whose action is a backup'),
    migrateMs: ms.optional().describe('runs that change a target'),
    verifyMs: ms.optional().describe('runs of `compare`'),
    rollbackMs: ms.optional(),
    downtimeMs: ms.describe('while maintenance, read-only or downtime was open; overlaps count once'),
  }),
  openStates: z.array(
    z.strictObject({
      name: text,
      openedAt: at,
      openedBy: text,
      closedAt: at.optional(),
      closedBy: text.optional(),
      lengthMs: ms.describe('until now, when it is still open'),
    }),
  ),
  steps: z.array(step),
  decisions: z.array(decision),
  deviations: z.array(remark).describe('what people did otherwise than planned'),
  setbacks: z.array(remark).describe('what did not work'),
  notices: z.array(notice),
  checkpoints: z.array(checkpoint),
  issues: z.array(issue),
  metrics: z.array(metric).describe('before the start and after it, in the order of the runbook'),
  debrief: z.strictObject({ wentWell: z.array(said), improve: z.array(said) }),
  followUps: z.array(followUp),
  userReports: z
    .array(z.strictObject({ from: at, count: z.number().int() }))
    .describe('by the hour; hours without one are left out'),
  remarks: z.array(remark).describe('notes and issues'),
  log: z.strictObject({
    events: z.number().int().describe('also the position of the last one'),
    lastAt: at,
    head: text.optional().describe('hash of the last event, hex'),
  }),
})
export type Timeline = z.infer<typeof Timeline>
export type TimelineStep = Timeline['steps'][number]
export type TimelineDecision = Timeline['decisions'][number]
export type TimelineEvidence = TimelineDecision['evidence'][number]
export type TimelineRemark = Timeline['deviations'][number]
export type TimelineIssue = Timeline['issues'][number]
export type TimelineNotice = Timeline['notices'][number]

/** `timeline.json`: indented, the keys in the order of the schema, a line end at the end. */
export function timelineJson(timeline: Timeline): string {
  return `${JSON.stringify(Timeline.parse(timeline), null, 2)}\n`
}
