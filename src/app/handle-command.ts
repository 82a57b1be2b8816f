import { randomUUID } from 'node:crypto'
import type { Command } from '../domain/commands.ts'
import { decide } from '../domain/decide.ts'
import type { Actor, Recorded } from '../domain/events.ts'
import type { CutoverState } from '../domain/state.ts'
import type { CutoverLog } from './ports.ts'

export interface Envelope {
  readonly actor: Actor
  /** The revision of the step or gate that the person saw. */
  readonly revision?: number
  /** (subject, revision, action, person): the same key counts once. */
  readonly key?: string
  /** Before a spawn: some `serve` must have been seen this recently. */
  readonly serveWithinMs?: number
}

/** A normal answer: nothing was changed. `code` is one of the domain's or of this layer's. */
export interface Refused {
  readonly code: string
  readonly message: string
}

export type Outcome =
  | {
      readonly ok: true
      readonly state: CutoverState
      readonly recorded: readonly Recorded[]
      /** Carried out before, under the same key; nothing was done now. */
      readonly repeated: boolean
    }
  | { readonly ok: false; readonly refusal: Refused }

/** More conflicts than this in a row means that something appends without pause. */
const TRIES = 50

/**
 * The one write path: load, decide, append; when somebody was quicker, load and decide again. Every append has a
 * key, so a commit whose answer was lost is found again instead of being made twice.
 */
export async function handleCommand(
  log: CutoverLog,
  cutover: string,
  command: Command,
  envelope: Envelope,
): Promise<Outcome> {
  const key = envelope.key ?? randomUUID()

  for (let tries = 0; tries < TRIES; tries += 1) {
    const loaded = await log.load(cutover, key)
    if (!loaded)
      return refused('no such cutover', `There is no cutover ${cutover}. \`/cutover status\` lists them.`)
    if (loaded.repeated) return { ok: true, state: loaded.state, recorded: [], repeated: true }

    const decision = decide(loaded.state, command, {
      actor: envelope.actor,
      at: loaded.now,
      ...(envelope.revision === undefined ? {} : { revision: envelope.revision }),
    })
    if (!decision.ok) return decision
    if (decision.events.length === 0) return { ok: true, state: loaded.state, recorded: [], repeated: false }

    const appended = await log.append({
      cutover,
      expected: loaded.state.position,
      events: decision.events,
      actor: envelope.actor,
      key,
      ...(envelope.serveWithinMs === undefined ? {} : { serveWithinMs: envelope.serveWithinMs }),
    })
    if (appended.ok) {
      const after = await log.load(cutover)
      return { ok: true, state: after?.state ?? loaded.state, recorded: appended.recorded, repeated: false }
    }
    if (appended.why === 'no serve') {
      return refused(
        'no serve',
        'No `cutover serve` has been seen for 15 s, so nothing new starts. Start it; the step begins by itself.',
      )
    }
  }
  return refused('busy', 'Too many things happen to this cutover at once. Nothing was changed; try again.')
}

function refused(code: string, message: string): Outcome {
  return { ok: false, refusal: { code, message } }
}
