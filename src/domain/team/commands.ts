import type { Instant, PersonId } from '../plan.ts'
import type { AckAnswer, AckSays, IssueKind, Severity } from './state.ts'

export type TeamCommand =
  | {
      readonly type: 'issue'
      readonly text: string
      readonly step?: string
      readonly severity?: Severity
      readonly kind?: IssueKind
      /** A role, a person's id, or words. */
      readonly owner?: string
    }
  | {
      readonly type: 'change issue'
      readonly issue: string
      readonly severity?: Severity
      readonly kind?: IssueKind
      readonly owner?: string
      readonly text?: string
    }
  | { readonly type: 'close issue'; readonly issue: string; readonly text?: string }
  /** “I have it”. Without a subject: everything that is open and that nobody has. */
  | { readonly type: 'take on'; readonly subject?: string }
  /** Without a role: every role of theirs that is asked for; without `says`: what was asked. */
  | {
      readonly type: 'ack'
      readonly role?: string
      readonly says?: AckSays
      readonly answer?: AckAnswer
    }
  | { readonly type: 'accept checkpoint'; readonly phase: string; readonly reason: string }
  /** Without an owner it is whoever adds it; without a time it is due in a week. */
  | {
      readonly type: 'add follow-up'
      readonly title: string
      readonly owner?: string
      readonly due?: Instant
    }
  | { readonly type: 'close follow-up'; readonly followUp: string; readonly text?: string }
  | { readonly type: 'waive follow-up'; readonly followUp: string; readonly reason: string }
  | {
      readonly type: 'debrief'
      readonly wentWell?: string
      readonly improve?: string
      readonly actions: readonly string[]
    }
  | {
      readonly type: 'user report'
      readonly text: string
      readonly count?: number
      readonly ticket?: string
      readonly author?: PersonId
      readonly link?: string
    }
  /** Something has to change although nothing else may: whoever may allow it does, in their own name. */
  | { readonly type: 'allow change'; readonly text: string; readonly reason: string }
  /** Deletes contacts and output of an ended cutover. */
  | { readonly type: 'forget' }

export type TeamCommandType = TeamCommand['type']
