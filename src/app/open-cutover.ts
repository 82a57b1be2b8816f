import { randomInt } from 'node:crypto'
import { decide } from '../domain/decide.ts'
import type { Actor } from '../domain/events.ts'
import type { Instant, PersonId, Plan } from '../domain/plan.ts'
import type { Holder } from '../domain/state.ts'
import type { Outcome } from './handle-command.ts'
import type { CutoverLog } from './ports.ts'

/** What the start modal and `cutover start` ask for. */
export interface OpeningRequest {
  /** The runbook's stable key. */
  readonly runbook: string
  readonly environment: string
  readonly plannedStart: Instant
  readonly holders: { readonly [role: string]: Holder }
  /** Values of `ask` vars. */
  readonly vars: { readonly [name: string]: string }
}

export interface RunbookSummary {
  readonly runbook: string
  readonly title: string
  readonly owner: string
  readonly hash: string
  /** Zone of the window. */
  readonly zone: string
  readonly environments: readonly { readonly name: string; readonly live: boolean }[]
  readonly roles: readonly {
    readonly role: string
    readonly title: string
    readonly eligible: readonly PersonId[]
    /** In a live cutover its holder names a stand-in. */
    readonly backup: boolean
  }[]
  /** Vars that the start modal asks for. */
  readonly ask: readonly {
    readonly name: string
    readonly type: string
    readonly pattern?: string
    readonly options?: readonly string[]
    readonly default?: string
  }[]
  /** Why it cannot be opened; empty when it can. Each a `file:line:col: …` sentence. */
  readonly problems: readonly string[]
}

/** The runbooks folder: read when asked, so that a mended file counts at once. */
export interface Runbooks {
  list(): Promise<readonly RunbookSummary[]>
  /** A plan for one opening, or the sentences that say why not. */
  resolve(
    request: OpeningRequest,
    fixed: { readonly id: string; readonly at: Instant },
  ): Promise<
    | { readonly ok: true; readonly plan: Plan; readonly channelName: string }
    | { readonly ok: false; readonly problems: readonly string[] }
  >
}

/** Opens a cutover: resolves the plan, decides, appends. The same key opens once. */
export async function openCutover(
  deps: { readonly log: CutoverLog; readonly runbooks: Runbooks },
  request: OpeningRequest,
  { actor, key }: { readonly actor: Actor; readonly key: string },
): Promise<Outcome> {
  const id = cutoverId()
  const at = await deps.log.now()
  const resolved = await deps.runbooks.resolve(request, { id, at })
  if (!resolved.ok) return refused('runbook', resolved.problems.join('\n'))

  const decision = decide(
    null,
    {
      type: 'open',
      plan: resolved.plan,
      plannedStart: request.plannedStart,
      holders: request.holders,
      channelName: resolved.channelName,
    },
    { actor, at },
  )
  if (!decision.ok) return decision

  const appended = await deps.log.append({ cutover: id, expected: 0, events: decision.events, actor, key })
  if (!appended.ok) return appended.why === 'target taken' ? targetTaken(appended.by) : alreadyOpened()
  const opened = await deps.log.load(id)
  if (!opened) throw new Error(`cutover ${id} was opened and cannot be read`)
  return { ok: true, state: opened.state, recorded: appended.recorded, repeated: false }
}

// No vowels and no look-alikes: read aloud at night, and never a word.
const ALPHABET = 'bcdfghjkmnpqrstvwxz23456789'
const ID_LENGTH = 8

function cutoverId(): string {
  return Array.from({ length: ID_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

function targetTaken(by: string): Outcome {
  return refused(
    'target taken',
    `Another live cutover (${by}) is open on one of these databases. Close, postpone or abandon it first. Nothing was opened.`,
  )
}

function alreadyOpened(): Outcome {
  return refused('already opened', 'This was opened already; `/cutover status` shows it.')
}

function refused(code: string, message: string): Outcome {
  return { ok: false, refusal: { code, message } }
}
