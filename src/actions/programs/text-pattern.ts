import { z } from 'zod'

/** Looks for a text, or for what `/a pattern/i` describes. */
export type TextPattern = (text: string) => boolean

const WRITTEN = /^\/(.+)\/([imsu]*)$/s

/** `Proceed` is looked for as it is; `/proceed\?/i` as a regular expression. */
export const textPattern = () =>
  z
    .string()
    .min(1)
    .superRefine((written, context) => {
      const problem = patternProblem(written)
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
    })

export function patternOf(written: string): TextPattern {
  const [, source, flags] = WRITTEN.exec(written) ?? []
  if (source === undefined) return (text) => text.includes(written)
  const expression = new RegExp(source, flags)
  return (text) => expression.test(text)
}

function patternProblem(written: string): string | undefined {
  try {
    patternOf(written)
    return undefined
  } catch (error) {
    return `${written} is no regular expression (${error instanceof Error ? error.message : String(error)})`
  }
}
