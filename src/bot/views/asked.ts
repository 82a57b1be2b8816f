import { openQuestion } from '../../domain/lookup.ts'
import type { AttemptState } from '../../domain/state.ts'
import { clock, value } from './words.ts'

const QUESTIONS_MAX = 5
const PROMPT_MAX = 200

/** What its program asked, the latest last, and what became of it. */
export function questionLines({ questions = [] }: AttemptState): readonly string[] {
  return questions.slice(-QUESTIONS_MAX).map(({ prompt, then, answer, at }) => {
    const asked = `${clock(at)} “${value(prompt, PROMPT_MAX)}”`
    if (then === 'answered') return `${asked} answered by the runbook: “${value(answer ?? '', 100)}”`
    return then === 'gone on' ? `${asked} went on without an answer` : `${asked} *waits for input*`
  })
}

/** The question that nobody answers; undefined when there is none, or it is over. */
export function waitingText(attempt: AttemptState | undefined): string | undefined {
  const question = attempt && openQuestion(attempt)
  return question && `“${value(question.prompt, PROMPT_MAX)}”`
}
