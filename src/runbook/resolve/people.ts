import type { PersonId, Plan, Role } from '../../domain/plan.ts'
import { errorAt } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { Path } from '../source.ts'
import type { ToResolve } from './resolve-plan.ts'

export interface ResolvedPeople {
  readonly findings: Finding[]
  readonly roles: Plan['roles']
  readonly openers: readonly PersonId[]
}

/** Pins every role to the people behind it now, and refuses a plan whose gates they could never carry. */
export function resolvePeople(given: ToResolve, live: boolean): ResolvedPeople {
  const { head } = given.runbook
  const roles = Object.fromEntries(
    Object.entries(head.roles).map(([name, { title, from, backup }]): [string, Role] => [
      name,
      { title, eligible: [...new Set(from.flatMap(given.people))], backup: backup ?? false },
    ]),
  )
  const openers = (head.openers ?? Object.keys(roles)).flatMap((role) => roles[role]?.eligible ?? [])
  const empty = Object.entries(roles).flatMap(([name, { eligible }]) =>
    eligible.length > 0 ? [] : [nobody(given, name)],
  )
  const findings = empty.length > 0 ? empty : gates(given, roles, live)
  return { findings, roles, openers: [...new Set(openers)] }
}

function nobody(given: ToResolve, role: string): Finding {
  const from = given.runbook.head.roles[role]?.from ?? []
  return errorAt(given.runbook.source.spot(['roles', role, 'from']), {
    code: 'role-nobody-may-hold',
    message: `nobody may hold the role "${role}": ${from.join(' and ')} ${from.length === 1 ? 'has' : 'have'} no member here`,
    hint: 'Name people by `user:U…`, or fill the group in Slack.',
  })
}

/** One person in a rehearsal may carry every gate alone; live, each vote is another person's. */
function gates(given: ToResolve, roles: Plan['roles'], live: boolean): Finding[] {
  if (!live) return []
  const { head, steps, source } = given.runbook
  const written = steps.flatMap((step) =>
    step.kind === 'decide'
      ? [{ title: step.title, approvers: step.document.approvers, path: [...step.path, 'approvers'] as Path }]
      : [],
  )
  const complete = {
    title: 'the gate at the end',
    approvers: head.complete?.approvers ?? { lead: 1 },
    path: [head.complete === undefined ? 'roles' : 'complete'],
  }
  return [...written, complete].flatMap(({ title, approvers, path }) => {
    const short = missingVotes(approvers, roles)
    if (short === 0 && peopleAtAll(roles) > 1) return []
    return [
      errorAt(source.spot(path), {
        code: 'gate-nobody-can-carry',
        message:
          short > 0
            ? `"${title}" needs distinct people that the roles do not have: ${short} short`
            : `"${title}" needs a GO of somebody who did not open it, and one person holds everything`,
        hint: 'Make more people eligible for its roles.',
      }),
    ]
  })
}

const peopleAtAll = (roles: Plan['roles']): number =>
  new Set(Object.values(roles).flatMap(({ eligible }) => eligible)).size

/** Votes that no distinct person is left for: a matching of people to seats, seat by seat. */
function missingVotes(approvers: Readonly<Record<string, number>>, roles: Plan['roles']): number {
  const seats = Object.entries(approvers).flatMap(([role, count]) =>
    Array.from({ length: count }, () => roles[role]?.eligible ?? []),
  )
  const seatOf = new Map<PersonId, number>()
  const place = (seat: number, tried: Set<PersonId>): boolean =>
    (seats[seat] ?? []).some((person) => {
      if (tried.has(person)) return false
      tried.add(person)
      const taken = seatOf.get(person)
      if (taken !== undefined && !place(taken, tried)) return false
      seatOf.set(person, seat)
      return true
    })
  return seats.filter((_, seat) => !place(seat, new Set())).length
}
