import { ActionFailure } from '../../actions/action.ts'
import { askPostgres } from '../../actions/sql/ask-postgres.ts'
import { askSqlite } from '../../actions/sql/ask-sqlite.ts'
import type { Question } from '../../actions/sql/question.ts'
import type { AnyTarget } from '../../actions/targets.ts'
import type { Identity } from '../../domain/plan.ts'

type Marker = NonNullable<Identity['marker']>

const TIMEOUT_MS = 5_000

/** What a database holds where its marker row should be: the first value of the query as text, or why there is none. */
export async function readMarker(
  located: AnyTarget,
  { query }: Marker,
  attempt: string,
): Promise<{ readonly value: string } | { readonly why: string }> {
  const question: Question = { text: query, params: [], timeoutMs: TIMEOUT_MS, limit: 1 }
  try {
    const { first } =
      located.kind === 'postgres'
        ? await askPostgres(located, question, { attempt, signal: AbortSignal.timeout(2 * TIMEOUT_MS) })
        : askSqlite(located, question)
    const value = first?.[0]
    return value === undefined || value === null
      ? { why: 'its marker row is not there' }
      : { value: String(value) }
  } catch (error) {
    if (error instanceof ActionFailure) return { why: `its marker cannot be read: ${error.message}` }
    if (error instanceof DOMException) return { why: 'its marker was not read in time' }
    throw error
  }
}

/** Null when the database bears the marker, or none is declared; else what it bears instead. */
export async function markerDifference(
  located: AnyTarget,
  marker: Marker | undefined,
  attempt: string,
): Promise<string | null> {
  if (marker === undefined) return null
  const read = await readMarker(located, marker, attempt)
  if ('why' in read) return read.why
  return read.value === marker.value ? null : `its marker is ${read.value} and should be ${marker.value}`
}
