import { z } from 'zod'
import type { JsonObject } from '../json.ts'
import { Refused } from './method.ts'

const LARGEST_METADATA_BYTES = 16_000

const scalar = z.union([z.string(), z.number(), z.boolean()])
const Metadata = z.object({
  event_type: z.string().regex(/^[a-zA-Z][a-zA-Z0-9_.]*$/),
  event_payload: z.record(z.string(), z.union([scalar, z.array(scalar), z.record(z.string(), scalar)])),
})

/** Message metadata as Slack accepts it: a type and a flat payload. */
export function messageMetadata(given: unknown): JsonObject | undefined {
  if (given === undefined || given === null || given === '') return undefined
  const parsed = Metadata.safeParse(given)
  if (!parsed.success) throw new Refused('invalid_metadata_format')
  if (Buffer.byteLength(JSON.stringify(given)) > LARGEST_METADATA_BYTES)
    throw new Refused('metadata_too_large')
  return parsed.data
}
