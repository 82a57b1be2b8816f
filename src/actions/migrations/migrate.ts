import { ActionFailure, type ActionContext, type Part, type RunResult } from '../action.ts'
import type { PostgresTarget } from '../targets.ts'
import { count } from '../wording.ts'
import { watchBlocked } from './blocked.ts'
import { areIn, trackParts, type PartTrack } from './parts.ts'
import { isLockTimeout } from './said.ts'
import type { HearLine, ToolEnd } from './tool.ts'

/** What differs from one migration tool to the next. */
export interface Migrating {
  readonly target: PostgresTarget
  readonly planned: readonly string[]
  /** As typed, for messages. */
  readonly spelled: string
  readonly apply: (hear: HearLine) => Promise<ToolEnd>
  /** Tells the track what a line says. */
  readonly hear: (line: string, isWhole: boolean, track: PartTrack) => void
  /** Which of the planned ones the database itself says are in. */
  readonly inside: () => Promise<ReadonlySet<string>>
  /** What went wrong, out of the output. */
  readonly said: (end: ToolEnd) => string
  /** Of the one that failed: what is in of it. */
  readonly remains: (name: string) => Promise<string>
  readonly hint: string
}

/** Applies what is planned and holds it against what the database says; each migration is a part of the attempt. */
export async function migrate(one: Migrating, context: ActionContext): Promise<RunResult> {
  const track = trackParts(one.planned, context)
  const blocked = await watchBlocked(one.target, context.attempt, track.remark)
  let end: ToolEnd
  try {
    end = await one.apply((line, isWhole) => one.hear(line, isWhole, track))
  } finally {
    track.stop()
    await blocked.stop()
  }
  const failed = end.exit === 0 ? undefined : track.current()
  const inside = await one.inside()
  const parts = track.list((name) => inside.has(name))
  const applied = one.planned.filter((name) => inside.has(name))
  const facts = { applied, migrations: applied.length, failed: failed ?? null }
  if (context.signal.aborted) {
    throw new ActionFailure('Cancelled.', {
      hint: 'Look at what is in before it is tried again or undone.',
      changed: await changedBy(one, failed, inside, applied),
      facts,
      parts,
    })
  }
  if (end.exit !== 0) {
    const blocker = isLockTimeout(end.lines) ? blocked.last() : undefined
    const why = blocker === undefined ? one.said(end) : `it waited for a lock past its time: ${blocker}`
    throw new ActionFailure(`${failed ?? one.spelled}: ${why}`, {
      hint: blocker === undefined ? one.hint : 'End that session or wait for it, then try again.',
      changed: await changedBy(one, failed, inside, applied),
      facts,
      parts,
      ...(end.exit === null ? {} : { exit: end.exit }),
    })
  }
  requireAll(one, parts, inside, facts)
  return { summary: `${count(applied.length, 'migration')} applied: ${listed(applied)}`, facts, parts }
}

/** A tool that ends well while the database knows nothing of it worked on another one. */
function requireAll(
  { planned, spelled, target }: Migrating,
  parts: readonly Part[],
  inside: ReadonlySet<string>,
  facts: RunResult['facts'],
): void {
  const missing = planned.filter((name) => !inside.has(name))
  if (missing.length === 0) return
  throw new ActionFailure(
    `${spelled} ended well, and ${target.name} does not have ${listed(missing)}. The settings of the project may name another database.`,
    {
      hint: `Look which database the project is set to. What it has changed there is not undone by this cutover.`,
      changed: missing.length === planned.length ? `nothing in ${target.name}` : 'only a part of it',
      facts,
      parts,
    },
  )
}

async function changedBy(
  one: Migrating,
  failed: string | undefined,
  inside: ReadonlySet<string>,
  applied: readonly string[],
): Promise<string> {
  const others = applied.filter((name) => name !== failed)
  if (failed === undefined) return areIn(others)
  const own = inside.has(failed) ? `${failed} is in` : await one.remains(failed)
  return `${own}; ${areIn(others)}`
}

const LISTED = 4

export function listed(names: readonly string[]): string {
  const more = names.length - LISTED
  return `${names.slice(0, LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** Nothing was pending. */
export const nothingToApply = (): RunResult => ({
  summary: 'Nothing was pending: every migration is in already.',
  facts: { applied: [], migrations: 0, failed: null },
  parts: [],
})

export const MIGRATION_FACTS = { applied: 'list', migrations: 'int', failed: 'text' } as const
