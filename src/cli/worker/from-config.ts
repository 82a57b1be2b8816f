import type { Logger } from '../../app/ports.ts'
import { databaseConnection, type Config } from '../config.ts'
import { listenAddress, queueHome } from '../serve/from-config.ts'
import { VERSION } from '../version.ts'
import { readBindings } from './bindings.ts'
import { readRunAs } from './run-as.ts'
import type { WorkerSettings } from './worker.ts'

/** The settings of one worker. Throws a ConfigError for what is missing or unsafe. */
export async function workerSettings(
  config: Config,
  options: {
    readonly pool: string
    readonly environment: Readonly<Record<string, string | undefined>>
    readonly logger: Logger
  },
): Promise<WorkerSettings> {
  readBindings(config.CUTOVER_BINDINGS)
  return {
    ...options,
    database: databaseConnection(config),
    queue: await queueHome(config),
    spool: config.CUTOVER_SPOOL,
    runbooks: config.CUTOVER_RUNBOOKS,
    cwd: process.cwd(),
    bindings: () => readBindings(config.CUTOVER_BINDINGS),
    ...(config.CUTOVER_RUN_AS === undefined ? {} : { runAs: readRunAs(config.CUTOVER_RUN_AS) }),
    rawLogDays: config.CUTOVER_RAW_LOG_DAYS,
    version: VERSION,
    ...(config.CUTOVER_METRICS_LISTEN === undefined
      ? {}
      : { metricsListen: listenAddress('CUTOVER_METRICS_LISTEN', config.CUTOVER_METRICS_LISTEN) }),
  }
}
