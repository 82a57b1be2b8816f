import type {
  Blocker,
  CalledFor,
  DurationMs,
  Evidence,
  Facts,
  Holder,
  Predecessor,
  Rehearsal,
} from './state.ts'
import type { TeamEvent } from './team/events.ts'
import type { Instant, NoGo, PageState, PersonId, Plan } from './plan.ts'

/** Who did it, and by which credential. */
export type Actor =
  | { readonly kind: 'person'; readonly person: PersonId; readonly via: 'slack' | 'cli' }
  /** Answers for people where nobody is there; no live cutover accepts it. */
  | { readonly kind: 'rehearsal' }
  /** The leader of `serve`: timers, due steps, notices. */
  | { readonly kind: 'cutover' }
  | { readonly kind: 'worker'; readonly pool: string; readonly worker: string }

type Event<Type extends string, Data> = { readonly type: Type; readonly data: Data }

export type LifeEvent =
  | Event<
      'cutover opened',
      {
        plan: Plan
        plannedStart: Instant
        opener: PersonId
        holders: { readonly [role: string]: Holder }
        /** Channel name as rendered: `migration-production-20261120`. */
        channelName: string
        /** Live always; a rehearsal by `--real-time`. Otherwise its plan moves forward when nothing is due. */
        realTime: boolean
        /** What it tries again, and why although something of that was left open. */
        after?: Predecessor & { reason?: string }
      }
    >
  /** The first mutating step was authorised: `scheduled` → `running`. */
  | Event<'cutover started', { step: string }>
  /** The first step planned at or after T-0 was authorised: the real T-0. */
  | Event<'migration began', { step: string }>
  | Event<'cutover watching', Record<string, never>>
  | Event<'cutover guarded', { until: Instant }>
  | Event<'cutover closed', Record<string, never>>
  | Event<'cutover held', { reason: string; because: 'person' | 'no-go' | 'deadline' }>
  | Event<'cutover resumed', { reason?: string }>
  | Event<'cutover postponed', { reason: string }>
  | Event<'cutover rescheduled', { plannedStart: Instant; reason: string }>
  | Event<
      'cutover abandoned',
      { reason: string; left: readonly { state: string; owner: PersonId; reason: string }[] }
    >
  /** Rehearsals without `--real-time`: T-0, deadlines, window and forecast moved along. */
  | Event<'plan advanced', { byMs: DurationMs; to: string }>

export type RollbackEvent =
  /** One of several people that `rollback.approvers` asks for. */
  | Event<'rollback asked', { reason: string; trigger?: string; option?: string }>
  | Event<
      'rollback started',
      {
        reason: string
        trigger?: string
        /** Which of the runbook's ways back, where it names several. */
        option?: string
        /** Step ids in the order of carrying out: before, inverses, after. */
        order: readonly string[]
        running: 'wait' | 'cancel' | 'none'
      }
    >
  | Event<'rollback stopped', { step: string; why: string }>
  | Event<'rollback resumed', { step: string }>
  /** A stopped rollback goes on another way; `order` begins with what is done already. */
  | Event<'rollback option taken', { option: string; reason: string; order: readonly string[] }>
  | Event<'rollback finished', Record<string, never>>

export type StepEvent =
  | Event<'step due', { step: string }>
  /** More than `late` after its planned time: a person says do it, skip it or move it. */
  | Event<'step late', { step: string; byMs: DurationMs }>
  /** Past the upper end of its estimate; said once. */
  | Event<'step overran', { step: string; byMs: DurationMs }>
  | Event<'step timed out', { step: string; attempt: string; afterMs: DurationMs }>
  | Event<
      'step ticked',
      {
        step: string
        result: 'done' | 'failed' | 'na'
        fields: { readonly [name: string]: string }
        note?: string
      }
    >
  | Event<'item ticked', { step: string; item: string; result: 'done' | 'failed' | 'na'; note?: string }>
  | Event<'step unticked', { step: string; item?: string; reason: string }>
  | Event<'step skipped', { step: string; reason: string; second?: PersonId; alone?: true }>
  /** A red check or failed step that people go on from. */
  | Event<'step overridden', { step: string; reason: string; second?: PersonId; alone?: true }>
  /** An unknown or failed outcome that people declared after looking. */
  | Event<
      'step marked',
      {
        step: string
        attempt?: string
        outcome: 'succeeded' | 'failed'
        reason: string
        second?: PersonId
        alone?: true
      }
    >
  | Event<'step not applicable', { step: string; because: string }>
  | Event<'step moved', { step: string; to: Instant; reason: string }>
  /** The first of two people asked for something that needs two; with a criterion, `step` is its gate. */
  | Event<
      'second person asked',
      { step: string; action: TwoPersonAction; reason: string; criterion?: string }
    >

export type TwoPersonAction = 'skip' | 'override' | 'retry' | 'mark succeeded' | 'mark failed'

/** One of the steps that a tool takes inside an attempt. Without times it was not begun. */
export interface Part {
  readonly name: string
  readonly outcome: 'done' | 'failed' | 'not run'
  readonly startedAt?: Instant
  readonly durationMs?: DurationMs
}

/** One option of a choice; may be chosen anew until a step of it has started. */
export type ChoiceEvent = Event<'option chosen', { choice: string; option: string; reason?: string }>

export type AttemptEvent =
  | Event<
      'attempt dispatched',
      {
        attempt: string
        step: string
        n: number
        pool: string
        reason?: string
        /** Two-person retries name the one who asked first. */
        second?: PersonId
        /** A rehearsal's one person, who stood in for the second. */
        alone?: true
        /** A look for an open gate's fresh evidence. */
        forGate?: string
      }
    >
  | Event<'attempt claimed', { attempt: string; worker: string; host: string }>
  /** The spawn is authorised. From here on the step counts as in force. */
  | Event<'attempt spawning', { attempt: string }>
  | Event<'attempt running', { attempt: string; host: string }>
  | Event<'attempt adopted', { attempt: string; worker: string }>
  /** Taken back before its spawn. */
  | Event<'attempt revoked', { attempt: string; why: string }>
  /** The worker would not start it: missing tool, binding, full disk. Nothing was started. */
  | Event<'attempt refused', { attempt: string; why: string; hint: string }>
  | Event<'cancel requested', { attempt: string; reason: string }>
  | Event<
      'attempt ended',
      {
        attempt: string
        outcome: 'succeeded' | 'failed' | 'cancelled'
        /** Checks: the verdict; a red check `succeeded` as an attempt. */
        verdict?: 'green' | 'red'
        /** One line for people: what came out. */
        summary: string
        facts: Facts
        exit: number | null
        durationMs: DurationMs
        host: string
        /** sha256 over the masked output, hex. */
        digest: string
        error?: { message: string; hint: string; changed: string }
        /** A tool's own steps: the migrations, in order. */
        parts?: readonly Part[]
      }
    >
  /** A program asked something: the runbook answered, nobody did, or it went on without an answer. Masked. */
  | Event<
      'attempt asked',
      {
        attempt: string
        /** Counts what is said of questions in this attempt, from 1. */
        n: number
        prompt: string
        then: 'answered' | 'waiting' | 'gone on'
        answer?: string
      }
    >
  /** Somebody looked and cannot tell. */
  | Event<'attempt unknown', { attempt: string; why: string }>
  /** Nobody can look: its host has been silent. */
  | Event<'attempt unobserved', { attempt: string; since: Instant }>
  | Event<'attempt observed', { attempt: string }>
  /** A watch's sample out of bounds. */
  | Event<'watch breached', { step: string; check: string; answer: string; trigger?: string }>

export type BlockerEvent =
  /** It waits for a lock that another session holds. */
  | Event<'attempt blocked', { attempt: string; blocker: Blocker }>
  | Event<'attempt unblocked', { attempt: string }>
  /** A person asks a worker to cancel the blocker's query, or to end its session. */
  | Event<'unblock asked', { attempt: string; pid: number; how: 'cancel' | 'end' }>
  /** A worker is about to do it. It is never said twice of one asking. */
  | Event<'unblock begun', { attempt: string; pid: number }>
  | Event<'unblock ended', { attempt: string; pid: number; freed: boolean; result: string }>

/** What the host of a pool says of its own copy of the runbook. */
export type PoolEvent =
  /** It knows runbook and plan, and steps run from its copy. Told again when its folder has changed since. */
  | Event<
      'pool ready',
      {
        pool: string
        /** Of its own runbook with all the files that it names: sha256, hex. */
        hash: string
        /** What is on the host and not in the runbook, as it was found. */
        programs: readonly PinnedProgram[]
        /** Files of its folder that have changed since the copy was made, and do not count. */
        ignored: readonly string[]
      }
    >
  /** What it was told to carry out is not what its own folder says. Nothing starts there. */
  | Event<'pool refused', { pool: string; why: string; differs: readonly string[] }>

/** A program that a step names: it is recorded, and may change all the same. */
export interface PinnedProgram {
  readonly name: string
  readonly path: string
  /** sha256 of the file, hex; absent: too large to be read at every opening. */
  readonly sha256?: string
}

export type GateEvent =
  | Event<'gate opened', { gate: string; round: number; deadline?: Instant; reason?: string }>
  | Event<'criterion confirmed', { gate: string; criterion: string }>
  | Event<'criterion unconfirmed', { gate: string; criterion: string; reason: string }>
  | Event<
      'criterion overridden',
      { gate: string; round: number; criterion: string; reason: string; second?: PersonId; alone?: true }
    >
  | Event<
      'vote cast',
      {
        gate: string
        round: number
        vote: 'go' | 'no-go'
        role: string
        reason?: string
        evidence: readonly Evidence[]
        /** A rehearsal's one person: counted for everybody. */
        alone?: true
      }
    >
  /** All of them, because a criterion is red; or one person's, because a role that it counts on changed hands. */
  | Event<
      'votes went stale',
      { gate: string; round: number } & (
        | { criterion: string; role?: never; person?: never }
        | { role: string; person: PersonId; criterion?: never }
      )
    >
  /** Every vote is in; what can be looked at again is being looked at once more. */
  | Event<'go given', { gate: string; round: number }>
  | Event<
      'gate decided',
      {
        gate: string
        round: number
        decision: 'go' | 'no-go'
        reason?: string
        evidence: readonly Evidence[]
        took: NoGo | 'go'
      }
    >
  /** The deadline passed without a decision: closed, and the cutover is held. */
  | Event<'round closed', { gate: string; round: number; why: 'deadline' | 'rollback' | 'postponed' }>

export type PeopleEvent =
  | Event<'role assigned', { role: string; holder: Holder; reason?: string; second?: PersonId }>
  /** The first of two holders who hand on the role of a holder who is away. */
  | Event<'handover asked', { role: string; person: PersonId; reason: string }>
  /** The first of two holders who say whose terminal shows a code. */
  | Event<'vouch asked', { code: string; person: PersonId; reason: string }>
  /** Both said the same: that terminal is logged in as this person, for a day. */
  | Event<'login vouched', { code: string; person: PersonId; reason: string; second: PersonId }>
  /** A finished rehearsal of this runbook in the same log: what `rehearsed` is judged on. */
  | Event<'rehearsal recorded', Rehearsal>
  | Event<'note added', { text: string; author?: PersonId; link?: string; step?: string }>

/**
 * Why people and Slack do not reach each other. `refused`: it does not take our token. `silent`: it does not answer.
 * `deaf`: what we show arrives, and what people press does not.
 */
export type SlackTrouble = 'refused' | 'silent' | 'deaf'

export type SlackEvent =
  /** From here on people go on by the command line. */
  | Event<'slack went away', { since: Instant; how: SlackTrouble; why: string }>
  /** `since` is when it went away. */
  | Event<'slack came back', { since: Instant }>

/** A text as one medium of one audience gets it. */
export interface DraftText {
  readonly audience: string
  readonly medium: NoticeMedium
  readonly subject?: string
  readonly text: string
  readonly html?: string
}

export type PagerAction = 'trigger' | 'acknowledge' | 'resolve'

export type NoticeMedium = 'slack' | 'email' | 'webhook' | 'report'

/** What the readers of a notice were told of the time. */
export interface ToldTime {
  readonly start: Instant
  /** The end that was promised. */
  readonly end: Instant
}

export interface Invitation extends ToldTime {
  /** RFC 5545: higher with each change of the same meeting. */
  readonly sequence: number
  readonly cancelled?: true
}

export type NoticeEvent =
  /** One medium of one audience: a channel, a list of addresses, a webhook. */
  | Event<
      'notice delivered',
      {
        step: string
        audience: string
        medium: NoticeMedium
        to: readonly string[]
        subject?: string
        text: string
        rejected: readonly { address: string; reason: string }[]
        told?: ToldTime
        /** The event of a status page: its id there, and what it says now. */
        page?: { id: string; state: PageState }
        meeting?: Invitation
        /** sha256 over the texts that were approved, hex. */
        approved?: string
        /** The answer came when the notice was no longer going out, or was for another occasion. */
        late?: true
      }
    >
  | Event<
      'notice failed',
      {
        step: string
        audience: string
        medium: 'slack' | 'email' | 'webhook'
        why: string
        hint: string
        late?: true
      }
    >
  /** Slack was away when it was its turn: nothing waits for it, and its channels hear of it when Slack is back. */
  | Event<
      'notice parked',
      {
        step: string
        audience: string
        medium: 'slack'
        to: readonly string[]
        text: string
        late?: true
      }
    >
  /** An occasion calls for a notice that has no time of its own; `n` counts those of its step. */
  | Event<'notice called for', CalledFor & { step: string }>
  /** What is to be sent, as `approve` asks somebody to read it. `hash`: sha256 over the texts, hex. */
  | Event<'notice drafted', { step: string; hash: string; texts: readonly DraftText[] }>
  /** `text` replaces what the template says, for every audience. */
  | Event<'notice approved', { step: string; hash: string; text?: string }>
  | Event<'notice rejected', { step: string; hash: string; reason: string }>
  /** A promised update that did not go out before the next one was due. */
  | Event<'update missed', { step: string; n: number; dueAt: Instant }>
  /** What became of the alert that an escalation made at an audience's pager. */
  | Event<
      'pager called',
      { subject: string; audience: string; action: PagerAction; key: string; failed?: string }
    >
  /** The timeline was posted: where, and the head hash it carries. */
  | Event<'timeline posted', { channel: string; head: string }>
  /** An end of the cutover was mailed to an audience, with the head hash at that end. */
  | Event<
      'timeline mailed',
      {
        audience: string
        to: readonly string[]
        head: string
        subject: string
        text: string
        rejected: readonly { address: string; reason: string }[]
        /** Why it did not go out. */
        failed?: string
      }
    >

export type CutoverEvent =
  | LifeEvent
  | RollbackEvent
  | StepEvent
  | ChoiceEvent
  | AttemptEvent
  | BlockerEvent
  | PoolEvent
  | GateEvent
  | PeopleEvent
  | SlackEvent
  | TeamEvent
  | NoticeEvent

export type EventType = CutoverEvent['type']

/** An event as the log holds it. */
export type Recorded<E extends CutoverEvent = CutoverEvent> = E & {
  readonly cutover: string
  /** 1, 2, 3… without gaps within a cutover. */
  readonly position: number
  /** The log database's clock. */
  readonly at: Instant
  readonly actor: Actor
}
