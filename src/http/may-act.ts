import { setTimeout as sleep } from 'node:timers/promises'
import { barredText } from '../app/barred.ts'
import type { Directory, Logger, Person } from '../app/ports.ts'
import type { PersonId } from '../domain/plan.ts'

/** Slack may hang rather than refuse; the command line waits 10 s for the whole answer. */
const DIRECTORY_MS = 2000

/**
 * Why the person of a valid login may do nothing, or null. While nobody can say who they are, the login itself, which
 * Slack confirmed, is enough: a hold must be possible with Slack down.
 */
export function barredBy(deps: {
  readonly directory: Directory
  readonly logger: Logger
}): (person: PersonId) => Promise<string | null> {
  return async (person) => {
    const found = await lookedUp(deps, person)
    return found === 'no answer' ? null : barredText(found)
  }
}

async function lookedUp(
  { directory, logger }: { readonly directory: Directory; readonly logger: Logger },
  person: PersonId,
): Promise<Person | null | 'no answer'> {
  const waiting = new AbortController()
  try {
    return await Promise.race([
      directory.person(person),
      sleep(DIRECTORY_MS, undefined, { signal: waiting.signal }).then(() => {
        throw new Error(`no answer in ${DIRECTORY_MS} ms`)
      }),
    ])
  } catch (error) {
    logger.warn({ person, reason: String(error) }, 'Slack does not say who this is; the login alone counts')
    return 'no answer'
  } finally {
    waiting.abort()
  }
}
