import { pino } from 'pino'
import type { Logger } from '../app/ports.ts'
import { makeMasker, SecretTooShort } from '../process/mask.ts'

/**
 * JSON lines on standard error, so that standard output stays for answers. A line about an attempt bears its cutover
 * too. What `secrets` gives is hidden in each line, in every form in which programs print it; it is asked for again now
 * and then, for files with secrets are changed under a running process.
 */
export function makeLogger(level: string, name: string, secrets: () => readonly string[] = () => []): Logger {
  const mask = masking(secrets)
  return pino(
    {
      level,
      name,
      serializers: { error: errorFields },
      formatters: { log: withCutover },
      hooks: { streamWrite: mask },
    },
    pino.destination({ fd: 2, sync: false }),
  )
}

const AGAIN_MS = 10_000

function masking(secrets: () => readonly string[]): (line: string) => string {
  let masker = makeMasker([])
  let known = ''
  let readAt = Number.NEGATIVE_INFINITY
  return (line) => {
    if (performance.now() - readAt >= AGAIN_MS) {
      readAt = performance.now()
      const values = secrets().filter(canBeHidden)
      if (values.join('\n') !== known) masker = makeMasker(values.map(asSecret), { users: false })
      known = values.join('\n')
    }
    return masker.mask(line)
  }
}

const asSecret = (value: string) => ({ name: 'secret', value })

/** Too short a secret is refused where it is used; a log goes on without hiding it. */
function canBeHidden(value: string): boolean {
  try {
    makeMasker([asSecret(value)], { users: false })
    return true
  } catch (error) {
    if (error instanceof SecretTooShort) return false
    throw error
  }
}

/** `<cutover>.<step>.<n>`: the cutover's id has no dot. */
function withCutover(fields: Record<string, unknown>): Record<string, unknown> {
  const { attempt, cutover } = fields
  return typeof attempt === 'string' && cutover === undefined
    ? { cutover: attempt.slice(0, attempt.indexOf('.')), ...fields }
    : fields
}

/** What else hangs on a driver's error may be a row of a table or a whole request. */
function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  return {
    type: error.name,
    message: error.message,
    ...('code' in error ? { code: error.code } : {}),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: errorFields(error.cause) }),
  }
}
