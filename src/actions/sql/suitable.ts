import type { Statement } from './statements.ts'

/** By the first words of a statement: the end of a sentence that begins with its place. */
const UNSUITABLE: readonly (readonly [RegExp, string])[] = [
  [/^\\/, 'is a command of psql, not SQL'],
  [/^copy\b.* stdin\b/, 'reads data from psql; write it as INSERT, or use a copy step'],
  [/^(begin|start transaction)\b/, 'would begin a transaction inside the one in which the file is applied'],
  [
    /^(commit|end|abort|prepare transaction|rollback(?! to))\b/,
    'would end the transaction in which the file is applied',
  ],
  [/^(?!refresh\b).* concurrently\b/, 'cannot run in a transaction (CONCURRENTLY)'],
  [/^vacuum\b/, 'cannot run in a transaction (VACUUM)'],
  [/^cluster$/, 'cannot run in a transaction (CLUSTER of everything)'],
  [/^reindex (database|system|schema)\b/, 'cannot run in a transaction (REINDEX of more than a table)'],
  [/^(create|drop) database\b/, 'cannot run in a transaction (DATABASE)'],
  [/^(create|drop) tablespace\b/, 'cannot run in a transaction (TABLESPACE)'],
  [/^(create|drop) subscription\b/, 'cannot run in a transaction (SUBSCRIPTION)'],
  [/^alter system\b/, 'cannot run in a transaction (ALTER SYSTEM)'],
]

/** Why a statement cannot be part of the one transaction in which a file is applied; undefined when it can. */
export function unsuitable({ words }: Statement): string | undefined {
  const beginning = words.join(' ')
  return UNSUITABLE.find(([pattern]) => pattern.test(beginning))?.[1]
}

/** A file that wraps all of itself in BEGIN … COMMIT means the same as one without: both are taken off. */
export function withoutOwnTransaction(statements: readonly Statement[]): readonly Statement[] {
  const first = statements.at(0)?.words.join(' ') ?? ''
  const last = statements.at(-1)?.words.join(' ') ?? ''
  const wrapped = /^(begin|start transaction)\b/.test(first) && /^(commit|end)\b/.test(last)
  return wrapped && statements.length > 1 ? statements.slice(1, -1) : statements
}
