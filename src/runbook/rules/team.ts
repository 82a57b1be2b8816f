import { slug } from '../slug.ts'
import type { Finding } from '../finding.ts'
import type { Path } from '../source.ts'
import { durationMs } from '../values/duration.ts'
import { offsetOf } from '../values/offset.ts'
import { complain } from './context.ts'
import type { Context } from './context.ts'
import { roleNamed } from './people.ts'
import { stepNamed } from './references.ts'

/** Who is called, who is on call, and what is left to do name roles and steps that are there, in an order that works. */
export function team(context: Context): Finding[] {
  return [...escalation(context), ...shifts(context), ...followUps(context)]
}

function escalation(context: Context): Finding[] {
  const levels = context.draft.head.escalation ?? []
  return levels.flatMap(({ after, roles }, index) => {
    const path: Path = ['escalation', index]
    const before = levels[index - 1]?.after
    const isEarlier = before !== undefined && durationMs(after) <= durationMs(before)
    const order = isEarlier
      ? [
          complain(context, [...path, 'after'], {
            code: 'bad-escalation',
            message: `this level is called after ${after}, and the one before it after ${before}`,
            hint: 'Write the levels in the order in which they are called, each later than the one before.',
          }),
        ]
      : []
    return [...order, ...roles.flatMap((role, at) => roleNamed(context, role, [...path, 'roles', at]))]
  })
}

function shifts(context: Context): Finding[] {
  const { guard } = context.draft.head
  if (typeof guard !== 'object') return []
  return (guard.shifts ?? []).flatMap(({ role, length }, index) => {
    const path: Path = ['guard', 'shifts', index]
    const empty =
      durationMs(length) > 0
        ? []
        : [
            complain(context, [...path, 'length'], {
              code: 'bad-shift',
              message: 'a shift of no length is over before it begins',
              hint: 'Write how long somebody is on call: `length: 12h`.',
            }),
          ]
    return [...roleNamed(context, role, [...path, 'role']), ...empty]
  })
}

function followUps(context: Context): Finding[] {
  const seen = new Set<string>()
  return (context.draft.head.follow_ups ?? []).flatMap((one, index) => {
    const path: Path = ['follow_ups', index]
    const id = one.id ?? slug(one.title)
    const twice = seen.has(id)
      ? [
          complain(context, path, {
            code: 'name-taken',
            message: `two follow-ups are called "${id}"`,
            hint: 'Give one of them an `id` of its own.',
          }),
        ]
      : []
    seen.add(id)
    const due = one.due === undefined ? undefined : offsetOf(one.due)
    const named =
      due?.kind === 'after' && due.step !== 'completed'
        ? stepNamed(context, due.step, [...path, 'due'], 'after')
        : []
    const tooLate = one.before === 'live' && due !== undefined && !isBeforeStart(due)
    const order = tooLate
      ? [
          complain(context, [...path, 'due'], {
            code: 'bad-follow-up',
            message: 'this must be done before a live run, and is due after it has begun',
            hint: 'Give it a time before T-0, like T-1d, or leave `before: live` out.',
          }),
        ]
      : []
    return [...twice, ...named, ...order]
  })
}

function isBeforeStart(due: NonNullable<ReturnType<typeof offsetOf>>): boolean {
  if (due.kind === 'after') return false
  return due.kind === 'elapsed' ? due.ms <= 0 : due.days <= 0
}
