import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { CutoverSummary } from '../../app/ports.ts'
import type { CutoverState } from '../../domain/state.ts'
import { namesById } from '../client/people.ts'
import type { ServeClient } from '../client/serve-client.ts'
import { clientOf, type Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { statusText } from '../views/status-text.ts'
import { wholeNumber } from '../option-values.ts'
import { loadState, type Shown } from './act.ts'

interface StatusOptions {
  readonly cutover?: string
  readonly wait?: string
  readonly timeout: number
  readonly json?: true
}

const LOOK_EVERY_MS = 1000
const STOPPED = new Set(['closed', 'abandoned', 'rolled back', 'postponed', 'rollback stopped'])

export function addStatus(program: Command, terminal: Terminal): void {
  program
    .command('status')
    .description('where a cutover is; without --cutover the only open one')
    .option('--cutover <id>', 'which one')
    .option('--wait <state-or-step>', 'until the cutover is in that state, or that step is over')
    .option('--timeout <seconds>', 'how long to wait', wholeNumber, 3600)
    .option('--json', 'machine-readable answer')
    .action(async (options: StatusOptions) => {
      const client = clientOf(terminal)
      const loaded = await loadState(client, options.cutover)
      const { wait, timeout } = options
      const shown = wait === undefined ? loaded : await waited(client, { id: loaded.state.id, wait, timeout })
      if (options.json) {
        const { now, state, withoutLogin, readOnly } = shown
        terminal.out(JSON.stringify({ now, state, withoutLogin, readOnly }))
        return
      }
      const names = await namesById(client)
      terminal.out(statusText(shown, (person) => names.get(person) ?? person))
    })

  program
    .command('list')
    .description('all cutovers, the open ones first')
    .option('--json', 'machine-readable answer')
    .action(async (options: { json?: true }) => {
      const { cutovers } = await clientOf(terminal).get<{ cutovers: readonly CutoverSummary[] }>(
        '/v1/cutovers',
      )
      if (options.json) terminal.out(JSON.stringify(cutovers))
      else terminal.out(cutovers.map(line).join('\n') || 'There are no cutovers. `cutover start` opens one.')
    })
}

interface Waiting {
  readonly id: string
  readonly wait: string
  /** Seconds. */
  readonly timeout: number
}

async function waited(client: ServeClient, { id, wait, timeout }: Waiting): Promise<Shown> {
  const until = Date.now() + timeout * 1000
  for (;;) {
    const seen = await loadState(client, id)
    if (isThere(seen.state, wait)) return seen
    if (STOPPED.has(seen.state.status)) {
      throw new CommandEnd(
        `The cutover is ${seen.state.status}; "${wait}" will not come.`,
        EXIT.endedOtherwise,
      )
    }
    if (Date.now() > until) throw new CommandEnd(`"${wait}" has not come in ${timeout} s.`, EXIT.waits)
    await sleep(LOOK_EVERY_MS)
  }
}

function isThere(state: CutoverState, wanted: string): boolean {
  const step = state.steps[wanted]
  return step ? !['pending', 'due', 'active'].includes(step.status) : state.status === wanted
}

function line({ id, title, environment, live, status, plannedStart }: CutoverSummary): string {
  const start = new Date(plannedStart).toISOString().slice(0, 16).replace('T', ' ')
  return `${id}  ${status.padEnd(16)} ${start} UTC  ${title} \u00b7 ${environment}${live ? ' \u00b7 LIVE' : ''}`
}
