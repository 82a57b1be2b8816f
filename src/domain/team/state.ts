import type { Actor } from '../events.ts'
import type { Instant, PersonId } from '../plan.ts'
import type { Evidence } from '../state.ts'

export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

export const ISSUE_KINDS = ['technical', 'process', 'communication'] as const
export type IssueKind = (typeof ISSUE_KINDS)[number]

export interface Issue {
  readonly id: string
  readonly text: string
  readonly severity: Severity
  readonly kind: IssueKind
  readonly at: Instant
  readonly by: Actor
  readonly step?: string
  /** A role, a person's id, or words. */
  readonly owner?: string
  readonly closedAt?: Instant
  readonly closedBy?: Actor
  readonly resolution?: string
}

/** The clock of a trouble that is open. */
export interface Escalation {
  readonly since: Instant
  /** How many levels have been called; 0: none yet. */
  readonly level: number
  readonly taken?: { readonly by: Actor; readonly at: Instant }
}

/** `available`: on the day. `present`: here, now. */
export type AckSays = 'available' | 'present'
/** `no`: the holder says that they are not. */
export type AckAnswer = 'yes' | 'no'

export interface Ack {
  /** How often it was asked, so that each asking is a message of its own. */
  readonly n: number
  readonly askedOf: PersonId
  readonly askedAt: Instant
  readonly answer?: { readonly answer: AckAnswer; readonly by: Actor; readonly at: Instant }
}

export interface Checkpoint {
  readonly result: 'passed' | 'failed'
  readonly at: Instant
  readonly evidence: readonly Evidence[]
  readonly afterStartMs: number
  readonly durationMs: number
  readonly accepted?: { readonly by: Actor; readonly at: Instant; readonly reason: string }
}

export interface Shift {
  readonly n: number
  readonly role: string
  readonly from: Instant
  readonly until: Instant
}

export type FollowUpSource = 'runbook' | 'review' | 'debrief' | 'person'

export interface FollowUp {
  readonly id: string
  readonly title: string
  /** A role, a person's id, or words. */
  readonly owner: string
  readonly dueAt: Instant
  readonly source: FollowUpSource
  readonly openedAt: Instant
  readonly openedBy: Actor
  /** How often its owner was reminded, and when last. */
  readonly reminders: number
  readonly remindedAt?: Instant
  readonly closed?: {
    readonly by: Actor
    readonly at: Instant
    /** Not done, and why that is fine. */
    readonly waived: boolean
    readonly text?: string
  }
}

export interface Debrief {
  readonly by: Actor
  readonly at: Instant
  readonly wentWell?: string
  readonly improve?: string
  readonly actions: readonly string[]
}

export interface UserReport {
  readonly at: Instant
  readonly by: Actor
  readonly text: string
  /** How many people it stands for. */
  readonly count: number
  readonly ticket?: string
  readonly author?: PersonId
  readonly link?: string
}

/** A change that somebody allowed although nothing else may change. */
export interface AllowedChange {
  readonly at: Instant
  readonly by: Actor
  readonly text: string
  readonly reason: string
  /** The gate whose GO was said in knowledge of it. */
  readonly weighed?: string
}

/** The part of a cutover's state that team events make. */
export interface TeamState {
  readonly issues: readonly Issue[]
  /** Subject → the clock of a trouble that is open now. */
  readonly escalations: { readonly [subject: string]: Escalation }
  /** `ROLE/available` or `ROLE/present`. */
  readonly acks: { readonly [key: string]: Ack }
  /** By phase. */
  readonly checkpoints: { readonly [phase: string]: Checkpoint }
  readonly shift?: Shift
  readonly followUps: readonly FollowUp[]
  readonly debriefs: readonly Debrief[]
  readonly userReports: readonly UserReport[]
  readonly changes: readonly AllowedChange[]
  /** Contacts and output are deleted. */
  readonly forgottenAt?: Instant
}

export const NO_TEAM_STATE: TeamState = {
  issues: [],
  escalations: {},
  acks: {},
  checkpoints: {},
  followUps: [],
  debriefs: [],
  userReports: [],
  changes: [],
}
