import { ActionFailure } from '../action.ts'
import { oneLine } from '../wording.ts'

const KNOWN: Readonly<Record<string, { readonly why: string; readonly hint: string }>> = {
  NoSuchBucket: { why: 'there is no such bucket', hint: 'Make the bucket, or correct its name.' },
  InvalidAccessKeyId: {
    why: 'it does not know the access key',
    hint: 'Check the secret that holds the access key.',
  },
  SignatureDoesNotMatch: {
    why: 'the secret key does not fit the access key',
    hint: 'Check the secret that holds the secret key.',
  },
  ExpiredToken: { why: 'the credentials have expired', hint: 'Bind fresh ones on the worker.' },
  AccessDenied: {
    why: 'these credentials may not do that',
    hint: 'Allow s3:PutObject, s3:GetObject and s3:ListBucket on the bucket.',
  },
  PermanentRedirect: { why: 'the bucket is in another region', hint: 'Correct `region`.' },
  AuthorizationHeaderMalformed: { why: 'the bucket is in another region', hint: 'Correct `region`.' },
  RequestTimeTooSkewed: {
    why: 'the clock of this host is wrong',
    hint: 'Set the clock of the worker’s host.',
  },
  QuotaExceeded: { why: 'its quota is used up', hint: 'Make room there.' },
  ECONNREFUSED: { why: 'nothing listens there', hint: 'Check `endpoint`, and the firewall from this host.' },
  ENOTFOUND: { why: 'there is no host of that name', hint: 'Check `endpoint` and `region`.' },
  ECONNRESET: { why: 'it closed the connection', hint: 'Try again.' },
  TimeoutError: { why: 'it does not answer', hint: 'Check `endpoint`, and the firewall from this host.' },
}

/** What the storage answered, as a failure that a person can read; an {@link ActionFailure} passes through. */
export function storageFailure(
  error: unknown,
  { what, changed }: { readonly what: string; readonly changed: string },
): ActionFailure {
  if (error instanceof ActionFailure) return error
  const codes = codesOf(error)
  const known = codes.map((code) => KNOWN[code]).find((found) => found !== undefined)
  const why = known?.why ?? oneLine(error instanceof Error ? error.message : String(error), 200)
  return new ActionFailure(`${what} failed: ${why}${codes[0] === undefined ? '' : ` (${codes[0]})`}.`, {
    hint: known?.hint ?? 'Look what the storage says to this, then try again.',
    changed,
    cause: error,
  })
}

/** Whether the storage says that there is no such object. */
export function isAbsent(error: unknown): boolean {
  return codesOf(error).some((code) => ['NotFound', 'NoSuchKey', '404'].includes(code))
}

/** Whether the storage does not let these credentials look; it says so where they may not list the bucket. */
export function isForbidden(error: unknown): boolean {
  return codesOf(error).some((code) => ['AccessDenied', 'Forbidden', '403'].includes(code))
}

const SAY_NOTHING: ReadonlySet<string> = new Set(['Error', 'AggregateError', 'Unknown'])

/** The name first, then what else it is known by. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  const own = [
    error.name,
    'code' in error ? String(error.code) : '',
    'Code' in error ? String(error.Code) : '',
  ]
  const all = [...own, statusOf(error)].filter((code) => code !== '' && !SAY_NOTHING.has(code))
  return error instanceof AggregateError ? [...all, ...error.errors.flatMap(codesOf)] : all
}

/** An answer without a body, as to a HEAD, has nothing but this. */
function statusOf(error: Error): string {
  const metadata = '$metadata' in error ? error.$metadata : undefined
  return typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
    ? String(metadata.httpStatusCode)
    : ''
}
