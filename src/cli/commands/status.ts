import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { CutoverSummary, Person } from '../../app/ports.ts'
import type { CutoverState } from '../../domain/state.ts'
import { clientOf, type Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { statusText } from '../views/status-text.ts'
import { loadState } from './act.ts'

interface StatusOptions {
  readonly cutover?: string
  readonly wait?: string
  readonly timeout: string
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
    .option('--timeout <seconds>', 'how long to wait', '3600')
    .option('--json', 'machine-readable answer')
    .action(async (options: StatusOptions) => {
      const client = clientOf(terminal)
      const loaded = await loadState(client, options.cutover)
      const { state, now } = options.wait === undefined ? loaded : await waited(options, loaded.state)
      if (options.json) {
        terminal.out(JSON.stringify({ now, state }))
        return
      }
      const { people } = await client.get<{ people: readonly Person[] }>('/v1/people')
      const names = new Map(people.map(({ id, name }) => [id, name]))
      terminal.out(statusText(state, now, (person) => names.get(person) ?? person))

      async function waited({ wait = '', timeout }: StatusOptions, first: CutoverState) {
        const until = Date.now() + Number(timeout) * 1000
        for (;;) {
          const seen = await loadState(client, first.id)
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

function isThere(state: CutoverState, wanted: string): boolean {
  const step = state.steps[wanted]
  return step ? !['pending', 'due', 'active'].includes(step.status) : state.status === wanted
}

function line({ id, title, environment, live, status, plannedStart }: CutoverSummary): string {
  const start = new Date(plannedStart).toISOString().slice(0, 16).replace('T', ' ')
  return `${id}  ${status.padEnd(16)} ${start} UTC  ${title} \u00b7 ${environment}${live ? ' \u00b7 LIVE' : ''}`
}
