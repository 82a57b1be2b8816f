import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { PoolCommand } from '../../../domain/commands.ts'
import type { CutoverState } from '../../../domain/state.ts'
import { digestOf, strangeFiles, strangeParts } from './compare-plan.ts'
import { filesOf, otherFiles, readPin, writeCopy, type Pin } from './copy.ts'
import { makeKnownRunbooks } from './known-runbooks.ts'
import { programsOf } from './programs.ts'

/** What this host knows of the runbooks by its own folder, and the copies that steps run from. */
export interface Copies {
  /**
   * Compares the plan of a cutover with this host's runbook, and copies that; later, whether copy and plan are still
   * what was compared. What is told to the log.
   */
  answer(state: CutoverState): Promise<PoolCommand>
  /** Folder of the scripts and SQL files of a cutover that this host is ready for. */
  folderOf(cutover: string): string
  /** Files of a cutover that are others in this host's folder than in its copy; empty also without a copy. */
  changed(cutover: string): Promise<readonly string[]>
}

interface Place {
  readonly pool: string
  /** Folder of this pool's spool. */
  readonly spool: string
  /** This host's own runbooks, changed by review. */
  readonly runbooks: string
  /** A rehearsal of one's own may give a value to any var. */
  readonly anyVar: boolean
  /** The worker's working folder and PATH: where programs are looked for. */
  readonly cwd: string
  readonly path: string
  readonly version: string
}

/** Reads the folder anew for each question, so that a mended file counts at once. */
export function makeCopies(place: Place): Copies {
  const folder = resolve(place.runbooks)
  const known = makeKnownRunbooks(folder)
  const copyOf = (cutover: string): string => join(place.spool, 'runbooks', cutover)

  async function answer(state: CutoverState): Promise<PoolCommand> {
    const pin = await readPin(copyOf(state.id))
    if (pin === null) return compareAndCopy(state)
    const objection = await objectionTo(state, pin)
    return objection ?? ready(pin, await changed(state.id))
  }

  async function objectionTo(state: CutoverState, pin: Pin): Promise<PoolCommand | null> {
    const damaged = await otherFiles(filesOf(copyOf(state.id)), pin)
    // What was compared once may be compared again: the copy is made anew where the folder still says the same.
    if (damaged.length > 0) return compareAndCopy(state)
    if (pin.plan === digestOf(state.plan)) return null
    return refused('the plan in the log is not the one that this host compared when it opened', ['plan'])
  }

  async function compareAndCopy(state: CutoverState): Promise<PoolCommand> {
    const { plan } = state
    const found = known.find(plan.runbook)
    if ('why' in found) return refused(found.why, [plan.runbook])
    const files = strangeFiles(plan, found.runbook)
    if (files.length > 0) return refused(`${files.join(', ')} on this host is not what the log says`, files)
    const parts = strangeParts(state, found.runbook, place)
    if (parts.length > 0)
      return refused(
        `the plan in the log is not what ${found.file} says here, in ${parts.join(', ')}; this worker is version ${place.version}`,
        parts,
      )
    await mkdir(join(place.spool, 'runbooks'), { recursive: true, mode: 0o700 })
    const programs = [...(await programsOf(plan, place))]
    const made = { runbook: found.runbook, folder }
    const pin = await writeCopy(copyOf(state.id), made, { plan: digestOf(plan), programs })
    return pin === null ? refused('its files changed while they were copied', [found.file]) : ready(pin, [])
  }

  async function changed(cutover: string): Promise<readonly string[]> {
    const pin = await readPin(copyOf(cutover))
    return pin === null ? [] : otherFiles(folder, pin)
  }

  const refused = (why: string, differs: readonly string[]): PoolCommand => ({
    type: 'report pool refused',
    pool: place.pool,
    why,
    differs,
  })
  const ready = ({ hash, programs }: Pin, ignored: readonly string[]): PoolCommand => ({
    type: 'report pool ready',
    pool: place.pool,
    hash,
    programs,
    ignored,
  })

  return { answer, changed, folderOf: (cutover) => filesOf(copyOf(cutover)) }
}
