import type { AttemptState, CutoverState } from '../../domain/state.ts'
import { partEstimates } from '../../domain/parts.ts'
import { planStep } from '../../domain/lookup.ts'
import { durationText, numberText } from '../../templates/format.ts'
import { section, type Content } from '../blocks.ts'
import { questionLines } from './asked.ts'
import { expectedLines, partLines } from './parts.ts'
import { progressText, type Progress } from './progress.ts'
import { actor, clock, dotted, output, value } from './words.ts'

const TAIL_MAX = 2_000
const FACTS_MAX = 12

/** One attempt in the thread of its step: how far it is, then how it ended. Output only where few can read it. */
export function attemptReply(state: CutoverState, attempt: AttemptState, progress: Progress): Content {
  const step = planStep(state, attempt.step)
  const shown = progress.get(attempt.id)
  const title = `${value(step.title, 150)}, attempt ${attempt.n}`
  const head = `*${title}* — ${statusText(attempt)}`
  const tail =
    state.plan.channel.isPrivate && shown !== undefined && shown.tail.trim() !== '' ? shown.tail : undefined
  const how = attempt.status === 'running' ? progressText(attempt, shown) : ''
  const estimates = partEstimates(state, attempt.step)
  const parts = attempt.status === 'running' ? expectedLines(estimates) : partLines(attempt, estimates)
  return {
    text: `${title}: ${statusText(attempt).replaceAll('*', '')}`,
    blocks: [
      section(
        [head, how, ...questionLines(attempt), ...parts, ...detailLines(attempt)]
          .filter((line) => line !== '')
          .join('\n'),
      ),
      ...(tail === undefined ? [] : [section(output(tail.trimEnd(), TAIL_MAX))]),
    ],
  }
}

function statusText(attempt: AttemptState): string {
  const { status, host } = attempt
  const where = host === undefined ? '' : ` on ${value(host, 60)}`
  switch (status) {
    case 'dispatched':
    case 'claimed':
    case 'spawning':
      return `asked for by ${actor(attempt.requestedBy)} ${clock(attempt.dispatchedAt)}, starting`
    case 'running':
      return `running${where} since ${clock(attempt.runningAt ?? attempt.dispatchedAt)}`
    case 'unobserved':
      return `*its host is silent*${where}`
    case 'unknown':
      return `*UNKNOWN*: ${value(attempt.why ?? 'nobody knows how it ended')}`
    case 'revoked':
      return `taken back before it started: ${value(attempt.why ?? '')}`
    case 'refused':
      return `*not started*: ${value(attempt.why ?? '')}`
    case 'ended':
      return endedText(attempt, where)
  }
}

function endedText(
  { outcome, durationMs, exit, endedAt, dispatchedAt }: AttemptState,
  where: string,
): string {
  const word = outcome === 'failed' ? '*FAILED*' : (outcome ?? 'ended')
  return dotted([
    `${word}${where} ${clock(endedAt ?? dispatchedAt)}`,
    durationMs !== undefined && durationText(durationMs),
    exit !== undefined && exit !== null && exit !== 0 && `exit ${exit}`,
  ])
}

function detailLines({
  summary,
  error,
  facts = {},
  digest,
  cancelRequested,
}: AttemptState): readonly string[] {
  const told = Object.entries(facts)
    .filter(([, fact]) => fact !== null && !Array.isArray(fact))
    .slice(0, FACTS_MAX)
    .map(
      ([name, fact]) =>
        `${value(name, 40)} ${typeof fact === 'number' ? numberText(fact) : value(String(fact), 100)}`,
    )
  return [
    cancelRequested === undefined
      ? ''
      : `stopped for ${actor(cancelRequested.by)}: ${value(cancelRequested.reason)}`,
    summary === undefined ? '' : value(summary, 500),
    error === undefined ? '' : `*Changed:* ${value(error.changed)} ${value(error.hint)}`,
    told.join(' · '),
    digest === undefined || digest === '' ? '' : `sha256 of the masked output ${digest.slice(0, 12)}…`,
  ]
}
