import { AttemptRefused, type AttemptWork } from '../../app/attempt-work.ts'
import { judge, readAttempt, type Verdict } from '../../process/evidence.ts'
import { attemptFolder, listAttempts, type Spool } from '../../process/spool.ts'

/**
 * Refuses a step of which something was started on this host that the log knows nothing of: the log was restored from a
 * backup, and what ran since then is not in it. Nobody but a person can say what to make of that.
 */
export async function refuseStartedBefore(spool: Spool, work: AttemptWork, now: number): Promise<void> {
  const ofStep = `${work.cutover}.${work.step.id}.`
  for (const attempt of await listAttempts(spool)) {
    if (!attempt.startsWith(ofStep) || work.begun.includes(attempt)) continue
    const folder = attemptFolder(spool, attempt)
    const { lock } = await readAttempt(folder)
    if (lock === 'free' || lock === 'fenced') continue
    const story = storyOf(await judge(folder, now))
    throw new AttemptRefused(
      `${attempt} was started on this host before, ${story}, and the log knows nothing of that: was it restored from a backup?`,
      `Nothing was started now. Look at the target, then mark the step or skip it. Only to run it again all the same, move ${folder} aside first.`,
    )
  }
}

/** What became of an attempt, by its folder, as part of a sentence. */
export function storyOf(verdict: Verdict): string {
  switch (verdict.is) {
    case 'running':
      return 'still runs'
    case 'ended': {
      const { code, signal, endedAt } = verdict.result
      const how = signal === null ? `with exit ${code ?? 'unknown'}` : `by ${signal}`
      return `ended ${how} at ${new Date(endedAt).toISOString()}`
    }
    case 'dead without result':
      return 'ended without a result'
    case 'elsewhere':
      return 'cannot be looked at from here'
    case 'not started':
    case 'never started':
      return 'did not begin'
  }
}
