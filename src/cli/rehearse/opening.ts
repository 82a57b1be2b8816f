import { randomUUID } from 'node:crypto'
import { openCutover } from '../../app/open-cutover.ts'
import type { CutoverLog } from '../../app/ports.ts'
import { REHEARSAL } from '../../domain/lookup.ts'
import type { Instant, Offset, Plan } from '../../domain/plan.ts'
import { addCalendarDays } from '../../domain/wall-clock.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { planOfFile, type RunbookFile } from '../runbook-file.ts'

const HOUR_MS = 3_600_000

export interface RehearsalAsked {
  readonly environment: string
  readonly vars: Readonly<Record<string, string>>
  readonly choices: Readonly<Record<string, string>>
  /** T-0; absent: so far ahead that nothing of the plan has passed yet, or an hour where the clock counts. */
  readonly plannedStart: number | undefined
  readonly realTime: boolean
  /** Whether e-mail can leave; what cannot is rendered into the report. */
  readonly mails: boolean
  /** Names of the webhooks that this installation has; others are rendered into the report, too. */
  readonly webhooks: readonly string[]
}

/** The plan as it will be rehearsed: everybody is the actor `rehearsal`, and nothing goes to Slack. */
export function rehearsedPlan(file: RunbookFile, asked: RehearsalAsked, made: Made): Plan {
  const { environment, vars, choices, mails, webhooks } = asked
  // Before its people are looked at: nobody would be enough for a live one.
  if (file.runbook.head.environments[environment]?.live === true) {
    throw new CommandEnd(
      `The environment ${environment} is live, and nobody rehearses on it. Nothing was started.`,
      EXIT.refused,
    )
  }
  const plan = planOfFile(file, { environment, vars, choices, people: () => [REHEARSAL], ...made })
  const audiences = Object.entries(plan.audiences).map(([name, { email, webhook }]) => {
    const isKnown = webhook !== undefined && webhooks.includes(webhook.name)
    return [name, { slack: [], email: mails ? email : [], ...(isKnown ? { webhook } : {}) }]
  })
  return { ...plan, audiences: Object.fromEntries(audiences) }
}

interface Made {
  readonly id: string
  readonly at: number
  readonly plannedStart: number
}

/** Opens it as the actor `rehearsal`, who holds every role; gives its id. */
export async function openRehearsal(
  log: CutoverLog,
  file: RunbookFile,
  asked: RehearsalAsked,
): Promise<{ readonly id: string; readonly plan: Plan }> {
  const now = await log.now()
  const sketch = rehearsedPlan(file, asked, { id: 'rehearsal', at: now, plannedStart: now })
  const plannedStart = asked.plannedStart ?? now + (asked.realTime ? HOUR_MS : aheadOf(sketch, now))
  const roles = Object.keys(sketch.roles)
  const opened = await openCutover(
    {
      log,
      runbooks: {
        resolve: (_, made) => {
          const plan = rehearsedPlan(file, asked, { ...made, plannedStart })
          return Promise.resolve({ ok: true, plan, channelName: plan.channel.name })
        },
      },
    },
    {
      runbook: sketch.runbook,
      environment: asked.environment,
      plannedStart,
      holders: Object.fromEntries(roles.map((role) => [role, { person: REHEARSAL }])),
      vars: asked.vars,
      choices: asked.choices,
      realTime: asked.realTime,
    },
    { actor: { kind: 'rehearsal' }, key: randomUUID() },
  )
  if (opened.ok) return { id: opened.state.id, plan: opened.state.plan }
  throw new CommandEnd(`${opened.refusal.message} Nothing was opened.`, EXIT.refused)
}

/** So that its first planned time, deadlines included, is the moment of opening: nothing is late, nothing has passed. */
function aheadOf(plan: Plan, now: Instant): number {
  const { zone } = plan.window
  const offsets = [
    ...plan.phases.map(({ at }) => at),
    ...Object.values(plan.steps).flatMap((step) => [
      step.at,
      step.kind === 'decide' ? step.deadline : undefined,
    ]),
  ]
  return Math.max(HOUR_MS, ...offsets.map((offset) => (offset === undefined ? 0 : before(offset, now, zone))))
}

function before(offset: Offset, now: Instant, zone: string): number {
  switch (offset.kind) {
    case 'elapsed':
      return -offset.ms
    case 'calendar':
      return now - addCalendarDays(now, offset.days, zone, offset.at)
    case 'after':
      return 0
  }
}
