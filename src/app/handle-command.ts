import { randomUUID } from 'node:crypto'
import type { Command } from '../domain/commands.ts'
import { decide } from '../domain/decide.ts'
import type { Actor, Recorded } from '../domain/events.ts'
import type { CutoverState } from '../domain/state.ts'
import { LogUnavailable, NewerEvent } from './log-errors.ts'
import type { Appended, CutoverLog, Loaded } from './ports.ts'

/** Code of the refusal for a cutover that only a newer version may change. */
export const NEWER = 'newer version'

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
/** Answers of the log that may be lost in a row before the caller hears of it. */
const LOST_MAX = 3

/**
 * The one write path: load, decide, append; when somebody was quicker, load and decide again. Every append has a
 * key, so a commit whose answer was lost is found again instead of being made twice. Throws `LogUnavailable` when
 * nobody can say whether it was recorded: whoever asked repeats it with the same key.
 */
export async function handleCommand(
  log: CutoverLog,
  cutover: string,
  command: Command,
  envelope: Envelope,
): Promise<Outcome> {
  const key = envelope.key ?? randomUUID()
  let lost = 0

  for (let tries = 0; tries < TRIES; tries += 1) {
    const loaded = await loadFor(log, cutover, key)
    if (!('state' in loaded)) return { ok: false, refusal: loaded }
    if (loaded.repeated) return { ok: true, state: loaded.state, recorded: [], repeated: true }

    const decision = decide(loaded.state, command, {
      actor: envelope.actor,
      at: loaded.now,
      ...(envelope.revision === undefined ? {} : { revision: envelope.revision }),
    })
    if (!decision.ok) return (await carriedOutMeanwhile(log, cutover, key)) ?? decision
    if (decision.events.length === 0) return { ok: true, state: loaded.state, recorded: [], repeated: false }

    try {
      const appended = await log.append({
        cutover,
        expected: loaded.state.position,
        events: decision.events,
        actor: envelope.actor,
        key,
        ...(envelope.serveWithinMs === undefined ? {} : { serveWithinMs: envelope.serveWithinMs }),
      })
      if (appended.ok) return { ...appended, repeated: false }
      const refusal = final(appended, cutover)
      if (refusal) return { ok: false, refusal }
    } catch (error) {
      lost += 1
      if (!(error instanceof LogUnavailable) || lost > LOST_MAX) throw error
    }
  }
  const message = 'Too many things happen to this cutover at once. Nothing was changed; try again.'
  return { ok: false, refusal: { code: 'busy', message } }
}

/**
 * The same click may be carried out by another process between the look for its key and the reading of the events: then
 * it is refused by its own effect, and a second look says so.
 */
async function carriedOutMeanwhile(log: CutoverLog, cutover: string, key: string): Promise<Outcome | null> {
  const again = await log.load(cutover, key)
  return again?.repeated ? { ok: true, state: again.state, recorded: [], repeated: true } : null
}

/** The state to decide on, or why nothing can be decided. */
async function loadFor(log: CutoverLog, cutover: string, key: string): Promise<Loaded | Refused> {
  try {
    const loaded = await log.load(cutover, key)
    if (!loaded) {
      const message = `There is no cutover ${cutover}. \`cutover list\` lists them.`
      return { code: 'no such cutover', message }
    }
    return loaded.readOnly === undefined ? loaded : { code: NEWER, message: loaded.readOnly }
  } catch (error) {
    if (error instanceof NewerEvent) return { code: NEWER, message: error.message }
    throw error
  }
}

/** A refused append that another try would not mend; null for one that it may. */
function final(appended: Extract<Appended, { ok: false }>, cutover: string): Refused | null {
  switch (appended.why) {
    case 'stale':
      return null
    case 'repeated':
      // In this cutover the next load finds it and says so.
      if (appended.cutover === cutover) return null
      return {
        code: 'key used',
        message: `This key was used for the cutover ${appended.cutover} before. Nothing was changed; take another one.`,
      }
    case 'no serve':
      return {
        code: 'no serve',
        message:
          'No `cutover serve` has been seen for 15 s, so nothing new starts. Start it; the step begins by itself.',
      }
    case 'target taken':
      return {
        code: 'target taken',
        message: `The cutover ${appended.by} has the target. Nothing was changed.`,
      }
  }
}
