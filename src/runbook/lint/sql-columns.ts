import { warningAt } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { LintContext } from './context.ts'
import { sqlOf, withoutSqlComments } from './texts.ts'

interface Mistake {
  /** All must occur in one statement; the place of the last is shown. */
  readonly patterns: readonly RegExp[]
  readonly message: string
  readonly hint: string
}

/** Names that PostgreSQL's catalogue does not have, or no longer has. */
const MISTAKES: readonly Mistake[] = [
  {
    patterns: [/\bpg_indexes\b/i, /\b(?:indexrelid|indrelid|indisvalid|indisready)\b/i],
    message: 'pg_indexes has no such column: it is a view of names and definitions',
    hint: 'Ask pg_index, with `indexrelid::regclass` for the name.',
  },
  {
    patterns: [/\bpg_stat_activity\b/i, /\b(?:waiting|procpid|current_query)\b/i],
    message: 'pg_stat_activity has had no such column since PostgreSQL 9.6',
    hint: 'Use wait_event_type and wait_event, pid, query; who blocks whom tells pg_blocking_pids(pid).',
  },
  {
    patterns: [/\bpg_(?:current|last|switch)_xlog\w*|\bpg_xlog\w*/i],
    message: 'the xlog functions have been called wal since PostgreSQL 10',
    hint: 'Use pg_current_wal_lsn(), pg_wal_lsn_diff(…) and their like.',
  },
  {
    patterns: [/\bpg_stat_statements\b/i, /\b(?:total|mean|min|max|stddev)_time\b/i],
    message: 'since PostgreSQL 13 the times of pg_stat_statements are called …_exec_time',
    hint: 'Use total_exec_time, mean_exec_time and their like.',
  },
  {
    patterns: [/\bpg_stat_user_tables\b/i, /\b(?:tablename|table_name)\b/i],
    message: 'pg_stat_user_tables calls the table relname',
    hint: 'Use relname, or relid::regclass for a name that can be used in a query.',
  },
  {
    patterns: [/\bpg_tables\b/i, /\b(?:relname|table_name|table_schema)\b/i],
    message: 'pg_tables calls its columns schemaname and tablename',
    hint: 'Use schemaname and tablename.',
  },
  {
    patterns: [/\bpg_last_xact_replay_timestamp\s*\(/i],
    message: 'on a primary this gives NULL, and on an idle replica it grows though nothing is missing',
    hint: 'On the primary ask pg_stat_replication; take NULL for unknown.',
  },
]

export function missingColumns(context: LintContext): Finding[] {
  return sqlOf(context).flatMap(({ text, spotAt }) =>
    statementsOf(withoutSqlComments(text)).flatMap((statement) =>
      MISTAKES.flatMap(({ patterns, message, hint }) => {
        const found = patterns.map((pattern) => pattern.exec(statement.text))
        const last = found.at(-1)
        if (last === undefined || last === null || found.includes(null)) return []
        return [warningAt(spotAt(statement.offset + last.index), { code: 'missing-column', message, hint })]
      }),
    ),
  )
}

function statementsOf(text: string): { readonly text: string; readonly offset: number }[] {
  let offset = 0
  return text.split(';').map((statement) => {
    const own = { text: statement, offset }
    offset += statement.length + 1
    return own
  })
}
