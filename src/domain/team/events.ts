import type { Instant, PersonId } from '../plan.ts'
import type { DurationMs, Evidence } from '../state.ts'
import type { AckAnswer, AckSays, FollowUpSource, IssueKind, Severity } from './state.ts'

type Event<Type extends string, Data> = { readonly type: Type; readonly data: Data }

interface CheckpointSeen {
  readonly phase: string
  readonly evidence: readonly Evidence[]
  /** From T-0; negative before it. */
  readonly afterStartMs: DurationMs
  readonly durationMs: DurationMs
}

/** What people under way tell each other: issues, who joins, who is there, what is left to do, what was learnt. */
export type TeamEvent =
  | Event<
      'issue opened',
      {
        issue: string
        text: string
        severity: Severity
        kind: IssueKind
        step?: string
        /** A role, a person's id, or words. */
        owner?: string
      }
    >
  | Event<
      'issue changed',
      { issue: string; severity?: Severity; kind?: IssueKind; owner?: string; text?: string }
    >
  /** `text` is what became of it. */
  | Event<'issue closed', { issue: string; text?: string }>
  /** A trouble opened and its clock runs; `subject` is `step/ID`, `issue/ID` or `checkpoint/PHASE`. */
  | Event<'escalation began', { subject: string }>
  /** Nobody had it in time: these roles join. Levels count from 1. */
  | Event<'escalation raised', { subject: string; level: number; roles: readonly string[] }>
  /** Somebody has it; nobody else is called. */
  | Event<'escalation taken', { subject: string }>
  | Event<'escalation ended', { subject: string }>
  | Event<'ack asked', { role: string; says: AckSays; person: PersonId }>
  | Event<'role acknowledged', { role: string; says: AckSays; answer: AckAnswer; person: PersonId }>
  | Event<'checkpoint passed', CheckpointSeen>
  | Event<'checkpoint failed', CheckpointSeen>
  /** People go on although it failed. */
  | Event<'checkpoint accepted', { phase: string; reason: string }>
  /** `n` counts from 0; nobody may hold the role. */
  | Event<'shift began', { n: number; role: string; until: Instant; person?: PersonId }>
  | Event<
      'follow-up opened',
      { followUp: string; title: string; owner: string; dueAt: Instant; source: FollowUpSource }
    >
  | Event<'follow-up closed', { followUp: string; text?: string }>
  | Event<'follow-up waived', { followUp: string; reason: string }>
  | Event<'follow-up reminded', { followUp: string }>
  /** Something changed although nothing else may; its actor allowed it. */
  | Event<'change allowed', { text: string; reason: string }>
  /** Contacts and output of machine work are deleted; what happened stays. */
  | Event<'cutover forgotten', Record<string, never>>
  | Event<'debrief given', { wentWell?: string; improve?: string; actions: readonly string[] }>
  /** What users of the system say of it; `count` is how many people this stands for. */
  | Event<
      'user report filed',
      { text: string; count: number; ticket?: string; author?: PersonId; link?: string }
    >
