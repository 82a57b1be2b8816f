import { createHash } from 'node:crypto'
import type { DraftText } from '../domain/events.ts'
import { addressesOf, wantsDraft } from '../domain/notices.ts'
import type { TellStep } from '../domain/plan.ts'
import type { CutoverState } from '../domain/state.ts'
import { handleCommand } from './handle-command.ts'
import { LogUnavailable } from './log-errors.ts'
import { NoticeFailure, type NoticeMeans } from './notice-means.ts'
import type { CutoverLog, Logger } from './ports.ts'

interface Deps {
  readonly log: CutoverLog
  readonly means: Pick<NoticeMeans, 'render'>
  readonly logger: Logger
}

/**
 * Writes the texts that somebody has to approve and records them: what is approved is what goes out. Safe to call again
 * and again. Throws `LogUnavailable`.
 */
export async function draftNotices(deps: Deps, cutover: string): Promise<void> {
  const loaded = await deps.log.load(cutover)
  if (loaded === null) return
  const { state, now } = loaded
  const wanted = Object.values(state.plan.steps).filter(
    (step): step is TellStep => step.kind === 'tell' && wantsDraft(state, step.id, now),
  )
  for (const step of wanted) await draft(deps, state, step, now)
}

async function draft(deps: Deps, state: CutoverState, step: TellStep, now: number): Promise<void> {
  const revision = state.steps[step.id]?.revision ?? 0
  const key = `draft/${step.id}/${revision}`
  try {
    const texts = textsOf(deps, state, step, now)
    const hash = hashOf(texts)
    const command = { type: 'report draft', step: step.id, hash, texts } as const
    await handleCommand(deps.log, state.id, command, {
      actor: { kind: 'cutover' },
      key: `${state.id}/${key}`,
      revision,
    })
  } catch (error) {
    if (error instanceof LogUnavailable) throw error
    const fields = { cutover: state.id, step: step.id }
    if (error instanceof NoticeFailure) {
      deps.logger.warn({ ...fields, reason: error.message }, 'a draft cannot be written')
    } else deps.logger.error({ ...fields, error }, 'drafting a notice failed; trying again')
  }
}

function textsOf(deps: Deps, state: CutoverState, step: TellStep, now: number): readonly DraftText[] {
  const own = state.steps[step.id]
  if (own === undefined) return []
  return addressesOf(state.plan, step, own).map(({ audience, medium }) => ({
    audience,
    medium,
    ...deps.means.render(state, step, medium === 'report' ? 'email' : medium, now, audience),
  }))
}

/** sha256 over the texts, hex. */
export const hashOf = (texts: readonly DraftText[]): string =>
  createHash('sha256').update(JSON.stringify(texts)).digest('hex')
