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
    .description('bring the log\u2019s schema up to date, and give its roles what they need')
    .option(
      '--serve-password-file <file>',
      'let `serve` log in as cutover_serve: makes a password and writes it there (0600)',
    )
    .action(async (options: { servePasswordFile?: string }) => {
      const { migrateLog } = await import('../log-tasks.ts')
      await migrateLog(terminal, options)
    })
  addPool(program, terminal)
}

function addPool(program: Command, terminal: Terminal): void {
  const pool = program.command('pool').description('the hosts that steps run on, and their logins at the log')
  pool
    .command('login <name>')
    .description('give a pool a login of its own at the log; again: another password')
    .requiredOption('--password-file <file>', 'where its password is written (0600)')
    .action(async (name: string, options: { passwordFile: string }) => {
      const { loginPool } = await import('../log-tasks.ts')
      await loginPool(terminal, name, options)
    })
  pool
    .command('remove <name>')
    .description('take a pool\u2019s login away: nothing can be written with it any more')
    .action(async (name: string) => {
      const { removePool } = await import('../log-tasks.ts')
      await removePool(terminal, name)
    })
  pool
    .command('release <name>')
    .description('free a pool, so that another host may register its name')
    .action(async (name: string) => {
      const { releasePool } = await import('../log-tasks.ts')
      await releasePool(terminal, name)
    })
}
