import { duration, oneLine } from '../wording.ts'

const QUERY_SHOWN = 80

/** A session as `pg_stat_activity` shows it; what its user may not see is null. */
export interface SessionRow {
  readonly pid: number | null
  readonly app: string | null
  readonly role: string | null
  readonly state: string | null
  /** How long it has been so, or has waited, by the caller's choice. */
  readonly seconds: number | null
  readonly query: string | null
}

/** `pid 4121 (reporting, alice, idle in transaction, 6 min)`. */
export function sessionText({ pid, app, role, state, seconds }: SessionRow): string {
  const parts = [
    app === null || app === '' ? 'no application name' : oneLine(app, 60),
    ...(role === null ? [] : [role]),
    state ?? 'state not visible',
    ...(seconds === null ? [] : [duration(seconds * 1000)]),
  ]
  return `${pid === null ? 'no session' : `pid ${pid}`} (${parts.join(', ')})`
}

const LITERAL =
  /\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\1\$|$)|[eE]?'(?:[^'\\]|''|\\.)*(?:'|$)|(?<![$\w])\d+(?:\.\d+)?\b/g

/** The beginning of a query without its values: they may be anybody's data. */
export function maskedQuery(query: string | null): string {
  if (query === null || query === HIDDEN) return ''
  return oneLine(query.replaceAll(LITERAL, '?'), QUERY_SHOWN)
}

/** What `pg_stat_activity` says instead of a query that this user may not see. */
export const HIDDEN = '<insufficient privilege>'
