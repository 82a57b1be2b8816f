import { readConfig } from '../config.ts'
import type { Terminal } from '../context.ts'
import { makeLogger } from '../logger.ts'
import { stayUntilTold } from '../stay-until-told.ts'
import { serveSettings } from './from-config.ts'
import { startServe } from './serve.ts'

/** The process `cutover serve`. */
export async function runServe(terminal: Terminal): Promise<void> {
  const config = readConfig(terminal.environment)
  const logger = makeLogger(config.CUTOVER_LOG_LEVEL, 'serve')
  await stayUntilTold(await startServe(await serveSettings(config, logger)), logger)
}
