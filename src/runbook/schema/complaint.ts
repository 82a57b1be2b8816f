import { z } from 'zod'
import { suggestion } from '../nearest.ts'

/**
 * zod carries one text per issue; the language's findings have a message and a hint. They travel on two lines,
 * and the complaints of several unknown keys are paragraphs in the order of the keys.
 */
export const complaint = (message: string, hint: string): string => `${message}\n${hint}`

/** An object that refuses unknown keys by name and offers the nearest known one. */
export function keyed<Shape extends z.core.$ZodLooseShape>(what: string, shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys
            .map((key) => complaint(`unknown key "${key}" in ${what}`, suggestion(key, Object.keys(shape))))
            .join('\n\n')
        : undefined,
  })
}

/** A text of one form, with the same complaint whether it has another form or is no text at all. */
export function form(pattern: RegExp, message: string, hint: string) {
  const error = complaint(message, hint)
  return z.string({ error }).regex(pattern, { error })
}

/** A text that says something. */
export const text = () =>
  z.string().regex(/\S/, { error: complaint('this text is empty', 'Write the text, or leave the key out.') })
