import { handleCommand } from '../../../app/handle-command.ts'
import type { CutoverLog, Logger } from '../../../app/ports.ts'
import type { PoolCommand } from '../../../domain/commands.ts'
import type { Actor } from '../../../domain/events.ts'
import { poolsOf } from '../../../domain/pools.ts'
import type { Copies } from './copies.ts'

/** How often the folder is held against the copies of cutovers that this host is ready for. */
const CHANGED_EVERY_MS = 3000

interface Known {
  /** Nothing of it is carried out here, or nothing changes that any more. */
  readonly isOfOthers: boolean
  /** Files that changed since, as they were told; absent: it is not ready yet. */
  readonly ignored?: readonly string[]
}

/**
 * Answers each cutover that opens for this pool: ready, or why not. One that was refused is asked again until the
 * folder is mended; of one that is ready, what changes in the folder is told, and ignored. Called every second.
 */
export function makePoolAnswers(deps: {
  readonly log: CutoverLog
  readonly copies: Copies
  readonly actor: Extract<Actor, { kind: 'worker' }>
  readonly logger: Logger
}): () => Promise<void> {
  const { log, copies, actor, logger } = deps
  const known = new Map<string, Known>()
  let comparedAt = -Infinity

  async function ask(cutover: string): Promise<void> {
    const state = (await log.load(cutover))?.state
    if (state === undefined || !poolsOf(state.plan).includes(actor.pool)) {
      known.set(cutover, { isOfOthers: true })
      return
    }
    const answer = await copies.answer(state)
    const told = await handleCommand(log, cutover, answer, { actor })
    const isNews = told.ok && told.recorded.length > 0
    if (isNews) say(cutover, answer)
    if (told.ok && answer.type === 'report pool ready')
      known.set(cutover, { isOfOthers: false, ignored: answer.ignored })
  }

  function say(cutover: string, answer: PoolCommand): void {
    if (answer.type === 'report pool refused')
      logger.warn({ cutover, differs: answer.differs }, `nothing of it starts here: ${answer.why}`)
    else if (answer.ignored.length > 0)
      logger.warn({ cutover, files: answer.ignored }, 'files changed after the opening, and are ignored')
    else logger.info({ cutover, hash: answer.hash }, 'its runbook is known here, and copied')
  }

  async function hasChanged(cutover: string, before: readonly string[]): Promise<boolean> {
    return (await copies.changed(cutover)).join('\n') !== before.join('\n')
  }

  return async () => {
    const now = performance.now()
    const comparesNow = now - comparedAt >= CHANGED_EVERY_MS
    if (comparesNow) comparedAt = now
    const open = new Set((await log.open()).map(({ id }) => id))
    for (const id of known.keys()) if (!open.has(id)) known.delete(id)
    for (const id of open) {
      const before = known.get(id)
      if (before?.isOfOthers === true) continue
      const isReady = before?.ignored !== undefined
      if (!isReady || (comparesNow && (await hasChanged(id, before.ignored ?? [])))) await ask(id)
    }
  }
}
