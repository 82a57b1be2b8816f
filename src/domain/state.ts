import type {
  Actor,
  DraftText,
  EventType,
  Invitation,
  PagerAction,
  Part,
  SlackTrouble,
  PinnedProgram,
  ToldTime,
  TwoPersonAction,
} from './events.ts'
import type { Instant, PageState, PersonId, Plan } from './plan.ts'
import type { TeamState } from './team/state.ts'

export type DurationMs = number

/** Typed results of an action, by name: `$backup.file`. */
export type Facts = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

export interface Holder {
  readonly person: PersonId
  readonly backup?: PersonId
}

/** The live cutover that another one tries again. */
export interface Predecessor {
  readonly cutover: string
  /** Which attempt it was itself, from 1. */
  readonly attempt: number
  readonly outcome: 'rolled back' | 'abandoned'
  /** Follow-ups and issues of it that were open when the next one was opened. */
  readonly left: readonly string[]
}

export interface Rehearsal {
  readonly cutover: string
  readonly hash: string
  readonly finishedAt: Instant
  /** Its rollback was carried out to the end. */
  readonly rolledBack: boolean
  /** Issues that nobody had closed when it ended. */
  readonly openIssues: number
  /** How long each step took that a machine or a person carried out. */
  readonly durations: { readonly [step: string]: DurationMs }
  /** And each of its tool's own steps, by step and name. */
  readonly parts?: { readonly [step: string]: { readonly [part: string]: DurationMs } }
  /** From turning back to the end of it, where it was rolled back. */
  readonly rollbackMs?: DurationMs
}

export type Status =
  | 'scheduled'
  | 'running'
  | 'watching'
  | 'guarded'
  | 'closed'
  | 'rolling back'
  | 'rollback stopped'
  | 'rolled back'
  | 'postponed'
  | 'abandoned'

export type AttemptStatus =
  | 'dispatched'
  | 'claimed'
  | 'spawning'
  | 'running'
  | 'ended'
  | 'revoked'
  | 'refused'
  | 'unknown'
  | 'unobserved'

export interface Question {
  readonly n: number
  readonly prompt: string
  /** `waiting` is open: nobody foresaw it, and the program goes on only when it gets an answer or is stopped. */
  readonly then: 'answered' | 'waiting' | 'gone on'
  readonly answer?: string
  readonly at: Instant
}

/** A session that holds the lock an attempt waits for, as it was when it was seen. */
export interface Blocker {
  /** Name of the target whose server it is on. */
  readonly target: string
  readonly pid: number
  /** When the session began, as PostgreSQL writes it: with the pid, its identity. Absent: this user may not see it. */
  readonly backendStart?: string
  /** Application name; may be empty. */
  readonly app: string
  readonly role: string
  /** `idle in transaction`, `active`; empty where it may not be seen. */
  readonly state: string
  /** How old its transaction was. */
  readonly openMs: DurationMs
  /** The beginning of its query without its values; may be empty. */
  readonly query: string
  /** What the attempt waits for: a table, or the kind of lock. */
  readonly lockOn: string
}

/** What was asked of a blocker: its query cancelled, or its session ended. */
export interface Unblocking {
  readonly pid: number
  readonly how: 'cancel' | 'end'
  readonly by: Actor
  readonly at: Instant
  /** A worker is at it: from here on it is never done again. */
  readonly begunAt?: Instant
  readonly result?: string
  /** It let go, or is gone. */
  readonly freed?: boolean
}

export interface AttemptState {
  readonly id: string
  readonly step: string
  readonly n: number
  readonly pool: string
  readonly status: AttemptStatus
  readonly forGate?: string
  readonly requestedBy: Actor
  readonly dispatchedAt: Instant
  readonly claimedAt?: Instant
  readonly worker?: string
  readonly host?: string
  readonly spawningAt?: Instant
  readonly runningAt?: Instant
  readonly endedAt?: Instant
  /** Who it waits for, or waited for when it ended. */
  readonly blocker?: Blocker & { readonly since: Instant }
  /** The last thing that was asked of a blocker. */
  readonly unblocking?: Unblocking
  readonly cancelRequested?: { readonly by: Actor; readonly reason: string; readonly at: Instant }
  readonly outcome?: 'succeeded' | 'failed' | 'cancelled'
  readonly verdict?: 'green' | 'red'
  readonly summary?: string
  readonly facts?: Facts
  readonly exit?: number | null
  readonly durationMs?: DurationMs
  readonly digest?: string
  readonly error?: { readonly message: string; readonly hint: string; readonly changed: string }
  /** A tool's own steps, once it has ended. */
  readonly parts?: readonly Part[]
  /** What its program asked, in order. */
  readonly questions?: readonly Question[]
  /** Why it is revoked, refused, unknown or unobserved. */
  readonly why?: string
}

/**
 * `pending`: its turn has not come. `due`: a person or the leader may act. `active`: an attempt is live, or a
 * gate is open, or a notice is going out. `failed` also stands for a red check, a breached watch and a gate whose
 * round ended without GO; `unknown` stops and asks.
 */
export type StepStatus =
  | 'pending'
  | 'due'
  | 'active'
  | 'done'
  | 'failed'
  | 'unknown'
  | 'skipped'
  | 'overridden'
  | 'not applicable'

export interface CalledFor {
  readonly n: number
  readonly to: readonly string[]
  /** An update is promised for then; everything else is due at once. */
  readonly dueAt: Instant
  /** The planned start that it tells; absent: there is none now. */
  readonly start?: Instant
  /** What was told before. */
  readonly was?: ToldTime
  /** The end that is promised instead. */
  readonly end?: Instant
  readonly invitation?: Invitation
}

export interface NoticeDraft {
  /** sha256 over the texts, hex. */
  readonly hash: string
  readonly texts: readonly DraftText[]
  readonly at: Instant
  readonly approved?: { readonly by: Actor; readonly at: Instant; readonly text?: string }
}

export interface Tick {
  readonly by: Actor
  readonly at: Instant
  readonly result: 'done' | 'failed' | 'na'
  readonly note?: string
}

export interface StepState {
  readonly status: StepStatus
  /** Counts what changes the choices of this step or gate; a button carries it. */
  readonly revision: number
  /** What made the present revision: the answer to a stale button. */
  readonly changed?: { readonly event: EventType; readonly by: Actor; readonly at: Instant }
  readonly dueAt?: Instant
  readonly lateMs?: DurationMs
  readonly overranMs?: DurationMs
  readonly timedOut?: boolean
  readonly movedTo?: Instant
  readonly startedAt?: Instant
  readonly finishedAt?: Instant
  readonly attempts: readonly string[]
  readonly tick?: Tick
  readonly items: { readonly [item: string]: Tick }
  readonly fields: { readonly [name: string]: string }
  /** Facts of the last attempt that succeeded, or fields of a `do`. */
  readonly facts: Facts
  readonly reason?: string
  /** The first of two people asked for this. */
  readonly asked?: { readonly action: TwoPersonAction; readonly by: Actor; readonly reason: string }
  readonly breaches: readonly { readonly check: string; readonly answer: string; readonly at: Instant }[]
  /** audience/medium → how its notice went. */
  readonly notices: { readonly [key: string]: 'delivered' | 'failed' | 'parked' }
  /** Of a notice that an occasion calls for: the latest one. */
  readonly called?: CalledFor
  readonly draft?: NoticeDraft
  /** Addresses that the mail server refused; the others have the notice. */
  readonly refused?: readonly { readonly address: string; readonly reason: string }[]
  /** Spawn authorised or ticked, and not undone. */
  readonly inForce: boolean
  readonly undone: boolean
}

/** What a criterion showed, when, at the moment of a vote or decision. */
export interface Evidence {
  readonly criterion: string
  readonly met: boolean
  readonly answer: string
  readonly at?: Instant
  readonly overridden?: true
}

export interface Vote {
  readonly person: PersonId
  readonly role: string
  readonly vote: 'go' | 'no-go'
  readonly at: Instant
  readonly reason?: string
  readonly evidence: readonly Evidence[]
  /** What changed after it was cast: the criterion that turned red, or the role that changed hands. */
  readonly staleBecause?: string
  /** `staleBecause` is a role. */
  readonly staleByRole?: true
  readonly alone?: true
}

export interface GateState {
  readonly round: number
  readonly open: boolean
  readonly openedAt?: Instant
  readonly deadline?: Instant
  /** Role → who holds it since before the round opened; only they vote GO in it. */
  readonly voters: { readonly [role: string]: readonly PersonId[] }
  /** Why the last round ended without a decision. */
  readonly closedBecause?: 'deadline' | 'rollback' | 'postponed'
  /** All rounds; those of older rounds are void and stay for the record. */
  readonly votes: readonly (Vote & { readonly round: number })[]
  readonly confirmed: { readonly [criterion: string]: { readonly by: Actor; readonly at: Instant } }
  /** Holds for the round, and only while the answer is the one that was overridden. */
  readonly overridden: {
    readonly [criterion: string]: { readonly by: Actor; readonly reason: string; readonly answer: string }
  }
  /** Criterion → the first of two people asked to override it; void when its answer is another. */
  readonly overrideAsked: {
    readonly [criterion: string]: { readonly by: Actor; readonly reason: string; readonly answer: string }
  }
  readonly goGivenAt?: Instant
  readonly decision?: {
    readonly round: number
    readonly decision: 'go' | 'no-go'
    readonly at: Instant
    readonly by: Actor
    readonly reason?: string
    readonly evidence: readonly Evidence[]
  }
}

/** What the host of a pool last said of its own copy of the runbook. */
export interface PoolAnswer {
  readonly ready: boolean
  readonly at: Instant
  /** Of its own runbook, where it is ready. */
  readonly hash?: string
  readonly programs: readonly PinnedProgram[]
  readonly ignored: readonly string[]
  /** Why it refuses, and which files or parts of the plan are others there. */
  readonly why?: string
  readonly differs: readonly string[]
}

export interface ChoiceState {
  readonly revision: number
  readonly changed?: { readonly event: EventType; readonly by: Actor; readonly at: Instant }
  /** The option taken; absent: nobody has chosen yet. */
  readonly option?: string
  readonly by?: Actor
  readonly at?: Instant
  readonly reason?: string
}

export interface OpenState {
  readonly openedAt: Instant
  readonly openedBy: string
  readonly closedAt?: Instant
  readonly closedBy?: string
}

export interface Outage {
  readonly since: Instant
  readonly how: SlackTrouble
  readonly why: string
  readonly until?: Instant
}

export interface CutoverState extends TeamState {
  readonly id: string
  /** Position of the last event folded in; 0 for nothing yet. */
  readonly position: number
  /** Counts what changes the choices of the cutover as a whole; the board's buttons carry it. */
  readonly revision: number
  readonly changed: { readonly event: EventType; readonly by: Actor; readonly at: Instant }
  readonly status: Status
  readonly held?: { readonly by: Actor; readonly reason: string; readonly at: Instant }
  readonly plan: Plan
  readonly channelName: string
  readonly opener: PersonId
  /** What it tries again, and why although something of that was left open. */
  readonly after?: Predecessor & { readonly reason?: string }
  readonly openedAt: Instant
  /** Opened or last rescheduled; what was planned before counts as planned now. */
  readonly scheduledAt: Instant
  /** False: a rehearsal whose plan moves forward when nothing is due. */
  readonly realTime: boolean
  readonly holders: { readonly [role: string]: Holder }
  /** Role → the handover that one holder asked for and a second has not confirmed. */
  readonly handovers: {
    readonly [role: string]: { readonly person: PersonId; readonly by: Actor; readonly reason: string }
  }
  /** Code of a login → who vouched whose it is, and who second. */
  readonly vouches: {
    readonly [code: string]: {
      readonly person: PersonId
      readonly by: Actor
      readonly at: Instant
      readonly second?: Actor
    }
  }
  readonly rehearsals: readonly Rehearsal[]
  readonly plannedStart: Instant
  /** The real T-0. */
  readonly beganAt?: Instant
  readonly startedAt?: Instant
  readonly completedAt?: Instant
  readonly guardedUntil?: Instant
  readonly endedAt?: Instant
  readonly steps: { readonly [id: string]: StepState }
  readonly choices: { readonly [id: string]: ChoiceState }
  readonly gates: { readonly [id: string]: GateState }
  readonly attempts: { readonly [id: string]: AttemptState }
  /** Absent: that pool has not answered yet. */
  readonly pools: { readonly [pool: string]: PoolAnswer }
  /** Every opening of every named state, in order; an open one has no `closedAt`. */
  readonly openings: readonly (OpenState & { readonly name: string })[]
  /** Who asked for a rollback that needs more people. */
  readonly rollbackAsked: readonly {
    readonly person: PersonId
    readonly at: Instant
    readonly reason: string
    readonly option?: string
  }[]
  readonly rollback?: {
    readonly startedAt: Instant
    readonly by: Actor
    readonly reason: string
    readonly trigger?: string
    /** The way back that is taken, and those that were given up, where the runbook names several. */
    readonly option?: string
    readonly tried: readonly string[]
    readonly order: readonly string[]
    readonly stoppedAt?: string
    readonly finishedAt?: Instant
  }
  /** Why it was postponed, moved or abandoned, until it starts. */
  readonly putOff?: { readonly by: Actor; readonly reason: string }
  /** Audience → the time that its last notice told; `postponed`: that there is none now. */
  readonly told: { readonly [audience: string]: ToldTime & { readonly postponed?: true } }
  /** Audience → its event on a status page. */
  readonly pages: {
    readonly [audience: string]: { readonly id: string; readonly state: PageState; readonly at: Instant }
  }
  /** AUDIENCE SUBJECT → its alert at a pager. */
  readonly alerts: {
    readonly [key: string]: {
      readonly audience: string
      readonly subject: string
      readonly key: string
      readonly action: PagerAction
      readonly failed?: string
    }
  }
  /** Tell → the meeting that it invited to. */
  readonly meetings: { readonly [step: string]: Invitation }
  /** When Slack was away, in order; without `until` it still is. */
  readonly outages: readonly Outage[]
  /** The promised end was told anew, by so much later than planned. */
  readonly extendedMs: DurationMs
  /** A notice about being late was called for; the promise it was about, as `extendedMs`. */
  readonly lateForMs?: DurationMs
  readonly notes: readonly {
    readonly at: Instant
    readonly by: Actor
    readonly text: string
    readonly link?: string
  }[]
}
