import { ActionFailure } from '../action.ts'
import { splitStatements } from './statements.ts'

/**
 * How a statement that asks begins. A read-only transaction stops writes to tables; what begins otherwise can do more
 * than that: COPY runs programs, VACUUM INTO and ATTACH make files, SET changes the session, COMMIT ends the guard.
 */
const ASKING: ReadonlySet<string> = new Set([
  'select',
  'with',
  'values',
  'table',
  'show',
  'explain',
  'pragma',
])

/** The one statement that a text asks by, without the semicolon that ends it; or why it is none. */
export function asking(text: string): { readonly statement: string } | { readonly why: string } {
  const [first, ...others] = splitStatements(text)
  if (first === undefined || others.length > 0) return { why: 'it asks by exactly one statement' }
  const [word = ''] = first.words
  return ASKING.has(word)
    ? { statement: first.text }
    : {
        why: `it only reads, so that it begins with SELECT, WITH, VALUES, TABLE, SHOW, EXPLAIN or PRAGMA, not ${word.toUpperCase()}`,
      }
}

/** The statement. Throws {@link ActionFailure} before anything is asked. */
export function askingStatement(text: string): string {
  const found = asking(text)
  if ('statement' in found) return found.statement
  throw new ActionFailure(`The query cannot be asked: ${found.why}.`, {
    hint: 'Correct the query; what changes something is a `run`.',
    changed: 'nothing was changed',
  })
}
