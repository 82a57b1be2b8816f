import type { Command } from 'commander'
import type { Terminal } from '../context.ts'
import { addWorkerHost } from './worker-host.ts'

/**
 * The processes that stay, and what prepares their log. What they need is loaded when they are asked for: a verb, and
 * the process of an action, must start at once.
 */
export function addProcesses(program: Command, terminal: Terminal): void {
  program
    .command('serve')
    .description('Slack, timers, notices, and the endpoint of this command')
    .option('--rehearsals-only', 'refuse to open a cutover on a live environment')
    .action(async (options: { rehearsalsOnly?: true }) => {
      const { runServe } = await import('../serve/run.ts')
      await runServe(terminal, options)
    })

  const worker = program
    .command('worker')
    .description('runs the steps of a pool on this host')
    .option('--pool <name>', 'the pool; by default CUTOVER_POOL')
    .option(
      '--drain',
      'when told to stop, start nothing more and stay until what runs has ended: for a container, which kills its steps with it',
    )
    .action(async (options: { pool?: string; drain?: true }) => {
      const { runWorker } = await import('../worker/run.ts')
      await runWorker(terminal, options)
    })
  addWorkerHost(worker, terminal)

  program
    .command('migrate')
    .description('bring the log\u2019s schema up to date')
    .action(async () => {
      const { migrateLog } = await import('../log-tasks.ts')
      await migrateLog(terminal)
    })

  program
    .command('pool')
    .description('the hosts that steps run on')
    .command('release <name>')
    .description('free a pool, so that another host may register its name')
    .action(async (name: string) => {
      const { releasePool } = await import('../log-tasks.ts')
      await releasePool(terminal, name)
    })
}
