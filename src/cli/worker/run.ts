import { readConfig } from '../config.ts'
import type { Terminal } from '../context.ts'
import { CommandEnd, EXIT } from '../exit-codes.ts'
import { secretsOfWorker } from '../log-secrets.ts'
import { makeLogger } from '../logger.ts'
import { refuseSettingsOfOthers } from '../settings-of-others.ts'
import { stayUntilTold } from '../stay-until-told.ts'
import { workerSettings } from './from-config.ts'
import { startWorker } from './worker.ts'

/** The process `cutover worker`. With `drain` it stays, when told to stop, until what runs has ended. */
export async function runWorker(
  terminal: Terminal,
  options: { readonly pool?: string; readonly drain?: true },
): Promise<void> {
  const config = readConfig(terminal.environment)
  refuseSettingsOfOthers('worker', terminal.environment)
  const pool = options.pool ?? config.CUTOVER_POOL
  if (pool === undefined) throw new CommandEnd('Name the pool: --pool NAME or CUTOVER_POOL.', EXIT.usage)
  const logger = makeLogger(config.CUTOVER_LOG_LEVEL, 'worker', secretsOfWorker(config))
  const settings = await workerSettings(config, { pool, environment: terminal.environment, logger })
  const { drain, stop } = await startWorker(settings)
  await stayUntilTold(options.drain ? { drain, stop } : { stop }, logger)
}
