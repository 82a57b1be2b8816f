import type { AnyTarget, PostgresTarget } from '../targets.ts'
import { connectPostgres } from './connect.ts'

/** What a database says it is. `host` is the one of its address, for a server does not know its own name. */
export interface SeenIdentity {
  readonly host?: string
  readonly database?: string
  readonly systemIdentifier?: string
  readonly path?: string
}

/** Asks a target who it is. Throws an ActionFailure when it cannot be reached. */
export async function readIdentity(target: AnyTarget, attempt: string): Promise<SeenIdentity> {
  return target.kind === 'sqlite' ? { path: target.path } : postgresIdentity(target, attempt)
}

async function postgresIdentity(target: PostgresTarget, attempt: string): Promise<SeenIdentity> {
  const client = await connectPostgres(target, { attempt, statementTimeoutMs: 5000 })
  try {
    const { rows } = await client.query<{ database: string; system: string }>(
      'select current_database() as database, (select system_identifier::text from pg_control_system()) as system',
    )
    return {
      host: new URL(target.url).hostname,
      ...(rows[0] ? { database: rows[0].database, systemIdentifier: rows[0].system } : {}),
    }
  } finally {
    await client.end()
  }
}

/** Declared parts that the database contradicts, as sentences; empty when it is the one that was declared. */
export function identityDifferences(declared: SeenIdentity, seen: SeenIdentity): readonly string[] {
  return PARTS.flatMap(([part, word]) => {
    const wanted = declared[part]
    return wanted === undefined || wanted === seen[part]
      ? []
      : [`its ${word} is ${seen[part] ?? 'not known'} and should be ${wanted}`]
  })
}

/** True when every declared part is what was seen, and at least one part is declared. */
export function isIdentity(declared: SeenIdentity, seen: SeenIdentity): boolean {
  return (
    PARTS.some(([part]) => declared[part] !== undefined) && identityDifferences(declared, seen).length === 0
  )
}

const PARTS = [
  ['host', 'host'],
  ['database', 'database'],
  ['systemIdentifier', 'system identifier'],
  ['path', 'path'],
] as const
