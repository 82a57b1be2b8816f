import { z } from 'zod'
import type { PersonCommand } from '../domain/commands.ts'
import { ISSUE_KINDS, SEVERITIES } from '../domain/team/state.ts'

const id = z.string().regex(/^[a-z][a-z0-9-]{0,79}$/, 'an id has small letters, digits and dashes')
const person = z.string().regex(/^[UW][A-Z0-9]+$/, 'a person is a Slack user id')
const instant = z.number().int().nonnegative()
/** As long as Slack lets a person write; NUL cannot be stored. */
const text = z
  .string()
  .max(3000, 'at most 3,000 characters')
  .refine((value) => !value.includes('\u0000'), 'a NUL character cannot be recorded')
const reason = text
const owner = z.string().max(200)
const loginCode = z.string().regex(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/, 'a code looks like ABCD-EFGH')
const number = z.string().max(80)
const fields = z.record(z.string().max(80), text)

/** What a person may ask of an open cutover, as it comes over the wire. Extra keys are refused. */
export const PersonCommandShape = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('tick'),
    step: id,
    item: id.optional(),
    result: z.enum(['done', 'failed', 'na']),
    fields,
    note: text.optional(),
  }),
  z.strictObject({ type: z.literal('untick'), step: id, item: id.optional(), reason }),
  z.strictObject({ type: z.literal('run'), step: id }),
  z.strictObject({ type: z.literal('retry'), step: id, reason }),
  z.strictObject({ type: z.literal('skip'), step: id, reason }),
  z.strictObject({ type: z.literal('override'), step: id, gate: id.optional(), reason }),
  z.strictObject({ type: z.literal('cancel'), step: id, reason }),
  z.strictObject({
    type: z.literal('unblock'),
    step: id,
    pid: z.number().int().positive(),
    how: z.enum(['cancel', 'end']),
  }),
  z.strictObject({ type: z.literal('mark'), step: id, outcome: z.enum(['succeeded', 'failed']), reason }),
  z.strictObject({ type: z.literal('move'), step: id, to: instant, reason }),
  z.strictObject({ type: z.literal('approve'), step: id, text: text.optional() }),
  z.strictObject({ type: z.literal('reject'), step: id, reason }),
  z.strictObject({
    type: z.literal('vote'),
    gate: id,
    vote: z.enum(['go', 'no-go']),
    reason: reason.optional(),
  }),
  z.strictObject({ type: z.literal('confirm'), gate: id, criterion: id }),
  z.strictObject({ type: z.literal('unconfirm'), gate: id, criterion: id, reason }),
  z.strictObject({ type: z.literal('round'), gate: id, reason, deadline: instant.optional() }),
  z.strictObject({ type: z.literal('hold'), reason: reason.optional() }),
  z.strictObject({ type: z.literal('resume'), reason: reason.optional() }),
  z.strictObject({
    type: z.literal('rollback'),
    name: text,
    reason,
    running: z.enum(['wait', 'cancel']).optional(),
    trigger: id.optional(),
    option: id.optional(),
  }),
  z.strictObject({ type: z.literal('choose'), choice: id, option: id, reason: reason.optional() }),
  z.strictObject({ type: z.literal('postpone'), reason, to: instant.optional() }),
  z.strictObject({
    type: z.literal('abandon'),
    reason,
    name: text.optional(),
    left: z.array(z.strictObject({ state: id, owner: person, reason })).optional(),
  }),
  z.strictObject({
    type: z.literal('assign'),
    role: id,
    person,
    backup: person.optional(),
    reason: reason.optional(),
  }),
  z.strictObject({ type: z.literal('take over'), role: id }),
  z.strictObject({ type: z.literal('vouch'), code: loginCode, person, reason }),
  z.strictObject({ type: z.literal('note'), text, link: z.url().optional(), step: id.optional() }),
  z.strictObject({
    type: z.literal('issue'),
    text,
    step: id.optional(),
    severity: z.enum(SEVERITIES).optional(),
    kind: z.enum(ISSUE_KINDS).optional(),
    owner: owner.optional(),
  }),
  z.strictObject({
    type: z.literal('change issue'),
    issue: number,
    severity: z.enum(SEVERITIES).optional(),
    kind: z.enum(ISSUE_KINDS).optional(),
    owner: owner.optional(),
    text: text.optional(),
  }),
  z.strictObject({ type: z.literal('close issue'), issue: number, text: text.optional() }),
  z.strictObject({ type: z.literal('take on'), subject: z.string().max(200).optional() }),
  z.strictObject({
    type: z.literal('ack'),
    role: id.optional(),
    says: z.enum(['available', 'present']).optional(),
    answer: z.enum(['yes', 'no']).optional(),
  }),
  z.strictObject({ type: z.literal('accept checkpoint'), phase: id, reason }),
  z.strictObject({
    type: z.literal('add follow-up'),
    title: text,
    owner: owner.optional(),
    due: instant.optional(),
  }),
  z.strictObject({ type: z.literal('close follow-up'), followUp: id, text: text.optional() }),
  z.strictObject({ type: z.literal('waive follow-up'), followUp: id, reason }),
  z.strictObject({
    type: z.literal('debrief'),
    wentWell: text.optional(),
    improve: text.optional(),
    actions: z.array(text).max(50),
  }),
  z.strictObject({ type: z.literal('allow change'), text, reason }),
  z.strictObject({ type: z.literal('forget') }),
  z.strictObject({
    type: z.literal('user report'),
    text,
    count: z.number().int().optional(),
    ticket: text.optional(),
    author: person.optional(),
    link: z.url().optional(),
  }),
])

/** The shape and the domain's union may not drift apart: this does not compile when they do. */
export function asPersonCommand(command: z.infer<typeof PersonCommandShape>): PersonCommand {
  return dropUndefined(command)
}

/** zod leaves `undefined` where a key was absent; the domain knows present or absent only. */
function dropUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const kept = Object.entries(value).filter(([, part]) => part !== undefined)
  return Object.fromEntries(kept) as { [K in keyof T]: Exclude<T[K], undefined> }
}
