import { basename } from 'node:path'
import { COMPLETE } from '../../domain/plan.ts'
import type { ActionCatalogue } from '../../domain/catalogue.ts'
import type { Audience, Phase, PersonId, Plan, Step } from '../../domain/plan.ts'
import { errorAt, hasErrors, inOrder } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { Runbook } from '../runbook.ts'
import type { AudienceDocument, EnvironmentDocument, Head } from '../schema/document.ts'
import { durationMs } from '../values/duration.ts'
import type { VarValue } from '../values/var.ts'
import { resolveChannel } from './channel.ts'
import { resolveChoices } from './choices.ts'
import { builtInTemplates, occasionalNotices } from './notices.ts'
import { resolvePeople } from './people.ts'
import { present } from './present.ts'
import { resolveRollback } from './rollback.ts'
import type { Values } from './scope.ts'
import { DEFAULT_POOL, criteriaOf, resolveStep } from './steps.ts'
import { keepOf } from './keep.ts'
import { metricsOf } from './metrics.ts'
import { liveIdentities, resolveTargets } from './targets.ts'
import { checkpointOf, teamOf } from './team.ts'
import { resolveVars } from './vars.ts'
import { PLAIN_STEP } from './plain-step.ts'

export interface ToResolve {
  readonly runbook: Runbook
  readonly catalogue: ActionCatalogue
  readonly environment: string
  /** Values of the `ask: true` vars, as they were typed. */
  readonly vars: Readonly<Record<string, VarValue>>
  /** The option taken of each `one_of`, as far as it was chosen at the opening. */
  readonly choices?: Readonly<Record<string, string>>
  /** `vars` may name any var: whoever gives them has the runbook's files. Never for a live environment. */
  readonly anyVar?: boolean
  /** Who stands behind `user:U024NINO` or `group:dba-oncall` right now. */
  readonly people: (principal: string) => readonly PersonId[]
  /** Made by the caller; `stamp` is the time of opening as file names bear it: `20261120-0231`. */
  readonly cutover: { readonly id: string; readonly stamp: string }
  /** Milliseconds since the epoch; the channel's name bears its date in the zone of the window. */
  readonly plannedStart: number
}

export type Resolution =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly findings: Finding[] }

/** The plan of one cutover: a runbook for one environment, its vars filled in, its roles pinned to people. */
export function resolvePlan(given: ToResolve): Resolution {
  const { runbook } = given
  const environment = runbook.head.environments[given.environment]
  if (environment === undefined) return { ok: false, findings: [noSuchEnvironment(given)] }
  const people = resolvePeople(given, environment.live ?? false)
  const vars = resolveVars(given, environment)
  const choices = resolveChoices(given, environment)
  const channel = resolveChannel(given)
  const findings = [...people.findings, ...vars.findings, ...choices.findings, ...channel.findings]
  if (hasErrors(findings)) return { ok: false, findings: inOrder(findings) }
  const values: Values = {
    head: runbook.head,
    catalogue: given.catalogue,
    vars: vars.values,
    cutover: given.cutover,
    environment: given.environment,
  }
  const steps = stepsOf(values, runbook)
  const head = headOf(given, environment)
  return {
    ok: true,
    plan: {
      ...head,
      templates: { ...head.templates, ...builtInTemplates(steps) },
      roles: people.roles,
      openers: people.openers,
      channel: channel.channel,
      vars: vars.values,
      choices: choices.choices,
      targets: resolveTargets(values, environment),
      liveIdentities: liveIdentities(runbook),
      steps,
      rollback: resolveRollback(values, runbook),
    },
  }
}

/** Everything in `from` of the roles, each once: what `people` will be asked for. */
export const principalsOf = ({ head }: Runbook): string[] => [
  ...new Set(Object.values(head.roles).flatMap(({ from }) => from)),
]

function noSuchEnvironment({ runbook, environment }: ToResolve): Finding {
  const known = Object.keys(runbook.head.environments)
  return errorAt(runbook.source.keySpot(['environments']), {
    code: 'unknown-environment',
    message: `the runbook has no environment "${environment}"`,
    hint: `Choose one of ${known.join(', ')}.`,
  })
}

type ResolvedElsewhere =
  | 'roles'
  | 'openers'
  | 'channel'
  | 'vars'
  | 'choices'
  | 'targets'
  | 'liveIdentities'
  | 'steps'
  | 'rollback'

function headOf(
  { runbook, environment, cutover }: ToResolve,
  chosen: EnvironmentDocument,
): Omit<Plan, ResolvedElsewhere> {
  const { head } = runbook
  const kept = keepOf(runbook)
  return {
    language: 1,
    runbook: head.runbook,
    title: head.title,
    owner: head.owner,
    ...present({ version: head.version, purpose: head.purpose, reviewedBy: head.reviewed_by }),
    hash: runbook.hash,
    stamp: cutover.stamp,
    environment,
    live: chosen.live ?? false,
    ...windowOf(head),
    links: head.links ?? {},
    audiences: audiencesOf(head.audiences ?? {}, chosen),
    contacts: contactsOf(head.contacts ?? {}),
    pool: head.pool ?? DEFAULT_POOL,
    secrets: head.secrets ?? [],
    files: Object.fromEntries([...runbook.files].map(([path, { sha256 }]) => [path, sha256])),
    templates: Object.fromEntries([...runbook.templates].map(([path, { text }]) => [path, text])),
    phases: runbook.phases.map(({ id, title, at, steps, checkpoint }): Phase => {
      const own = steps.filter(({ place }) => place === 'plan').map((step) => step.id)
      return { id, title, steps: own, ...(at === undefined ? {} : { at }), ...checkpointOf(checkpoint) }
    }),
    metrics: metricsOf(runbook),
    success: criteriaOf(head.success ?? []),
    failure: criteriaOf(head.failure ?? []),
    ...teamOf(head),
    keepLogsMs: kept.keepLogsMs,
    followUps: [...teamOf(head).followUps, ...kept.followUps],
  }
}

function windowOf({ window, objectives = {} }: Head): Pick<Plan, 'window' | 'objectives'> {
  const ms = (written: string | undefined) => (written === undefined ? undefined : durationMs(written))
  const freeze = freezeOf(window)
  return {
    window: {
      lengthMs: durationMs(window.length),
      freezeMs: ms(freeze.for) ?? 0,
      zone: window.zone ?? 'UTC',
      ...present({
        changesBy: freeze.approve,
        expectedMs: ms(window.expected),
        bufferMs: ms(window.buffer),
      }),
    },
    objectives: present({ rtoMs: ms(objectives.rto), rpoMs: ms(objectives.rpo) }),
  }
}

const freezeOf = ({ freeze }: Head['window']): { readonly for?: string; readonly approve?: string } =>
  freeze === undefined ? {} : typeof freeze === 'string' ? { for: freeze } : present(freeze)

/** A rehearsal reaches only whom its environment names itself; other notices are rendered into the report. */
function audiencesOf(
  base: Readonly<Record<string, AudienceDocument>>,
  { live, audiences = {} }: EnvironmentDocument,
): Plan['audiences'] {
  return Object.fromEntries(
    Object.entries(base).map(([name, audience]) => [
      name,
      audienceOf(audiences[name] ?? (live === true ? audience : {})),
    ]),
  )
}

const audienceOf = ({ slack, email, webhook, shape }: AudienceDocument): Audience => ({
  slack: listOf(slack),
  email: listOf(email),
  ...(webhook === undefined ? {} : { webhook: { name: webhook, shape: shape ?? 'json' } }),
})

const contactsOf = (written: NonNullable<Head['contacts']>): Plan['contacts'] =>
  Object.fromEntries(
    Object.entries(written).map(([key, { name, ...more }]) => [key, { name, ...present(more) }]),
  )

const listOf = (written: string | readonly string[] | undefined): readonly string[] =>
  written === undefined ? [] : typeof written === 'string' ? [written] : written

function stepsOf(values: Values, runbook: Runbook): Plan['steps'] {
  const written = runbook.steps.map((step): [string, Step] => [step.id, resolveStep(values, runbook, step)])
  const pool = runbook.head.pool ?? DEFAULT_POOL
  return Object.fromEntries([
    ...written,
    ...occasionalNotices(runbook, pool),
    [COMPLETE, completeGate(runbook)],
  ])
}

/** Completing is a decision on what `success` says; who takes it is the lead unless the runbook says otherwise. */
function completeGate({ head, source }: Runbook): Step {
  const { file, line } = source.keySpot([head.complete === undefined ? 'success' : 'complete'])
  return {
    kind: 'decide',
    id: COMPLETE,
    title: 'Complete the cutover?',
    place: 'built-in',
    ...PLAIN_STEP,
    pool: head.pool ?? DEFAULT_POOL,
    source: `${basename(file)}:${line}`,
    approvers: head.complete?.approvers ?? { lead: 1 },
    criteria: criteriaOf(head.success ?? []),
    noGo: 'hold',
  }
}
