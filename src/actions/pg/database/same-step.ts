/** Attempts are called `<cutover>.<step>.<n>`. */
export function sameCutover(one: string, other: string): boolean {
  return one.split('.')[0] === other.split('.')[0]
}

/** Two tries of one step of one cutover. */
export function sameStep(one: string, other: string): boolean {
  return stepOf(one) === stepOf(other)
}

const INVERSE = 'undo-'

/** Of an attempt of an inverse: the step that it undoes, `cut`; undefined for any other step. */
export function undoneBy(attempt: string): string | undefined {
  const step = attempt.split('.')[1] ?? ''
  return step.startsWith(INVERSE) ? step.slice(INVERSE.length) : undefined
}

function stepOf(attempt: string): string {
  return attempt.split('.').slice(0, -1).join('.')
}
