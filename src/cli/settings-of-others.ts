import { ConfigError } from './config.ts'

const SLACK = ['CUTOVER_SLACK_BOT_TOKEN', 'CUTOVER_SLACK_APP_TOKEN', 'CUTOVER_SLACK_SIGNING_SECRET'] as const

/** What a process must not even be given: who takes one of them over must not get what the other one holds. */
const NOT_FOR = {
  worker: {
    names: SLACK,
    why: 'only `serve` speaks to Slack, and whoever takes over this host must not speak there as Cutover',
  },
  serve: {
    names: ['CUTOVER_BINDINGS'],
    why: 'what opens targets is for workers, and whoever takes over the bot must not reach a database',
  },
} as const

/** Throws a {@link ConfigError} for a secret of the other side in the environment. */
export function refuseSettingsOfOthers(
  own: keyof typeof NOT_FOR,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  const { names, why } = NOT_FOR[own]
  const found = names.filter((name) => (environment[name] ?? '') !== '')
  if (found.length === 0) return
  throw new ConfigError(
    `${found.join(', ')} must not be set for \`cutover ${own}\`: ${why}. Take it out of this process's environment. Nothing was started.`,
  )
}
