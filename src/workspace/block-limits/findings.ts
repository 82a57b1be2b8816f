import type { z } from 'zod'

/** One thing Slack would refuse. */
export interface Finding {
  /** What kind of mistake, such as `too_long` or `missing_field`. */
  code: string
  /** Slack's own words for it. */
  message: string
  /** JSON pointer below the list of blocks (or below the view), such as `/0/text/text`. */
  pointer: string
  /** The field that is missing or not known. */
  field?: string
  /** The limit that was passed. */
  constraint?: number
}

/** Turns what the schema found into findings in Slack's words. */
export function findingsOf(error: z.ZodError, input: unknown): Finding[] {
  return error.issues.map((issue) => ({ ...describe(issue, input) }))
}

function describe(issue: z.core.$ZodIssue, input: unknown): Finding {
  const pointer = pointerTo(issue.path)
  switch (issue.code) {
    case 'too_big':
      return { ...tooBig(issue), pointer, constraint: Number(issue.maximum) }
    case 'too_small':
      return { ...tooSmall(issue), pointer, constraint: Number(issue.minimum) }
    case 'unrecognized_keys': {
      const field = issue.keys[0] ?? ''
      return { code: 'unknown_field', message: `invalid additional property: ${field}`, pointer, field }
    }
    case 'invalid_union':
      return unsupported(issue, input)
    case 'invalid_value':
      return (
        missing(issue.path, input) ?? {
          code: 'invalid_value',
          message: 'must be a valid enum value',
          pointer,
        }
      )
    case 'invalid_type':
      return (
        missing(issue.path, input) ?? {
          code: 'wrong_type',
          message: `must provide ${article(issue.expected)}`,
          pointer,
        }
      )
    default:
      return { code: 'invalid_value', message: issue.message, pointer }
  }
}

function tooBig(issue: z.core.$ZodIssueTooBig): Pick<Finding, 'code' | 'message'> {
  const most = Number(issue.maximum)
  if (issue.origin === 'string')
    return { code: 'too_long', message: `must be less than ${most + 1} characters` }
  if (issue.origin === 'array') return { code: 'too_many', message: `no more than ${most} items allowed` }
  return { code: 'too_large', message: `must be no more than ${most}` }
}

function tooSmall(issue: z.core.$ZodIssueTooSmall): Pick<Finding, 'code' | 'message'> {
  const least = Number(issue.minimum)
  if (issue.origin === 'string')
    return { code: 'too_short', message: `must be more than ${least - 1} characters` }
  if (issue.origin === 'array') return { code: 'too_few', message: `no fewer than ${least} items allowed` }
  return { code: 'too_small', message: `must be no less than ${least}` }
}

function unsupported(issue: z.core.$ZodIssueInvalidUnion, input: unknown): Finding {
  const pointer = pointerTo(issue.path)
  if (!('discriminator' in issue))
    return { code: 'invalid_value', message: 'failed to match all allowed schemas', pointer }
  const type = valueAt(input, issue.path)
  if (type === undefined) {
    const absent = missing(issue.path, input)
    if (absent !== undefined) return absent
  }
  return { code: 'unsupported_type', message: `unsupported type: ${String(type)}`, pointer }
}

function missing(path: readonly PropertyKey[], input: unknown): Finding | undefined {
  const field = path.at(-1)
  if (typeof field !== 'string' || valueAt(input, path) !== undefined) return undefined
  const pointer = pointerTo(path.slice(0, -1))
  return { code: 'missing_field', message: `missing required field: ${field}`, pointer, field }
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  )
}

export function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key)}`).join('')
}

function article(expected: string): string {
  return /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`
}
