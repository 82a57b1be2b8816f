import { z } from 'zod'
import { complaint, form, keyed, text } from './complaint.ts'
import {
  Approvers,
  Duration,
  EnvironmentVariable,
  Id,
  Arguments,
  Links,
  Offset,
  PoolName,
  SecretName,
  VarName,
} from './primitives.ts'
import { Criterion, PageState, PhaseEntry, StepDocument } from './steps.ts'

const DATE_HINT = 'Write the date as 2026-11-20.'
const date = () => form(/^\d{4}-\d\d-\d\d$/, 'this is no date', DATE_HINT)

const Zone = z.string().refine(isZone, {
  error: complaint('no such time zone', 'Write a name of the tz database: Asia/Tbilisi, Europe/Berlin, UTC.'),
})

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== ''
  } catch {
    return false
  }
}

const Window = keyed('window', {
  length: Duration,
  freeze: z
    .union([
      Duration,
      keyed('window.freeze', {
        for: Duration,
        approve: Id.optional().meta({
          description: 'The role that may allow a change; the lead unless said.',
        }),
      }),
    ])
    .optional()
    .meta({ description: 'How long before T-0 nothing else may change, until everything is done.' }),
  zone: Zone.optional(),
  expected: Duration.optional().meta({ description: 'How long it is expected, and said, to take.' }),
  buffer: Duration.optional().meta({ description: 'What is kept free after the window.' }),
  usual: form(
    /^(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day )?(?:[01]\d|2[0-3]):[0-5]\d$/,
    'this is no usual time',
    'Write it like `Sunday 02:00`, or `02:00` for any day.',
  )
    .optional()
    .meta({ description: 'Proposed when a cutover is opened.' }),
})

const Channel = keyed('channel', {
  name: text(),
  private: z.boolean().optional(),
  at: Offset.optional(),
})

const Principal = form(
  /^(?:group|user):\S+$/,
  'a role is filled from groups and users',
  'Write group:dba-oncall or user:U024NINO.',
)

const Role = keyed('a role', {
  title: text(),
  from: z.array(Principal),
  backup: z.boolean().optional().meta({ description: 'Whoever holds it must name a stand-in.' }),
})

const SlackChannel = form(
  /^(?:#[^\s#,]{1,80}|[CG][A-Z0-9]{6,})$/,
  'this is no Slack channel',
  'Write it in quotes as "#ops" (without quotes YAML takes # for a comment), or as a channel id.',
)
const Email = form(/^[^\s@]+@[^\s@]+$/, 'this is no e-mail address', 'Write it like ops@example.org.')

const Audience = keyed('an audience', {
  slack: z.union([SlackChannel, z.array(SlackChannel)]).optional(),
  email: z.union([Email, z.array(Email)]).optional(),
  webhook: Id.optional().meta({
    description: 'Name in the webhooks file of serve: address and token stand there.',
  }),
  shape: z
    .enum(['statuspage', 'pagerduty', 'opsgenie', 'json'])
    .optional()
    .meta({ description: 'What the webhook takes; json unless said.' }),
})

const Contact = keyed('a contact', {
  name: text(),
  phone: text().optional(),
  email: Email.optional(),
  link: form(
    /^https?:\/\/\S+$/,
    'a link begins with http:// or https://',
    'Write the whole address.',
  ).optional(),
  text: text().optional(),
})

const occasion = {
  template: text(),
  to: z.array(Id).min(1).optional(),
  approve: Id.optional().meta({ description: 'The role that approves the text before it goes out.' }),
  state: PageState.optional(),
}

/** Notices that no step plans: each is called for by what happens. */
const Notices = keyed('notices', {
  late: keyed('notices.late', { ...occasion, to: z.array(Id).min(1) })
    .optional()
    .meta({ description: 'Drafted when the forecast passes the end that was promised.' }),
  postponed: keyed('notices.postponed', occasion).optional().meta({
    description: 'Told to everybody who was told another time; there is a text of Cutover without it.',
  }),
  no_go: keyed('notices.no_go', { ...occasion, to: z.array(Id).min(1) })
    .optional()
    .meta({ description: 'Told when a decision of the plan is NO-GO, with the reason.' }),
  abandoned: keyed('notices.abandoned', { template: text(), to: z.array(Id).min(1).optional() })
    .optional()
    .meta({ description: 'Told to everybody who was told anything; there is a text of Cutover without it.' }),
})

const Var = keyed('a var', {
  type: z.enum(['text', 'int', 'enum', 'path', 'host', 'url']),
  default: z.union([z.string(), z.number()]).optional(),
  values: z.array(z.string()).min(1).optional().meta({ description: 'The choices of an enum.' }),
  pattern: text().optional().meta({ description: 'A regular expression that the whole value must match.' }),
  ask: z.boolean().optional().meta({ description: 'Shown in the start modal; never path, host or url.' }),
  label: text().optional(),
})

const Target = z.union([
  keyed('a SQLite target', { sqlite: text() }),
  keyed('a PostgreSQL target', { postgres: text(), database: text().optional() }),
])

const Identity = keyed('an identity', {
  host: text().optional(),
  database: text().optional(),
  system_identifier: z.union([z.string(), z.number()]).optional(),
  path: text().optional(),
  marker: keyed('a marker row', { query: text(), value: z.union([z.string(), z.number()]) }).optional(),
})

const Environment = keyed('an environment', {
  live: z.boolean().optional().meta({ description: 'A cutover on it is live; on any other a rehearsal.' }),
  identity: z.record(Id, Identity).optional(),
  vars: z.record(VarName, z.union([z.string(), z.number()])).optional(),
  audiences: z.record(Id, Audience).optional(),
  targets: z.record(Id, Target).optional(),
  choices: z
    .record(Id, Id)
    .optional()
    .meta({ description: 'The option of a `one_of` that is taken here unless somebody chooses another.' }),
})

const Metric = keyed('a metric', {
  sql: Arguments.optional(),
  http: Arguments.optional(),
  command: z.array(z.string()).min(1).optional(),
  env: z.record(EnvironmentVariable, z.string()).optional(),
  ask: z.literal(true).optional().meta({ description: 'A person enters it.' }),
  json: text().optional().meta({ description: 'Where the number stands in a JSON answer: `$.error_rate`.' }),
  unit: text().optional(),
  better: z.enum(['lower', 'higher']).optional(),
})

const Phase = keyed('a phase', {
  phase: text(),
  id: Id.optional(),
  at: Offset.optional(),
  checkpoint: z
    .array(Criterion)
    .min(1)
    .optional()
    .meta({ description: 'Judged when the phase ends; what is red stops and asks.' }),
  steps: z.array(PhaseEntry).min(1),
})

const Trigger = keyed('a trigger', { id: Id, text: text(), steps: z.array(Id).min(1).optional() })

const WayBack = keyed('a way back', {
  title: text().optional(),
  text: text().optional().meta({ description: 'When it is the one to take.' }),
  loses: text().optional().meta({ description: 'What is lost by it.' }),
  within: Duration.optional().meta({ description: 'How long after the reopening it is meant for.' }),
  requires: z.array(Id).min(1).optional().meta({ description: 'Steps that must be done for it.' }),
  steps: z
    .array(StepDocument)
    .min(1)
    .optional()
    .meta({ description: 'In the place of the inverses, between `before` and `after`.' }),
})

const Rollback = keyed('rollback', {
  name: text().optional().meta({ description: 'What is typed to roll back.' }),
  approvers: Approvers.optional(),
  before: z.array(StepDocument).optional(),
  after: z.array(StepDocument).optional(),
  options: z.record(Id, WayBack).optional().meta({ description: 'Where there is more than one way back.' }),
  reopened: Id.optional().meta({ description: 'The step that lets customers write again.' }),
  triggers: keyed('rollback.triggers', {
    immediate: z.array(Trigger).optional(),
    consider: z.array(Trigger).optional(),
    never: z.array(Trigger).optional(),
  }).optional(),
})

const FollowUp = keyed('a follow-up', {
  title: text(),
  id: Id.optional(),
  owner: text(),
  due: z.union([Offset, date()]).optional(),
  before: z.literal('live').optional(),
})

const Guard = z.union([
  Duration,
  keyed('guard', {
    for: Duration,
    shifts: z
      .array(keyed('a shift', { role: Id, length: Duration }))
      .min(1)
      .optional()
      .meta({ description: 'Who is on call, turn by turn, round and round until the guard ends.' }),
  }),
])

const failureOrSuccess = z.array(Criterion)

export const headShape = {
  language: z.literal(1, {
    error: complaint('this version of the language is not known', 'Write `language: 1`.'),
  }),
  runbook: form(
    /^[a-z][a-z0-9-]{0,59}$/,
    'the key of a runbook is small letters, digits and dashes, at most 60',
    'Write it like `ward-ops-postgres`; statistics follow it, never the title.',
  ),
  title: text(),
  owner: text(),
  version: text().optional(),
  purpose: text().optional().meta({ description: 'What the cutover is for, in a sentence or two.' }),
  reviewed_by: z.array(text()).min(1).optional().meta({ description: 'Who has read this version: names.' }),
  updated: date().optional(),
  review: form(
    /^(?:\d{4}-\d\d-\d\d|after each live cutover)$/,
    'review is a date or `after each live cutover`',
    DATE_HINT,
  ).optional(),
  window: Window,
  channel: Channel.optional(),
  roles: z.record(Id, Role),
  openers: z.array(Id).min(1).optional(),
  links: Links.optional(),
  audiences: z.record(Id, Audience).optional(),
  contacts: z
    .record(Id, Contact)
    .optional()
    .meta({ description: 'Who else may have to be reached: hosting, payment, CDN.' }),
  notices: Notices.optional(),
  pool: PoolName.optional(),
  vars: z.record(VarName, Var).optional(),
  secrets: z.array(SecretName).optional(),
  targets: z.record(Id, Target).optional(),
  environments: z.record(Id, Environment),
  metrics: z.record(Id, Metric).optional(),
  baseline: keyed('baseline', { metrics: z.array(Id).min(1), at: Offset }).optional(),
  success: failureOrSuccess.optional(),
  failure: failureOrSuccess.optional(),
  complete: keyed('complete', { approvers: Approvers })
    .optional()
    .meta({ description: 'Who says GO on the built-in gate at the end; default: lead 1.' }),
  guard: Guard.optional(),
  escalation: z
    .array(keyed('an escalation', { after: Duration, roles: z.array(Id).min(1), page: Id.optional() }))
    .optional(),
  objectives: keyed('objectives', { rto: Duration.optional(), rpo: Duration.optional() }).optional(),
  follow_ups: z.array(FollowUp).optional(),
  keep: z.record(Id, z.union([Duration, z.literal('forever')])).optional(),
}

export const RunbookDocument = keyed('the runbook', {
  ...headShape,
  phases: z.array(Phase).min(1),
  rollback: Rollback.optional(),
}).meta({ title: 'Cutover runbook' })

/** The head as far as it could be read. */
export const HeadParts = z.object(headShape).partial()

export type HeadParts = z.infer<typeof HeadParts>
export type RunbookDocument = z.infer<typeof RunbookDocument>
export type Head = Omit<RunbookDocument, 'phases' | 'rollback'>
export type VarDocument = z.infer<typeof Var>
export type TargetDocument = z.infer<typeof Target>
export type AudienceDocument = z.infer<typeof Audience>
export type EnvironmentDocument = z.infer<typeof Environment>
export type IdentityDocument = z.infer<typeof Identity>
export type RollbackDocument = z.infer<typeof Rollback>
export type WayBackDocument = z.infer<typeof WayBack>
export { Rollback as RollbackSection, WayBack }
