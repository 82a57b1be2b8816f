import type { Command } from 'commander'
import { Pool } from 'pg'
import type { Logger } from '../../app/ports.ts'
import { migrate } from '../../postgres/migrate.ts'
import { makePresence } from '../../postgres/presence.ts'
import { databaseConnection, readConfig, type Config } from '../config.ts'
import type { Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { makeLogger } from '../logger.ts'
import { serveSettings } from '../serve/from-config.ts'
import { startServe } from '../serve/serve.ts'
import { addWorkerHost } from './worker-host.ts'
import { workerSettings } from '../worker/from-config.ts'
import { startWorker } from '../worker/worker.ts'

interface Stoppable {
  /** Before it stops: waits for what would be killed with it. */
  drain?: () => Promise<void>
  stop(): Promise<void>
}

/** The processes that stay, and what prepares their log. */
export function addProcesses(program: Command, terminal: Terminal): void {
  program
    .command('serve')
    .description('Slack, timers, notices, and the endpoint of this command')
    .action(async () => {
      const config = readConfig(terminal.environment)
      const logger = makeLogger(config.CUTOVER_LOG_LEVEL, 'serve')
      await stayUntilTold(await startServe(await serveSettings(config, logger)), logger)
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
      const config = readConfig(terminal.environment)
      const pool = options.pool ?? config.CUTOVER_POOL
      if (pool === undefined) throw new CommandEnd('Name the pool: --pool NAME or CUTOVER_POOL.', EXIT.usage)
      const logger = makeLogger(config.CUTOVER_LOG_LEVEL, 'worker')
      const settings = await workerSettings(config, { pool, environment: terminal.environment, logger })
      const { drain, stop } = await startWorker(settings)
      await stayUntilTold(options.drain ? { drain, stop } : { stop }, logger)
    })
  addWorkerHost(worker, terminal)

  program
    .command('migrate')
    .description('bring the log\u2019s schema up to date')
    .action(() =>
      withLog(readConfig(terminal.environment), async (pool) => {
        const applied = await migrate(pool)
        terminal.out(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'The log is up to date.')
      }),
    )

  program
    .command('pool')
    .description('the hosts that steps run on')
    .command('release <name>')
    .description('free a pool, so that another host may register its name')
    .action((name: string) =>
      withLog(readConfig(terminal.environment), async (pool) => {
        if (!(await makePresence(pool).releasePool(name))) {
          throw new CommandEnd(
            `The pool ${name} is not free: there is no such pool, or an attempt of it is not over. Nothing was changed.`,
            EXIT.refused,
          )
        }
        terminal.out(`The pool ${name} is free.`)
      }),
    )
}

async function withLog(config: Config, work: (pool: Pool) => Promise<void>): Promise<void> {
  const pool = new Pool({ ...databaseConnection(config), max: 2 })
  try {
    await work(pool)
  } finally {
    await pool.end()
  }
}

/** Until SIGINT or SIGTERM; a second one ends at once, in the midst of a drain too. */
async function stayUntilTold(process_: Stoppable, logger: Logger): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        logger.info(
          { signal },
          process_.drain ? 'stopping when what runs has ended' : 'stopping; what runs goes on',
        )
        process.once(signal, () => process.exit(1))
        resolve()
      })
    }
  })
  await process_.drain?.()
  await process_.stop()
}
