import { z } from 'zod'

/** Parameter builders beside those of `targets.ts`: the metadata gives the runbook language their type. */

/** A path on the worker's host, relative to its working folder unless absolute. */
export const hostPath = (description: string) =>
  z
    .string()
    .min(1)
    .refine((path) => !path.includes('\0'), 'a path has no NUL in it')
    .meta({ parameter: 'path', description })

/** A file that is pinned with the runbook, relative to the runbook's folder; never outside of it. */
export const pinnedFile = (description: string) => PinnedPath.meta({ parameter: 'file', description })

/** One pinned file or folder, or a list of them. */
export const pinnedFiles = (description: string) =>
  z
    .union([PinnedPath.transform((path) => [path]), z.array(PinnedPath).min(1)])
    .meta({ parameter: 'file', description })

/** `500ms`, `10s`, `2m`, `1h`; becomes milliseconds. */
export const duration = (description: string) =>
  z
    .string()
    .regex(DURATION, 'a duration is written like 500ms, 10s, 2m or 1h')
    .transform(toMilliseconds)
    .meta({ parameter: 'text', description })

/** Names and values for the environment of a program. */
export const VariableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable name has letters, digits and _, and no digit first')

const PinnedPath = z
  .string()
  .min(1)
  .refine(
    (path) => !path.startsWith('/') && !path.split('/').includes('..') && !path.includes('\0'),
    'a pinned file is named by its path below the folder of the runbook',
  )

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

function toMilliseconds(text: string): number {
  const match = DURATION.exec(text)
  const unit = match?.[2]
  const factor = unit === 'ms' || unit === 's' || unit === 'm' || unit === 'h' ? UNIT_MS[unit] : Number.NaN
  return Math.round(Number(match?.[1]) * factor)
}
