import { gateState, gateStep, REHEARSAL } from './lookup.ts'
import type { PersonId } from './plan.ts'
import type { CutoverState, Holder, Vote } from './state.ts'

export type Approvers = { readonly [role: string]: number }
/** Role → who may act for it: its holder first, then the stand-in. */
export type Voters = { readonly [role: string]: readonly PersonId[] }

export function votersOf(holders: { readonly [role: string]: Holder }): Voters {
  const entries = Object.entries(holders).map(([role, { person, backup }]) => [
    role,
    backup === undefined ? [person] : [person, backup],
  ])
  return Object.fromEntries(entries)
}

/** A role asked for once is its holder's; asked for more often, the stand-in counts as well. */
const peopleFor = (voters: Voters, role: string, count: number): readonly PersonId[] =>
  (voters[role] ?? []).slice(0, count === 1 ? 1 : undefined)

interface Seat {
  readonly role: string
  readonly people: readonly PersonId[]
}

const seatsOf = (approvers: Approvers, voters: Voters): readonly Seat[] =>
  Object.entries(approvers).flatMap(([role, count]) =>
    Array.from({ length: count }, () => ({ role, people: peopleFor(voters, role, count) })),
  )

/**
 * Person → the one role they are counted for, so that as many seats as possible are taken (a bipartite matching
 * by augmenting paths): somebody with two roles takes the one that nobody else can.
 */
export function assign(
  approvers: Approvers,
  voters: Voters,
  present: readonly PersonId[],
): ReadonlyMap<PersonId, string> {
  const seats = seatsOf(approvers, voters)
  const seatOf = new Map<PersonId, number>()

  const seat = (index: number, tried: Set<PersonId>): boolean => {
    for (const person of seats[index]?.people ?? []) {
      if (!present.includes(person) || tried.has(person)) continue
      tried.add(person)
      const taken = seatOf.get(person)
      if (taken === undefined || seat(taken, tried)) {
        seatOf.set(person, index)
        return true
      }
    }
    return false
  }
  seats.forEach((_, index) => seat(index, new Set()))
  return new Map([...seatOf].map(([person, index]) => [person, seats[index]?.role ?? '']))
}

const everyone = (voters: Voters): readonly PersonId[] => [...new Set(Object.values(voters).flat())]

/** Each role's holder, without stand-ins. */
const holdersOf = (voters: Voters): readonly PersonId[] => [
  ...new Set(Object.values(voters).flatMap((people) => people.slice(0, 1))),
]

export const seatCount = (approvers: Approvers): number =>
  Object.values(approvers).reduce((sum, count) => sum + count, 0)

/** Where the runbook asks for the opener alone (or for nobody), any other holder's GO is needed as well. */
export const needsAnother = (approvers: Approvers, voters: Voters, opener: PersonId): boolean =>
  seatsOf(approvers, voters).every(
    ({ people }) => people.length > 0 && people.every((person) => person === opener),
  )

/** Whether these people carry a GO: every seat is taken, and one of them is not the opener. */
export function carries(
  approvers: Approvers,
  voters: Voters,
  opener: PersonId,
  present: readonly PersonId[],
): boolean {
  const seated = assign(approvers, voters, present)
  if (seated.size < seatCount(approvers)) return false
  if ([...seated.keys()].some((person) => person !== opener)) return true
  const others = holdersOf(voters).filter((person) => person !== opener)
  return needsAnother(approvers, voters, opener) && others.some((person) => present.includes(person))
}

/** Whether holders could carry a gate at all, if all of them said GO. */
export const canCarry = (approvers: Approvers, voters: Voters, opener: PersonId): boolean =>
  carries(approvers, voters, opener, everyone(voters))

/** Whether these people may turn back: every seat is taken; the opener counts like anybody. */
export const mayTurnBack = (approvers: Approvers, voters: Voters, present: readonly PersonId[]): boolean =>
  present.length > 0 && assign(approvers, voters, present).size >= seatCount(approvers)

/**
 * Who may say GO in the round that is open, by role: people who could when it opened and can now. Somebody who has
 * lost the role is no longer among them, who gained it waits for the next round; a stand-in who took over votes.
 */
export function votersNow(state: CutoverState, gate: string): Voters {
  const { voters } = gateState(state, gate)
  const now = Object.entries(votersOf(state.holders)).map(([role, people]) => {
    const before = voters[role] ?? []
    const [holder] = people
    // The stand-in of somebody who does not vote stands in for nobody.
    const isVoter = holder !== undefined && before.includes(holder)
    return [role, isVoter ? people.filter((person) => before.includes(person)) : []]
  })
  return Object.fromEntries(now)
}

/** GO votes of the present round that still stand. */
export function standingVotes(state: CutoverState, gate: string): readonly Vote[] {
  const { round, votes } = gateState(state, gate)
  return votes.filter((vote) => vote.round === round && vote.vote === 'go' && vote.staleBecause === undefined)
}

/** Whether the standing votes carry the gate. In a rehearsal one person may have had to do. */
export function isCarried(state: CutoverState, gate: string): boolean {
  const votes = standingVotes(state, gate)
  if (votes.some((vote) => vote.alone === true && standsAlone(state, gate, vote.person))) return true
  const present = votes.map((vote) => vote.person)
  return carries(gateStep(state, gate).approvers, votersNow(state, gate), state.opener, present)
}

/** Whether a person's GO on this round is counted for everybody: rehearsals only, where people were missing. */
export function standsAlone(state: CutoverState, gate: string, person: PersonId): boolean {
  if (state.plan.live) return false
  if (person === REHEARSAL) return true
  const wasCarried = canCarry(gateStep(state, gate).approvers, gateState(state, gate).voters, state.opener)
  return !wasCarried && holdersOf(votersNow(state, gate)).includes(person)
}

/** The role a person's GO counts for now, null if it would not count in this round. */
export function roleOfVote(state: CutoverState, gate: string, person: PersonId): string | null {
  const { approvers } = gateStep(state, gate)
  const voters = votersNow(state, gate)
  const present = [...standingVotes(state, gate).map((vote) => vote.person), person]
  const seated = assign(approvers, voters, present).get(person)
  if (seated !== undefined) return seated
  const asked = Object.entries(approvers).find(([role, count]) =>
    peopleFor(voters, role, count).includes(person),
  )
  if (asked !== undefined) return asked[0]
  const held = Object.entries(voters).find(([, people]) => people[0] === person)?.[0]
  if (standsAlone(state, gate, person)) return held ?? person
  return needsAnother(approvers, voters, state.opener) ? (held ?? null) : null
}

/**
 * Standing votes that a role's passing from hand to hand makes stale: of who lost it, and of who gained it and said
 * GO in another part.
 */
export function votesOnRole(
  before: CutoverState,
  after: CutoverState,
  gate: string,
  role: string,
): readonly PersonId[] {
  const count = gateStep(after, gate).approvers[role]
  const counts = (state: CutoverState, person: PersonId): boolean =>
    peopleFor(votersNow(state, gate), role, count ?? 1).includes(person)
  return standingVotes(after, gate)
    .filter((vote) => count !== undefined || vote.role === role)
    .filter(({ person }) => counts(before, person) !== counts(after, person))
    .map(({ person }) => person)
}

/** A vote needs words for what it counts on: `lead 1, observer 1`. */
export const asked = (approvers: Approvers): string =>
  seatCount(approvers) === 0
    ? 'any holder'
    : Object.entries(approvers)
        .map(([role, count]) => `${role} ${count}`)
        .join(', ')
