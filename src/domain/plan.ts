/**
 * The resolved plan: what a runbook says for one environment, with vars filled in, roles resolved to people
 * and files pinned by hash. `cutover opened` holds it whole, so a newer parser cannot change an open cutover.
 * Everything here is plain JSON.
 */
import type { EscalationLevel, FollowUpPlan, GuardShift } from './team/plan.ts'
import type { AckSays } from './team/state.ts'

/** Milliseconds since the epoch, UTC. */
export type Instant = number

/** A Slack user id (`U…`), or `rehearsal` for the actor of an unattended rehearsal. */
export type PersonId = string

/** When something is planned. T- counts from the planned start, T+ from the real one. */
export type Offset =
  | { readonly kind: 'elapsed'; readonly ms: number }
  /** Calendar days at the wall clock of `window.zone`; `at` is `HH:MM`, by default that of T-0. */
  | { readonly kind: 'calendar'; readonly days: number; readonly at?: string }
  /** `step` is a step id, or `completed` for the end of the cutover. */
  | { readonly kind: 'after'; readonly step: string; readonly ms: number }

/** A typed reference that is still open in a pinned plan; vars and `$cutover.*` are literals by then. */
export type Reference =
  | { readonly $: 'target'; readonly name: string }
  | { readonly $: 'secret'; readonly name: string }
  | { readonly $: 'fact'; readonly step: string; readonly fact: string }

/** An argument of machine work: JSON in which a {@link Reference} may stand for a whole value. */
export type Argument =
  | string
  | number
  | boolean
  | null
  | Reference
  | readonly Argument[]
  | { readonly [key: string]: Argument }

export type Comparison = '<' | '<=' | '=' | '>=' | '>' | '!='

/** `"< 200"`, `">= 30 %"`: `value` is in base units (bytes, milliseconds, rows); `text` is as written. */
export type Expectation =
  | { readonly equals: string | number | boolean | null }
  | { readonly op: Comparison; readonly value: number; readonly text: string }
  /** Of a metric: held against its baseline, which is filled in when the look begins. */
  | { readonly op: Comparison; readonly percent: number; readonly text: string }
  /** Cannot be judged, and is never met: the baseline that it speaks of was not recorded. */
  | { readonly unknown: string }

/** What `expect` of a step says, by the part of the answer it looks at. `json` has its path beside it. */
export interface Expectations {
  readonly rows?: Expectation
  readonly value?: Expectation
  readonly status?: Expectation
  readonly json?: { readonly path: string; readonly is: Expectation }
  readonly body?: Expectation
  readonly exit?: Expectation
  readonly output?: Expectation
  readonly lines?: Expectation
  readonly size?: Expectation
  readonly age?: Expectation
}

/** What a machine does: an action of the catalogue and its input. `command`, `script`, `sql`… are actions too. */
export interface Work {
  readonly uses: string
  readonly with: { readonly [name: string]: Argument }
  readonly expect?: Expectations
  /** Keep looking until green or this long has passed. */
  readonly withinMs?: number
  readonly everyMs?: number
  /** It measures a metric: its number is what `value` is judged on, and a fact. */
  readonly metric?: Measuring
}

/** How a number is read from what an action answers. */
export interface Measuring {
  readonly name: string
  /** Into a JSON document; absent: the answer is the number. */
  readonly path?: string
  readonly unit?: string
  /** What was recorded before, filled in when the look begins. */
  readonly baseline?: number
}

export interface Metric {
  readonly unit?: string
  readonly better: 'lower' | 'higher'
  /** Ids of the steps that measure it before the start, and when everything is done. */
  readonly before?: string
  readonly after?: string
}

export interface Range {
  readonly lowMs: number
  readonly highMs: number
}

export interface Field {
  readonly name: string
  readonly type: 'text' | 'int' | 'number' | 'time' | 'url'
  readonly label?: string
  readonly optional: boolean
  readonly pattern?: string
}

export interface Item {
  readonly id: string
  readonly text: string
  readonly by?: string
}

/** All parts must hold; a part names a fact (open until it is known) or was decided at opening. */
export type Condition = readonly {
  readonly left: Reference | string | number | boolean | null
  /** As written, for the card: `$backup.bytes`. */
  readonly name: string
  readonly is: Expectation
}[]

/** Where a step stands: in the phases, as an inverse, in or around a rollback, or the built-in gate. */
export type Place =
  | 'plan'
  | 'undo'
  | 'rollback before'
  | 'rollback option'
  | 'rollback after'
  | 'built-in'
  | 'notice'

export interface Branch {
  readonly choice: string
  readonly option: string
}

interface StepCommon {
  readonly id: string
  readonly title: string
  readonly place: Place
  /** The phase it stands in; absent outside the phases. */
  readonly phase?: string
  /** The option of a choice that it belongs to, or its original does; not applicable when another one is chosen. */
  readonly branch?: Branch
  readonly at?: Offset
  /** From T-0 on: do not start before `at`, although everything it needs is done. */
  readonly wait: boolean
  readonly lateMs: number
  /** The role that owns it; absent: any holder. */
  readonly by?: string
  readonly optional: boolean
  readonly critical: boolean
  readonly parallel: boolean
  readonly needs: readonly string[]
  readonly when?: Condition
  readonly opens: readonly string[]
  readonly closes: readonly string[]
  readonly mutating: boolean
  /** Why it cannot be undone. */
  readonly irreversible?: string
  /** Step id of its inverse (`undo-<id>`), a step of `place: 'undo'`. */
  readonly undo?: string
  readonly estimate?: Range
  readonly warn?: string
  readonly help?: string
  readonly links: { readonly [title: string]: string }
  readonly pool: string
  /** Position in the runbook file, for messages: `ward-ops.yaml:120`. */
  readonly source: string
}

export interface DoStep extends StepCommon {
  readonly kind: 'do'
  readonly fields: readonly Field[]
  readonly items: readonly Item[]
}

export interface CheckStep extends StepCommon {
  readonly kind: 'check'
  readonly work: Work
}

export interface RunStep extends StepCommon {
  readonly kind: 'run'
  readonly work: Work
  readonly begin: 'click' | 'auto'
  readonly timeout?: { readonly afterMs: number; readonly then: 'ask' | 'cancel' }
  /** Of the tool's own steps, by their name: its migrations. */
  readonly partEstimates?: { readonly [name: string]: Range }
  readonly idempotent: boolean
}

export type Criterion =
  | { readonly kind: 'step'; readonly id: string; readonly step: string; readonly freshMs?: number }
  | { readonly kind: 'confirm'; readonly id: string; readonly text: string; readonly by?: string }
  | {
      readonly kind: 'rehearsed'
      readonly id: string
      readonly sameHash: boolean
      readonly withinMs?: number
      readonly rollback: boolean
      /** Nothing was left open in it. */
      readonly issuesResolved: boolean
    }
  /** How long restoring takes, or how much would be lost by it, against what the runbook promises. */
  | { readonly kind: 'objective'; readonly id: 'rto' | 'rpo' }
  /** What was changed during the freeze, with nobody's GO since. */
  | { readonly kind: 'changes'; readonly id: string }
  /** A holder says that they are there on the day, or now. */
  | { readonly kind: 'ack'; readonly id: string; readonly role: string; readonly says: AckSays }
  /** Something left to do that must be closed or waived before a live run. */
  | { readonly kind: 'follow-up'; readonly id: string; readonly followUp: string }

export type NoGo = 'postpone' | 'hold' | 'rollback' | 'abandon'

export interface DecideStep extends StepCommon {
  readonly kind: 'decide'
  /** Role → how many distinct people of that role. */
  readonly approvers: { readonly [role: string]: number }
  /** All of them hold for GO. */
  readonly criteria: readonly Criterion[]
  /** Any of them speaks against it when it holds. */
  readonly against?: readonly Criterion[]
  readonly deadline?: Offset
  readonly noGo: NoGo
}

/** What a status page says in public. */
export type PageState =
  | 'scheduled'
  | 'in progress'
  | 'verifying'
  | 'completed'
  | 'extended'
  | 'rolled back'
  | 'cancelled'

/** What calls for a `tell` of place `notice`. */
export type Occasion =
  /** A promise made by the tell `of`: again and again until the step `until` is done. */
  | { readonly kind: 'update'; readonly of: string; readonly everyMs: number; readonly until: string }
  /** The forecast passes the end that was promised. */
  | { readonly kind: 'late' }
  /** Another planned start than the one that was told, or none any more. */
  | { readonly kind: 'postponed' }
  | { readonly kind: 'abandoned' }
  /** A decision of the plan is NO-GO. */
  | { readonly kind: 'no-go' }
  /** The meeting that the tell `of` invited to moves, or is off. */
  | { readonly kind: 'meeting'; readonly of: string }

export interface Meeting {
  /** Counted from the planned start, also when the real one was another. */
  readonly at: Offset
  readonly lengthMs: number
  readonly agenda: readonly string[]
}

export interface TellStep extends StepCommon {
  readonly kind: 'tell'
  /** Empty for an occasion that goes to whoever was told before. */
  readonly to: readonly string[]
  /** Key into {@link Plan.templates}. */
  readonly template: string
  /** What status pages say from this notice on; absent: what they said before. */
  readonly page?: PageState
  /** The role that reads the text and approves it before anybody else has it. */
  readonly approve?: string
  readonly meet?: Meeting
  readonly occasion?: Occasion
}

export interface WatchCheck {
  readonly id: string
  readonly title: string
  readonly work: Work
}

export interface WatchStep extends StepCommon {
  readonly kind: 'watch'
  readonly forMs: number
  readonly everyMs: number
  readonly checks: readonly WatchCheck[]
  /** Trigger that a sample out of bounds meets. */
  readonly breach?: string
}

export type Step = DoStep | CheckStep | RunStep | DecideStep | TellStep | WatchStep
export type StepKind = Step['kind']

export interface Phase {
  readonly id: string
  readonly title: string
  readonly at?: Offset
  /** What is judged at its end, before anything behind it begins. */
  readonly checkpoint?: readonly Criterion[]
  readonly steps: readonly string[]
}

/** A question with alternatives, of which the steps of one are carried out. */
export interface Choice {
  readonly id: string
  readonly question: string
  readonly phase: string
  /** The role that chooses when it is reached; absent: it is chosen at the opening. */
  readonly by?: string
  /** What whoever opens it, or else the environment, has chosen. */
  readonly preset?: string
  /** In the order of the runbook; the first is what a rehearsal without people takes. */
  readonly options: readonly { readonly id: string; readonly steps: readonly string[] }[]
  readonly source: string
}

export type Urgency = 'immediate' | 'consider' | 'never'

export interface Trigger {
  readonly id: string
  readonly text: string
  readonly urgency: Urgency
  /** Shown at once when one of these fails or is unknown. */
  readonly steps: readonly string[]
}

/** One way of turning back, where the runbook names several. */
export interface RollbackOption {
  readonly id: string
  readonly title: string
  /** When it is the one to take. */
  readonly text?: string
  /** What is lost by it. */
  readonly loses?: string
  /** Meant for this long after the reopening; later it is still offered, and says so. */
  readonly withinMs?: number
  /** Steps that must be done, or it cannot be carried out. */
  readonly requires: readonly string[]
  /** In the place of the computed inverses; absent: those. */
  readonly steps?: readonly string[]
}

export interface Rollback {
  /** What is typed to roll back. */
  readonly name: string
  /** Empty: any holder, alone. */
  readonly approvers: { readonly [role: string]: number }
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** In the runbook's order; empty: there is one way back, the computed inverses. */
  readonly options: readonly RollbackOption[]
  /** The step that lets customers write again. */
  readonly reopened?: string
  readonly triggers: readonly Trigger[]
}

export interface Role {
  readonly title: string
  /** People eligible when it opened, pinned. */
  readonly eligible: readonly PersonId[]
  readonly backup: boolean
}

export interface Identity {
  readonly host?: string
  readonly database?: string
  readonly systemIdentifier?: string
  readonly path?: string
  /** A row that only this database holds: the first value of the query, as text. */
  readonly marker?: { readonly query: string; readonly value: string }
}

export interface Target {
  readonly name: string
  readonly kind: 'sqlite' | 'postgres'
  /** sqlite: a path; postgres: a secret reference or a URL without a password. */
  readonly locator: Argument
  readonly database?: string
  readonly identity?: Identity
}

export type WebhookShape = 'statuspage' | 'pagerduty' | 'opsgenie' | 'json'

export interface Audience {
  readonly slack: readonly string[]
  readonly email: readonly string[]
  /** `name` stands in the webhooks file of `serve`, with the address and the token. */
  readonly webhook?: { readonly name: string; readonly shape: WebhookShape }
}

/** Somebody outside of the team who may have to be reached. */
export interface Contact {
  readonly name: string
  readonly phone?: string
  readonly email?: string
  readonly link?: string
  readonly text?: string
}

/** What the team promises for the worst case; absent: nothing. */
export interface Objectives {
  /** How long restoring may take. */
  readonly rtoMs?: number
  /** How old what is restored may be. */
  readonly rpoMs?: number
}

export interface Plan {
  readonly language: 1
  readonly runbook: string
  readonly title: string
  readonly owner: string
  readonly version?: string
  /** What the cutover is for. */
  readonly purpose?: string
  /** Who has read the runbook, in its own words. */
  readonly reviewedBy?: readonly string[]
  /** sha256 over the runbook's text and the files it names, hex. */
  readonly hash: string
  /** `YYYYMMDD-HHMMSS` UTC of the opening: what stands where the runbook says `$cutover.stamp`. */
  readonly stamp: string
  readonly environment: string
  readonly live: boolean
  readonly window: {
    readonly lengthMs: number
    readonly freezeMs: number
    /** The role that may allow a change all the same; absent: the lead. */
    readonly changesBy?: string
    readonly zone: string
    /** How long it is expected, and said, to take; absent: the whole window. */
    readonly expectedMs?: number
    /** Kept free after the window, should it not do. */
    readonly bufferMs?: number
  }
  readonly objectives: Objectives
  readonly channel: { readonly name: string; readonly isPrivate: boolean; readonly at?: Offset }
  readonly roles: { readonly [role: string]: Role }
  readonly openers: readonly PersonId[]
  readonly links: { readonly [title: string]: string }
  readonly audiences: { readonly [name: string]: Audience }
  readonly contacts: { readonly [name: string]: Contact }
  readonly pool: string
  readonly vars: { readonly [name: string]: string | number }
  readonly secrets: readonly string[]
  readonly targets: { readonly [name: string]: Target }
  /** What the databases of the runbook's live environments are: a rehearsal is refused on them. */
  readonly liveIdentities: readonly {
    readonly environment: string
    readonly target: string
    readonly identity: Identity
  }[]
  /** Relative path → sha256 of every script and SQL file the steps name. */
  readonly files: { readonly [path: string]: string }
  /** Relative path → text of every notice template. */
  readonly templates: { readonly [path: string]: string }
  readonly phases: readonly Phase[]
  readonly choices: { readonly [id: string]: Choice }
  readonly steps: { readonly [id: string]: Step }
  /** By name; what is measured before and after stands in the report. */
  readonly metrics: { readonly [name: string]: Metric }
  readonly success: readonly Criterion[]
  readonly failure: readonly Criterion[]
  readonly rollback: Rollback
  readonly guardMs: number
  /** How long the raw output of attempts stays on workers; null: as the worker is set. */
  readonly keepLogsMs: number | 'forever' | null
  /** Who is on call while it is guarded, turn by turn; empty: nobody in particular. */
  readonly guardShifts: readonly GuardShift[]
  /** In the order in which they are called. */
  readonly escalation: readonly EscalationLevel[]
  readonly followUps: readonly FollowUpPlan[]
  /** Completing a live cutover opens the task to look the runbook over. */
  readonly reviewAfterLive: boolean
}

/** Id of the built-in gate: a `decide` step of `place: 'built-in'` that every plan holds. */
export const COMPLETE = 'complete'
