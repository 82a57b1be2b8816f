import { z } from 'zod'
import { ConfigError, readSecretFile } from '../config.ts'

const Secret = z.string().min(6, 'secrets under 6 characters cannot be masked and are refused')

/** What a worker knows of its environments: never in a runbook, never in the log. */
export const Bindings = z.strictObject({
  environments: z.record(
    z.string(),
    z.strictObject({
      /** The worker refuses a rehearsal on an environment that it knows to be live. */
      live: z.boolean(),
      secrets: z.record(z.string(), Secret).default({}),
      /** What the databases of a live environment are, so that a rehearsal is refused on them. */
      identity: z
        .record(
          z.string(),
          z.strictObject({
            host: z.string().optional(),
            database: z.string().optional(),
            systemIdentifier: z.string().optional(),
            path: z.string().optional(),
          }),
        )
        .default({}),
    }),
  ),
})
export type Bindings = z.infer<typeof Bindings>
export type EnvironmentBinding = Bindings['environments'][string]

/** Reads the bindings file (0600), anew for each attempt, so that a rotated secret counts at once. */
export function readBindings(file: string): Bindings {
  let json: unknown
  try {
    json = JSON.parse(readSecretFile(file))
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError(
      `${file} is not JSON. It should look like {"environments": {"staging": {"live": false, "secrets": {…}}}}.`,
    )
  }
  const parsed = Bindings.safeParse(json)
  if (parsed.success) return parsed.data
  throw new ConfigError(
    `${file}: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
  )
}
