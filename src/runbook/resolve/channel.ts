import type { Plan } from '../../domain/plan.ts'
import { errorAt } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { ToResolve } from './resolve-plan.ts'
import { offset } from './steps.ts'

/** Slack's limit. */
const NAME_MAX = 80

export interface ResolvedChannel {
  readonly findings: Finding[]
  readonly channel: Plan['channel']
}

/** The channel's name with its blanks filled, as Slack takes names: small letters, digits, dashes, underscores. */
export function resolveChannel(given: ToResolve): ResolvedChannel {
  const { head, source } = given.runbook
  const written = head.channel?.name ?? '{{runbook}}-{{environment}}-{{date}}'
  const blanks: Readonly<Record<string, string>> = {
    runbook: head.runbook,
    environment: given.environment,
    date: dateIn(head.window.zone ?? 'UTC', given.plannedStart),
    id: given.cutover.id,
  }
  const name = written
    .replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (blank, key: string) => blanks[key] ?? blank)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_-]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '')
  const findings =
    name.length > 0 && name.length <= NAME_MAX
      ? []
      : [
          errorAt(source.spot(['channel', 'name']), {
            code: 'bad-channel-name',
            message: `the channel would be called "${name}", ${name.length} characters long`,
            hint: `Slack takes 1 to ${NAME_MAX}: shorten \`channel.name\`.`,
          }),
        ]
  return {
    findings,
    channel: {
      name,
      isPrivate: head.channel?.private ?? true,
      ...(head.channel?.at === undefined ? {} : { at: offset(head.channel.at) }),
    },
  }
}

/** `2026-11-20` where the team's wall clock stands. */
const dateIn = (zone: string, at: number): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(at)
