import { readConfig } from '../config.ts'
import type { Terminal } from '../context.ts'
import { secretsOfServe } from '../log-secrets.ts'
import { makeLogger } from '../logger.ts'
import { refuseSettingsOfOthers } from '../settings-of-others.ts'
import { stayUntilTold } from '../stay-until-told.ts'
import { serveSettings } from './from-config.ts'
import { startServe } from './serve.ts'

/** The process `cutover serve`. */
export async function runServe(
  terminal: Terminal,
  { rehearsalsOnly }: { readonly rehearsalsOnly?: true },
): Promise<void> {
  const config = readConfig(terminal.environment)
  refuseSettingsOfOthers('serve', terminal.environment)
  const logger = makeLogger(config.CUTOVER_LOG_LEVEL, 'serve', secretsOfServe(config))
  const settings = await serveSettings(config, logger)
  await stayUntilTold(await startServe({ ...settings, rehearsalsOnly: rehearsalsOnly === true }), logger)
}
