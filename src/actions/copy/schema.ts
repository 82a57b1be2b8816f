import { ActionFailure } from '../action.ts'
import { readPgTables } from '../pg/schema.ts'
import type { PgTable } from '../pg/schema.ts'
import { readTables } from '../sqlite/schema.ts'
import type { SqliteTable } from '../sqlite/schema.ts'
import { chooseTables } from '../table-choice.ts'
import { deriveSchema } from './derive.ts'
import type { DerivedSchema } from './derive.ts'
import type { CopiedTable } from './plan.ts'
import { planCopy } from './plan.ts'
import { refuseRows } from './target-tables.ts'
import type { Work } from './work.ts'
import { listed, refusal } from './work.ts'

export interface PreparedSchema {
  readonly schema: 'given' | 'derived'
  readonly tables: readonly CopiedTable[]
  readonly derived: DerivedSchema | undefined
}

/** Finds the tables of the target, or makes them; refuses what does not fit and tables that are not empty. */
export async function prepareSchema(work: Work): Promise<PreparedSchema> {
  const { database, client, request } = work
  const { tables: named, exclude } = request
  const sources = chooseTables(readTables(database), { place: request.from.name, tables: named, exclude })
  if (sources.length === 0)
    throw refusal(`${request.from.name} has no tables to copy.`, 'Check the path and exclude.')
  const existing = await readPgTables(client)
  const schema = request.schema ?? (planCopy(sources, existing).tables.length > 0 ? 'given' : 'derived')
  const derived = schema === 'derived' ? await createTables(work, sources, existing) : undefined
  const { tables, findings } = planCopy(sources, derived ? await readPgTables(client) : existing)
  if (findings.length > 0) throw schemaRefusal(findings)
  await refuseRows(
    client,
    tables.map(({ target }) => target),
    request.to.name,
  )
  return { schema, tables, derived }
}

async function createTables(
  { database, client }: Work,
  sources: readonly SqliteTable[],
  existing: readonly PgTable[],
): Promise<DerivedSchema> {
  const there = existing.filter(({ name }) => sources.some((source) => source.name === name))
  if (there.length > 0) {
    throw refusal(
      `The schema is to be derived, but the target already has ${there.map(({ name }) => name).join(', ')}.`,
      'Use schema: given to fill these tables, or set the database aside first.',
    )
  }
  const derived = deriveSchema(database, sources)
  for (const sql of derived.create) await client.query(sql)
  return derived
}

function schemaRefusal(findings: readonly string[]): ActionFailure {
  return new ActionFailure(`The schemas do not fit: ${listed(findings)}`, {
    hint: 'Change the schema of the target, or leave tables out with exclude.',
    changed: 'nothing was changed',
    facts: { misfits: findings },
  })
}
