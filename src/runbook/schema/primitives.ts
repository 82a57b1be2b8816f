import { z } from 'zod'
import { DURATION, DURATION_RANGE } from '../values/duration.ts'
import { complaint, form, keyed, text } from './complaint.ts'

export const Id = form(
  /^[a-z][a-z0-9-]*$/,
  'an id is small letters, digits and dashes and begins with a letter',
  'Write it like `copy-data`.',
).meta({ description: 'Small letters, digits and dashes; begins with a letter.' })

/** Vars become `CUTOVER_VAR_NAME`, so a dash and an underscore must not collide. */
export const VarName = form(
  /^[a-z][a-z0-9_]*$/,
  'the name of a var is small letters, digits and underscores and begins with a letter',
  'Write it like `backup_folder`.',
)

export const SecretName = form(
  /^[A-Z][A-Z0-9_]*$/,
  'the name of a secret is capitals, digits and underscores and begins with a letter',
  'Write it like `TARGET_URL`; its value is bound on the worker.',
)

export const EnvironmentVariable = form(
  /^(?:target|(?!CUTOVER_)[A-Za-z_][A-Za-z0-9_]*)$/,
  'this is no name of an environment variable that a step may set',
  'Write it like `LANG`, or `target: main` to pass a target as PG* variables. Names with CUTOVER_ are Cutover’s own.',
)

export const PoolName = form(
  /^[a-z][a-z0-9_-]{0,39}$/,
  'a pool is small letters, digits, dashes and underscores, at most 40',
  'Write it like `ward-db`.',
).meta({ description: 'The host where steps run: one worker service, one spool.' })

export const Duration = form(
  DURATION,
  'a duration is a number with s, m, h or d',
  'Write it like 90s, 10m, 1h30m or 2d.',
).meta({ description: '90s, 10m, 1h30m, 2d' })

export const DurationRange = form(
  DURATION_RANGE,
  'an estimate is a duration or two with a dash',
  'Write it like 10m or 8m-10m.',
).meta({ description: '10m or 8m-10m' })

const OFFSET =
  /^(?:T[+-](?:0|(?:\d+[smh])+)|T[+-]\d+d(?: (?:[01]\d|2[0-3]):[0-5]\d)?|after:? [a-z][a-z0-9-]*(?: \+(?:\d+[smhd])+)?)$/

const OFFSET_HINT =
  'Write T-30m, T+15m, T-0, T-7d, T-1d 18:00, or { after: copy +10m }; days stand alone and may have a clock time.'

export const Offset = z
  .union([
    form(OFFSET, 'this is no time form', OFFSET_HINT),
    keyed('a time', {
      after: form(
        /^[a-z][a-z0-9-]*(?: \+(?:\d+[smhd])+)?$/,
        'after names a step, then how much later',
        OFFSET_HINT,
      ),
    }),
  ])
  .meta({ description: 'Planned time: T-30m, T+15m, T-7d, T-1d 18:00, { after: copy +10m }.' })

/** An exact value, or `"OP NUMBER[UNIT]"`. */
export const Expected = z.union([z.string(), z.number(), z.boolean(), z.null()])

export const Expect = keyed('expect', {
  rows: Expected.optional(),
  value: Expected.optional(),
  status: Expected.optional(),
  json: keyed('expect.json', { path: text(), value: Expected }).optional(),
  body: Expected.optional(),
  exit: Expected.optional(),
  output: Expected.optional(),
  lines: Expected.optional(),
  size: Expected.optional(),
  age: Expected.optional(),
}).meta({
  description: 'Each an exact value or "OP NUMBER[UNIT]" with OP one of < <= = >= > !=.',
})

export const Json: z.ZodType<JsonValue> = z.json()
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

export const Arguments = z.record(z.string(), Json).meta({
  description: 'Arguments. `$name` as a whole value is a var, a secret or a fact; `$$` is a dollar.',
})

/** One or several; a single one needs no list. */
export const oneOrMore = <Item extends z.ZodType>(item: Item) => z.union([item, z.array(item).min(1)])

export const Links = z.record(
  z.string(),
  form(/^https?:\/\/\S+$/, 'a link begins with http:// or https://', 'Write the whole address.'),
)

export const Approvers = z
  .record(
    Id,
    z.int({ error: complaint('an approver count is a whole number', 'Write `lead: 1`.') }).min(1, {
      error: complaint('an approver count is at least 1', 'Leave the role out if nobody of it must agree.'),
    }),
  )
  .meta({ description: 'Role → how many distinct people of that role must agree.' })
