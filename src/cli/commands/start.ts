import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import type { RunbookSummary } from '../../app/open-cutover.ts'
import { idsByName, personFrom } from '../client/people.ts'
import { repeatLine } from '../client/repeat.ts'
import { clientOf, type Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { instantFrom } from '../instant-from.ts'

interface StartOptions {
  readonly environment: string
  readonly at: string
  readonly zone: string
  readonly holder: readonly string[]
  readonly var?: readonly string[]
  readonly choose?: readonly string[]
  readonly reason?: string
  readonly key?: string
  readonly json?: true
}

export function addStart(program: Command, terminal: Terminal): void {
  program
    .command('start <runbook>')
    .description('open a cutover of a runbook')
    .requiredOption('--environment <name>', 'one of the runbook\u2019s environments')
    .requiredOption('--at <time>', 'T-0')
    .option('--zone <zone>', 'zone of --at when it names none', 'UTC')
    .requiredOption('--holder <role=who...>', 'who holds each role; role=who/stand-in names a stand-in too')
    .option('--var <name=value...>', 'a var that the runbook asks for')
    .option('--choose <choice=option...>', 'the option of a choice that is made at the start')
    .option('--reason <text>', 'why again, where an earlier attempt left something open')
    .option('--key <text>', 'the same key opens once')
    .option('--json', 'machine-readable answer')
    .action(async (runbook: string, options: StartOptions) => {
      const client = clientOf(terminal)
      const plannedStart = instantFrom(options.at, options.zone, Date.now())
      const known = options.holder.every(isById) ? new Map<string, string>() : await idsByName(client)
      const key = options.key ?? randomUUID()
      const asked = {
        runbook,
        environment: options.environment,
        plannedStart,
        holders: Object.fromEntries(options.holder.map((text) => holderOf(text, known))),
        vars: Object.fromEntries((options.var ?? []).map(pairOf)),
        choices: Object.fromEntries((options.choose ?? []).map(pairOf)),
        ...(options.reason === undefined ? {} : { reason: options.reason }),
        key,
      }
      const opened = await client.post<{ cutover: string; status: string }>(
        '/v1/cutovers',
        asked,
        repeatLine(terminal.words, key),
      )
      terminal.out(
        options.json
          ? JSON.stringify(opened)
          : `Opened ${opened.cutover}; it is ${opened.status}. \`cutover status\` shows it.`,
      )
    })

  program
    .command('runbooks')
    .description('list the runbooks that can be started')
    .option('--json', 'machine-readable answer')
    .action(async (options: { json?: true }) => {
      const { runbooks } = await clientOf(terminal).get<{ runbooks: readonly RunbookSummary[] }>(
        '/v1/runbooks',
      )
      terminal.out(
        options.json ? JSON.stringify(runbooks) : runbooks.map(line).join('\n') || 'There are no runbooks.',
      )
    })
}

function line(runbook: RunbookSummary): string {
  const environments = runbook.environments
    .map(({ name, live }) => (live ? `${name} (LIVE)` : name))
    .join(', ')
  const trouble = runbook.problems.length > 0 ? `  cannot be opened: ${runbook.problems[0] ?? ''}` : ''
  return `${runbook.runbook.padEnd(24)} ${runbook.title} · ${environments}${trouble}`
}

/** Nobody has to be looked up: that works without Slack. */
const isById = (text: string): boolean => /^[^=]+=[UW][A-Z0-9]+(\/[UW][A-Z0-9]+)?$/.test(text)

function holderOf(text: string, known: ReadonlyMap<string, string>) {
  const [role, who] = pairOf(text)
  const [holder = '', backup] = who.split('/')
  const person = personFrom(holder, known)
  return [role, backup === undefined ? { person } : { person, backup: personFrom(backup, known) }] as const
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new CommandEnd(`"${text}" should be NAME=VALUE. Nothing was opened.`, EXIT.usage)
  return [text.slice(0, at), text.slice(at + 1)]
}
