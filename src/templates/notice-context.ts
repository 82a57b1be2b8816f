import { z } from 'zod'

/** What a value means, which decides the helper that may write it. Unregistered strings are `text`. */
export type ValueKind = 'time' | 'duration' | 'bytes' | 'person' | 'link'

export const valueKinds = z.registry<{ kind: ValueKind }>()

const text = z.string()
const time = z.number().int().register(valueKinds, { kind: 'time' })
const bytes = z.number().int().nonnegative().register(valueKinds, { kind: 'bytes' })
const count = z.number().int().nonnegative()
const duration = z.number().int().nonnegative().register(valueKinds, { kind: 'duration' })

/** `id` is a Slack user id, or `rehearsal`; only the former can be mentioned. */
const person = z.strictObject({ id: text, name: text }).register(valueKinds, { kind: 'person' })

const link = z
  .strictObject({ title: text, url: z.url({ protocol: /^https?$/ }) })
  .register(valueKinds, { kind: 'link' })

const openState = z.strictObject({
  name: text.describe('as the runbook calls it: maintenance, alerts-muted…'),
  since: time,
  length: duration.describe('how long it has been open, or was'),
})

/**
 * Everything a notice may want, at any time of a cutover. What is not always known is an optional object,
 * which a template must guard by `{{#if}}`. Times are milliseconds since the epoch, durations milliseconds.
 */
export const NoticeContext = z.strictObject({
  now: time.describe('the moment this notice was written'),
  cutover: z.strictObject({
    id: text,
    title: text,
    runbook: text,
    environment: text,
    rehearsal: z.boolean().describe('true on every environment that is not live'),
    target: text.describe('the name that is typed to roll back'),
    state: text.describe('scheduled, running, watching…'),
    postponed: z.boolean().describe('true while it has no planned start'),
  }),
  window: z.strictObject({
    start: time,
    end: time,
    length: duration,
    freeze: duration.describe('how long before the start nothing else may change'),
    zone: text.describe('IANA name, as in Asia/Tbilisi'),
  }),
  planned: z.strictObject({
    start: time.describe('T-0'),
    end: time.describe('the end that was promised'),
  }),
  before: z
    .strictObject({ start: time, end: time })
    .optional()
    .describe('of a notice about another time: what its readers were told last'),
  update: z
    .strictObject({ number: count, next: time })
    .optional()
    .describe('of a notice that promises updates: 0 is the promise itself, and when the next one comes'),
  meeting: z
    .strictObject({ title: text, start: time, end: time, cancelled: z.boolean() })
    .optional()
    .describe('of an invitation'),
  contacts: z
    .record(
      z.string(),
      z.strictObject({
        name: text,
        phone: text.optional(),
        email: text.optional(),
        link: text.optional(),
        text: text.optional(),
      }),
    )
    .describe('of the runbook: contacts.hosting.phone'),
  forecast: z.strictObject({ earliest: time, latest: time }).optional(),
  lead: person.describe('who holds the role `lead`, else who opened the cutover'),
  opener: person,
  holders: z
    .record(z.string(), z.strictObject({ title: text, person }))
    .describe('by role: holders.observer.person'),
  people: z
    .array(z.strictObject({ role: text, title: text, person }))
    .describe('the same as a list, in the order of the runbook'),
  started: z.strictObject({ at: time }).optional().describe('the first mutating step'),
  open: z.array(openState).describe('open states now'),
  closed: z.array(openState).describe('states that were open and are closed again'),
  downtime: z
    .strictObject({ length: duration })
    .optional()
    .describe('once maintenance, read-only or downtime was open: for how long, up to now'),
  decision: z
    .strictObject({ gate: text, outcome: z.enum(['GO', 'NO-GO']), at: time, people: z.array(person) })
    .optional()
    .describe('the latest decision of a gate'),
  reason: z
    .strictObject({ text, by: person })
    .optional()
    .describe('of the present hold, else of postponing or abandoning, else of the latest no-go'),
  watch: z
    .strictObject({ start: time, end: time, length: duration })
    .optional()
    .describe('the watch that runs now, else the next one'),
  next: z.strictObject({ title: text, start: time }).optional().describe('the next planned phase'),
  backup: z
    .strictObject({ size: bytes, took: duration })
    .optional()
    .describe('the last backup that succeeded'),
  copied: z.strictObject({ rows: count, took: duration }).optional().describe('the copy, once it succeeded'),
  compared: z
    .strictObject({ rows: count, differences: count, took: duration })
    .optional()
    .describe('the comparison by content'),
  written: z
    .strictObject({ rows: count, replaced: count, tables: count, since: time, until: time })
    .optional()
    .describe('what was written since a mark, once `pg.written-since` has counted it'),
  rollback: z
    .strictObject({
      since: time,
      by: person,
      reason: text,
      finished: z.strictObject({ at: time, took: duration }).optional(),
    })
    .optional()
    .describe('once rolling back was decided'),
  completed: z.strictObject({ at: time, took: duration }).optional(),
  channel: z.strictObject({ name: text }).optional().describe('the channel of the cutover, without #'),
  links: z.array(link).describe('of the runbook'),
})
export type NoticeContext = z.infer<typeof NoticeContext>
export type NoticePerson = z.infer<typeof person>
