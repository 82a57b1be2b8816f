import { randomInt } from 'node:crypto'
import { decide } from '../domain/decide.ts'
import type { Actor, CutoverEvent } from '../domain/events.ts'
import type { Instant, PersonId, Plan } from '../domain/plan.ts'
import type { Holder } from '../domain/state.ts'
import type { Outcome, Refused } from './handle-command.ts'
import type { CutoverLog } from './ports.ts'
import { predecessorOf } from './predecessor.ts'

/** What the start modal and `cutover start` ask for. */
export interface OpeningRequest {
  /** The runbook's stable key. */
  readonly runbook: string
  readonly environment: string
  readonly plannedStart: Instant
  readonly holders: { readonly [role: string]: Holder }
  /** Values of `ask` vars. */
  readonly vars: { readonly [name: string]: string }
  /** The option of each choice that is made at the opening. */
  readonly choices?: { readonly [choice: string]: string }
  /** Why it is tried again, where an earlier attempt left something open. */
  readonly reason?: string
  /** A rehearsal that waits for its planned times; live cutovers always do. */
  readonly realTime?: boolean
}

export interface RunbookSummary {
  readonly runbook: string
  readonly title: string
  readonly owner: string
  readonly hash: string
  /** Zone of the window. */
  readonly zone: string
  /** The next usual time, as a person would write it in that zone. */
  readonly proposedStart?: string
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
  /** Alternatives that are chosen when it opens; an environment may have a choice of its own. */
  readonly choices: readonly {
    readonly id: string
    readonly question: string
    readonly options: readonly string[]
    readonly presets: { readonly [environment: string]: string }
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

interface OpeningDeps {
  readonly log: CutoverLog
  readonly runbooks: Pick<Runbooks, 'resolve'>
}

type Refusing = { readonly ok: false; readonly refusal: Refused }

type Decided = { readonly ok: true; readonly plan: Plan; readonly events: readonly CutoverEvent[] } | Refusing

/** What would be opened, without opening it: its plan, or why it would be refused. */
export async function previewOpening(
  deps: OpeningDeps,
  request: OpeningRequest,
  { actor }: { readonly actor: Actor },
): Promise<Decided> {
  return decideOpening(deps, request, { actor, id: cutoverId(), at: await deps.log.now() })
}

/** Opens a cutover: resolves the plan, decides, appends. The same key opens once. */
export async function openCutover(
  deps: OpeningDeps,
  request: OpeningRequest,
  { actor, key }: { readonly actor: Actor; readonly key: string },
): Promise<Outcome> {
  const id = cutoverId()
  const decided = await decideOpening(deps, request, { actor, id, at: await deps.log.now() })
  if (!decided.ok) return decided

  const appended = await deps.log.append({ cutover: id, expected: 0, events: decided.events, actor, key })
  if (appended.ok) return { ...appended, repeated: false }
  switch (appended.why) {
    case 'repeated':
      return openedBefore(deps.log, appended.cutover)
    case 'target taken':
      return targetTaken(appended.by)
    case 'stale':
    case 'no serve':
      return refused(
        'busy',
        'The cutover could not be opened at this moment. Nothing was changed; try again.',
      )
  }
}

/** The same key opens once: whoever lost the answer gets it now. */
async function openedBefore(log: CutoverLog, id: string): Promise<Outcome> {
  const loaded = await log.load(id)
  if (!loaded) return alreadyOpened()
  return { ok: true, state: loaded.state, recorded: [], repeated: true }
}

async function decideOpening(
  { log, runbooks }: OpeningDeps,
  request: OpeningRequest,
  { actor, id, at }: { readonly actor: Actor; readonly id: string; readonly at: Instant },
): Promise<Decided> {
  const resolved = await runbooks.resolve(request, { id, at })
  if (!resolved.ok) return refused('runbook', resolved.problems.join('\n'))
  const { plan, channelName } = resolved
  const { plannedStart, holders, realTime = false, reason } = request
  const after = await predecessorOf(log, plan)
  const again = { ...(after !== undefined && { after }), ...(reason !== undefined && { reason }) }
  const command = { type: 'open', plan, plannedStart, holders, channelName, realTime, ...again } as const
  const decision = decide(null, command, { actor, at })
  return decision.ok ? { ok: true, plan, events: decision.events } : decision
}

// No vowels and no look-alikes: read aloud at night, and never a word.
const ALPHABET = 'bcdfghjkmnpqrstvwxz23456789'
const ID_LENGTH = 8

function cutoverId(): string {
  return Array.from({ length: ID_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

function targetTaken(by: string): Refusing {
  return refused(
    'target taken',
    `Another live cutover (${by}) is open on one of these databases. Close, postpone or abandon it first. Nothing was opened.`,
  )
}

function alreadyOpened(): Refusing {
  return refused('already opened', 'This was opened already; `/cutover status` shows it.')
}

function refused(code: string, message: string): Refusing {
  return { ok: false, refusal: { code, message } }
}
