import type { z } from 'zod'
import type { ValueType } from '../domain/catalogue.ts'
import type { Left, PartEstimates } from '../domain/parts.ts'
import type { Expectations } from '../domain/plan.ts'

/** How far a long step is. `total` is absent while nobody knows it; `label` says what is being done right now. */
export interface Progress {
  readonly done: number
  readonly total?: number
  /** What is counted: `rows`, `bytes`, `files`, `s`. */
  readonly unit: string
  readonly label?: string
  /** By the estimates of what is left to do; it counts from the moment when it is said. */
  readonly left?: Left
}

/** One of the steps that a tool takes inside an attempt: a migration. Times are wall-clock milliseconds; without them it was not begun. */
export interface Part {
  readonly name: string
  readonly outcome: 'done' | 'failed' | 'not run'
  readonly startedAt?: number
  readonly durationMs?: number
}

/** What a program asked: the runbook's answer was sent, nobody answers, or it went on without an answer. */
export interface Question {
  readonly prompt: string
  readonly then: 'answered' | 'waiting' | 'gone on'
  readonly answer?: string
}

/** What an action gets from the process that runs it. */
export interface ActionContext {
  /** The attempt's id; PostgreSQL sessions bear `cutover:<attempt>` as application name. */
  readonly attempt: string
  /** The attempt's own folder (0700): scratch files go here. */
  readonly folder: string
  /** Folder of the runbook's pinned files (scripts, SQL). */
  readonly files: string
  /** The plan's vars, for a command that is a check. */
  readonly vars?: Readonly<Record<string, string | number>>
  /** How long the tool's own steps may take, by name. */
  readonly estimates?: PartEstimates
  /** Of this process: where a command that is a check finds its programs. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Whom programs of it run under, and the folder in which that user finds what it needs. */
  readonly runAs?: RunAs & { readonly folder: string }
  /** Cheap: may be called once per row batch; it writes at most a few times a second. */
  readonly progress: (progress: Progress) => void
  /** Recorded as an event. Masked on its way. */
  readonly question: (question: Question) => void
  /** Output of a program as it came, into the attempt's output. */
  readonly output: (chunk: Uint8Array) => void
  /** One line into the attempt's output. Never a secret. */
  readonly log: (line: string) => void
  /** Aborted when a person cancels. */
  readonly signal: AbortSignal
}

export type Facts = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

/** A `run` that went well. `summary` is one line for the card: `3,012,884 rows in 14 tables`. */
export interface RunResult {
  readonly summary: string
  readonly facts: Facts
  /** In the order of carrying out. */
  readonly parts?: readonly Part[]
}

/** What a check saw. `answer` is the evidence in one short line; `measured` feeds the expectations. */
export interface CheckResult {
  readonly answer: string
  readonly facts: Facts
  /** Parts that `expect` may look at; a check without an `expect` is judged by `green`. */
  readonly measured: Readonly<Partial<Record<keyof Expectations, unknown>>>
  /** The verdict where the runbook gives no `expect`. */
  readonly green: boolean
}

interface ActionCommon<Input> {
  /** As in a runbook's `uses`: `sqlite.backup`. */
  readonly name: string
  /** One sentence for the documentation and the catalogue. */
  readonly summary: string
  /**
   * Schema of the resolved input. Parameters that name a target use the builders of `targets.ts`, so that the
   * runbook language can tell a target from a text.
   */
  readonly input: z.ZodType<Input> & { readonly shape: Record<string, z.ZodType> }
  readonly facts: Readonly<Record<string, ValueType>>
}

export interface RunAction<Input> extends ActionCommon<Input> {
  readonly kind: 'run'
  /** Its attempts have parts, which a runbook may estimate one by one: migrations, files. */
  readonly hasParts?: true
  /** False: it only adds (a backup, a comparison) and needs no undo. */
  readonly mutating: boolean
  readonly run: (input: Input, context: ActionContext) => Promise<RunResult>
}

export interface CheckAction<Input> extends ActionCommon<Input> {
  readonly kind: 'check'
  readonly check: (input: Input, context: ActionContext) => Promise<CheckResult>
}

/** Where a program is started. */
export interface ProgramPlace {
  readonly attempt: string
  /** The attempt's own folder (0700): a passfile goes here. */
  readonly folder: string
  /** Folder of the runbook's pinned files. */
  readonly files: string
  /** The worker's working folder; `cwd` of the input is relative to it. */
  readonly cwd: string
  /** The plan's vars: they arrive as `CUTOVER_VAR_NAME`. */
  readonly vars: Readonly<Record<string, string | number>>
  /** The worker's own environment; only what every program needs is taken from it. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly runAs?: RunAs
}

/** Whom commands of steps run under, instead of the worker's own user. */
export interface RunAs {
  readonly uid: number
  readonly gid: number
  /** HOME, USER, LOGNAME and SHELL of that user. */
  readonly environment: Readonly<Record<string, string>>
}

/** What the runner spawns: `argv[0]` is an absolute path, `env` is the whole environment. */
export interface Program {
  readonly argv: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Another user than ours; supplementary groups are left behind. */
  readonly as?: { readonly uid: number; readonly gid: number }
}

/**
 * A `run` that is somebody else's program: the runner spawns it directly, and its exit code is the outcome.
 * `program` throws {@link ActionFailure} when it cannot be started, before anything is.
 */
export interface ProgramAction<Input> extends ActionCommon<Input> {
  readonly kind: 'run'
  readonly mutating: boolean
  readonly program: (input: Input, place: ProgramPlace) => Promise<Program>
  /**
   * True: the action process runs the program by `attend`, because more than its exit code counts or somebody must
   * answer it.
   */
  readonly isAttended: (input: Input) => boolean
  readonly attend: (
    input: Input,
    context: ActionContext,
    expect: Expectations | undefined,
  ) => Promise<RunResult>
  /** The same program as a read-only check, run by the action process. */
  readonly check?: (input: Input, context: ActionContext) => Promise<CheckResult>
}

export type Action<Input> = RunAction<Input> | CheckAction<Input> | ProgramAction<Input>

/**
 * Thrown by an action for a failure that a person should read. Everything else that is thrown is a bug and is
 * shown as "failed inside Cutover" with its text in the log only.
 */
export class ActionFailure extends Error {
  /** What to do next. */
  readonly hint: string
  /** Whether anything was changed: `nothing was changed`, `0001–0006 are in`. */
  readonly changed: string
  /** What it had found out by then: the differing rows of a comparison. */
  readonly facts: Facts
  readonly parts: readonly Part[] | undefined
  /** How the program behind it ended, where there is one: the attempt's exit code. */
  readonly exit: number | undefined

  constructor(
    message: string,
    {
      hint,
      changed,
      facts = {},
      parts,
      exit,
      cause,
    }: {
      hint: string
      changed: string
      facts?: Facts
      parts?: readonly Part[]
      exit?: number
      cause?: unknown
    },
  ) {
    super(message, { cause })
    this.name = 'ActionFailure'
    this.hint = hint
    this.changed = changed
    this.facts = facts
    this.parts = parts
    this.exit = exit
  }

  /** The same failure, with what became of each part. */
  withParts(parts: readonly Part[]): ActionFailure {
    const { message, hint, changed, facts, exit, cause } = this
    return new ActionFailure(message, {
      hint,
      changed,
      facts,
      parts,
      cause,
      ...(exit === undefined ? {} : { exit }),
    })
  }
}
