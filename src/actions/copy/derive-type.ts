import type { Affinity, SqliteColumn } from '../sqlite/schema.ts'

const BY_NAME: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/^BOOL/, () => 'boolean'],
  [/^(?:DATETIME|TIMESTAMP)/, () => 'timestamptz'],
  [/^DATE$/, () => 'date'],
  [/^TIME(?:\s*\(\d+\))?$/, () => 'time'],
  [/^JSONB?$/, () => 'jsonb'],
  [/^(?:UUID|GUID|UNIQUEIDENTIFIER)$/, () => 'uuid'],
  [
    /^(?:DECIMAL|NUMERIC|DEC|NUMBER|MONEY)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)/,
    (match) => `numeric(${match[1]},${match[2] ?? 0})`,
  ],
  [
    /^(?:N?VARCHAR|CHARACTER VARYING|VARCHAR2|N?CHAR|CHARACTER)\s*\(\s*(\d+)\s*\)/,
    (match) => `varchar(${match[1]})`,
  ],
]

const BY_AFFINITY: Readonly<Record<Affinity, string>> = {
  integer: 'bigint',
  text: 'text',
  blob: 'bytea',
  real: 'double precision',
  numeric: 'numeric',
}

/**
 * The PostgreSQL type for a declared SQLite type. Integers are always bigint, as SQLite's are; a CHAR(n) becomes
 * varchar(n), for SQLite pads nothing; a column without a type becomes text.
 */
export function deriveType({ declared, affinity }: Pick<SqliteColumn, 'declared' | 'affinity'>): string {
  const type = declared.trim().toUpperCase()
  if (type === '') return 'text'
  for (const [pattern, make] of BY_NAME) {
    const match = pattern.exec(type)
    if (match) return make(match)
  }
  return BY_AFFINITY[affinity]
}
