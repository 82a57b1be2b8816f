import { databaseConnection, type Config } from './config.ts'
import { webhookReceivers } from './serve/from-config.ts'
import { readBindings } from './worker/bindings.ts'

/** What no line of `serve` may show. A file that cannot be read now is told of elsewhere. */
export const secretsOfServe =
  (config: Config): (() => readonly string[]) =>
  () => [
    ...present([
      config.CUTOVER_SLACK_BOT_TOKEN,
      config.CUTOVER_SLACK_APP_TOKEN,
      config.CUTOVER_SLACK_SIGNING_SECRET,
      config.CUTOVER_SMTP_URL,
    ]),
    ...ofLog(config),
    ...readable(() =>
      present(Object.values(webhookReceivers(config.CUTOVER_WEBHOOKS_FILE)).map(({ token }) => token)),
    ),
  ]

/** What no line of a worker may show: the secrets of its targets, as they are now. */
export const secretsOfWorker =
  (config: Config): (() => readonly string[]) =>
  () => [
    ...ofLog(config),
    ...readable(() =>
      Object.values(readBindings(config.CUTOVER_BINDINGS).environments).flatMap(({ secrets }) =>
        Object.values(secrets),
      ),
    ),
  ]

/** The connection string: what stands in it as user and password is hidden alone, too. */
const ofLog = (config: Config) => readable(() => [databaseConnection(config).connectionString])

function readable(read: () => readonly string[]): readonly string[] {
  try {
    return read()
  } catch {
    return []
  }
}

const present = (values: readonly (string | undefined)[]): readonly string[] =>
  values.filter((value) => value !== undefined)
