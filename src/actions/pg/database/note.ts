import { z } from 'zod'

/**
 * What Cutover writes about a database into its comment. It stands in the same transaction as what it tells of, it
 * follows a rename, everybody can read it (`\l+`), and the owner may write it: so a later attempt knows what an earlier
 * one had done, whatever became of that one's facts.
 */
export const DatabaseNote = z.object({
  /** How the database was before it was closed, and to whom; `drain` keeps it closed until somebody opens it. */
  fence: z
    .object({
      by: z.string(),
      why: z.enum(['drain', 'swap']),
      kind: z.enum(['everyone', 'users']),
      allowed: z.boolean(),
      limit: z.number(),
    })
    .optional(),
  /** This one took another's place. */
  swap: z
    .object({
      by: z.string(),
      at: z.string(),
      was: z.string(),
      keptAs: z.string(),
      keptOid: z.number(),
    })
    .optional(),
  /** This one was put aside, and once was called `of`. */
  kept: z.object({ by: z.string(), at: z.string(), of: z.string() }).optional(),
  /** This one was made from a backup; `rows` is there when its content was found to be the backup's. */
  restored: z
    .object({
      by: z.string(),
      of: z.string(),
      file: z.string(),
      sha256: z.string(),
      rows: z.number().optional(),
      tables: z.number().optional(),
    })
    .optional(),
})
export type DatabaseNote = z.infer<typeof DatabaseNote>

const LINE = /(?:^|\n)cutover: (\{.*\})$/

/** A comment as people wrote it, and the note at its end. */
export function readNote(comment: string | null): {
  readonly own: string | null
  readonly note: DatabaseNote
} {
  const match = LINE.exec(comment ?? '')
  const note = match?.[1] === undefined ? undefined : parse(match[1])
  if (!match || !note) return { own: comment, note: {} }
  const own = (comment ?? '').slice(0, match.index)
  return { own: own === '' ? null : own, note }
}

export function writeNote(own: string | null, note: DatabaseNote): string | null {
  const known = Object.values(note).some((part) => part !== undefined)
  if (!known) return own
  return [...(own === null ? [] : [own]), `cutover: ${JSON.stringify(note)}`].join('\n')
}

/** Somebody may have written such a line by hand: what does not read as ours is left alone. */
function parse(text: string): DatabaseNote | undefined {
  try {
    return DatabaseNote.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
