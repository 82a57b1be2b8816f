import type { Actor, CutoverEvent, Part } from './events.ts'
import type { TeamCommand } from './team/commands.ts'
import type { RefusalCode } from './refusals.ts'
import type { Blocker, DurationMs, Facts, Holder, Predecessor, Rehearsal } from './state.ts'
import type { Instant, PersonId, Plan } from './plan.ts'

/** What comes with every command. */
export interface Given {
  readonly actor: Actor
  /** The log database's clock at the moment of deciding. */
  readonly at: Instant
  /** The revision of the step or gate that the person saw; absent: whatever it is now. */
  readonly revision?: number
}

export type PersonCommand =
  | {
      readonly type: 'tick'
      readonly step: string
      readonly item?: string
      readonly result: 'done' | 'failed' | 'na'
      readonly fields: { readonly [name: string]: string }
      readonly note?: string
    }
  | { readonly type: 'untick'; readonly step: string; readonly item?: string; readonly reason: string }
  /** Begin a run, look (again) at a check, send a notice whose time has passed. */
  | { readonly type: 'run'; readonly step: string }
  | { readonly type: 'retry'; readonly step: string; readonly reason: string }
  | { readonly type: 'skip'; readonly step: string; readonly reason: string }
  | { readonly type: 'override'; readonly step: string; readonly gate?: string; readonly reason: string }
  | { readonly type: 'cancel'; readonly step: string; readonly reason: string }
  /** Ask the session that holds the lock to let go: cancel its query, or end it. `pid` as the person saw it. */
  | { readonly type: 'unblock'; readonly step: string; readonly pid: number; readonly how: 'cancel' | 'end' }
  | {
      readonly type: 'mark'
      readonly step: string
      readonly outcome: 'succeeded' | 'failed'
      readonly reason: string
    }
  | { readonly type: 'move'; readonly step: string; readonly to: Instant; readonly reason: string }
  /** `text` replaces what the template says. */
  | { readonly type: 'approve'; readonly step: string; readonly text?: string }
  | { readonly type: 'reject'; readonly step: string; readonly reason: string }
  | { readonly type: 'choose'; readonly choice: string; readonly option: string; readonly reason?: string }
  | { readonly type: 'vote'; readonly gate: string; readonly vote: 'go' | 'no-go'; readonly reason?: string }
  | { readonly type: 'confirm'; readonly gate: string; readonly criterion: string }
  | { readonly type: 'unconfirm'; readonly gate: string; readonly criterion: string; readonly reason: string }
  | { readonly type: 'round'; readonly gate: string; readonly reason: string; readonly deadline?: Instant }
  /** The emergency stop: nobody must think of words first. */
  | { readonly type: 'hold'; readonly reason?: string }
  | { readonly type: 'resume'; readonly reason?: string }
  | {
      readonly type: 'rollback'
      readonly name: string
      readonly reason: string
      readonly running?: 'wait' | 'cancel'
      readonly trigger?: string
      /** Which way back, where the runbook names several; while a rollback stands still, another one. */
      readonly option?: string
    }
  /** Without `to` from scheduled, running or rolled back; with `to` it gets a new planned start. */
  | { readonly type: 'postpone'; readonly reason: string; readonly to?: Instant }
  | {
      readonly type: 'abandon'
      readonly reason: string
      readonly name?: string
      readonly left?: readonly { readonly state: string; readonly owner: PersonId; readonly reason: string }[]
    }
  | {
      readonly type: 'assign'
      readonly role: string
      readonly person: PersonId
      readonly backup?: PersonId
      readonly reason?: string
    }
  | { readonly type: 'take over'; readonly role: string }
  /** That the terminal which shows this code is that person's: for a login while Slack cannot confirm it. */
  | { readonly type: 'vouch'; readonly code: string; readonly person: PersonId; readonly reason: string }
  | {
      readonly type: 'note'
      readonly text: string
      readonly author?: PersonId
      readonly link?: string
      /** The step that it is about. */
      readonly step?: string
    }
  | TeamCommand

/** From workers, about their attempts. */
export type WorkerCommand =
  | { readonly type: 'claim'; readonly attempt: string; readonly worker: string; readonly host: string }
  /** The compare-and-set before the spawn: refused when anybody said stop. */
  | { readonly type: 'spawn'; readonly attempt: string }
  | { readonly type: 'report running'; readonly attempt: string; readonly host: string }
  | { readonly type: 'report adopted'; readonly attempt: string; readonly worker: string }
  | { readonly type: 'refuse'; readonly attempt: string; readonly why: string; readonly hint: string }
  | {
      readonly type: 'report ended'
      readonly attempt: string
      readonly outcome: 'succeeded' | 'failed' | 'cancelled'
      readonly verdict?: 'green' | 'red'
      readonly summary: string
      readonly facts: Facts
      readonly exit: number | null
      readonly durationMs: DurationMs
      readonly host: string
      readonly digest: string
      readonly error?: { readonly message: string; readonly hint: string; readonly changed: string }
      readonly parts?: readonly Part[]
    }
  | (Extract<CutoverEvent, { type: 'attempt asked' }>['data'] & { readonly type: 'report question' })
  | { readonly type: 'report unknown'; readonly attempt: string; readonly why: string }
  | { readonly type: 'report blocked'; readonly attempt: string; readonly blocker: Blocker }
  | { readonly type: 'report unblocked'; readonly attempt: string }
  /** The compare-and-set before a blocker is asked: accepted once for each asking. */
  | { readonly type: 'begin unblock'; readonly attempt: string; readonly pid: number }
  | {
      readonly type: 'report unblock'
      readonly attempt: string
      readonly pid: number
      readonly freed: boolean
      readonly result: string
    }
  | {
      readonly type: 'report breach'
      readonly attempt: string
      readonly check: string
      readonly answer: string
    }

/** From a worker, about its host: what it knows of the runbook by its own folder. */
export type PoolCommand =
  | (Extract<CutoverEvent, { type: 'pool ready' }>['data'] & { readonly type: 'report pool ready' })
  | (Extract<CutoverEvent, { type: 'pool refused' }>['data'] & { readonly type: 'report pool refused' })

/** What somebody did on a worker's host without the log: a hold, its end, a cancel. Told when the log is there again. */
export interface LocalActCommand {
  readonly type: 'report local act'
  readonly text: string
}

/** From the leader of `serve`. */
export type LeaderCommand =
  /** Everything that follows by itself from state and time: due steps, gates, attempts, deadlines, state changes. */
  | { readonly type: 'advance' }
  | { readonly type: 'report unobserved'; readonly attempt: string; readonly since: Instant }
  | { readonly type: 'report observed'; readonly attempt: string }
  /** A claimed attempt whose worker vanished before the spawn. */
  | { readonly type: 'revoke'; readonly attempt: string; readonly why: string }
  | (Extract<CutoverEvent, { type: 'notice delivered' }>['data'] &
      NoticeAnswer & { readonly type: 'report notice' })
  | (Extract<CutoverEvent, { type: 'notice failed' }>['data'] &
      NoticeAnswer & { readonly type: 'report notice failure' })
  | (Extract<CutoverEvent, { type: 'notice parked' }>['data'] &
      NoticeAnswer & { readonly type: 'report notice parked' })
  | (Extract<CutoverEvent, { type: 'slack went away' }>['data'] & { readonly type: 'report slack away' })
  | { readonly type: 'report slack back' }
  | (Extract<CutoverEvent, { type: 'notice drafted' }>['data'] & { readonly type: 'report draft' })
  | (Extract<CutoverEvent, { type: 'pager called' }>['data'] & { readonly type: 'report page' })
  | { readonly type: 'report timeline'; readonly channel: string; readonly head: string }
  | (Extract<CutoverEvent, { type: 'timeline mailed' }>['data'] & { readonly type: 'report timeline mail' })
  | { readonly type: 'report rehearsal'; readonly rehearsal: Rehearsal }

interface NoticeAnswer {
  /** `startedAt` of the step when it was sent: the answer counts for that occasion and no other. */
  readonly since: Instant
}

export interface OpenCommand {
  readonly type: 'open'
  readonly plan: Plan
  readonly plannedStart: Instant
  readonly holders: { readonly [role: string]: Holder }
  readonly channelName: string
  /** A rehearsal that waits for its planned times like a live cutover; live ones always do. */
  readonly realTime?: boolean
  /** The live cutover that this one tries again. */
  readonly after?: Predecessor
  /** Why it is tried again although something was left open. */
  readonly reason?: string
}

export type Command =
  | OpenCommand
  | PersonCommand
  | WorkerCommand
  | PoolCommand
  | LocalActCommand
  | LeaderCommand
/** @internal So that a test finds one that no state was asked for. */
export type CommandType = Command['type']

/**
 * `decide(state, command, given)`: the events that follow, in order, or why not. `state` is null before
 * `cutover opened`. No event at all (`[]`) means: fine, and nothing changes.
 */
export type Decision =
  | { readonly ok: true; readonly events: readonly CutoverEvent[] }
  | { readonly ok: false; readonly refusal: Refusal }

/** A normal answer, not an error. `message` says what, why and what to do; people are `<@U…>`. */
export interface Refusal {
  readonly code: RefusalCode
  readonly message: string
}
