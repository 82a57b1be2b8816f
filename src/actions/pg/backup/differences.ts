import type { Client } from 'pg'
import { ActionFailure } from '../../action.ts'
import { count, oneLine } from '../../wording.ts'
import type { ContentOptions } from './content.ts'
import { contentOf } from './content.ts'
import type { Content, Manifest } from './manifest.ts'

/** One sentence per thing that differs, the tables first; empty when the content is the one expected. Pure. */
export function differencesOf(expected: Content, found: Content): readonly string[] {
  return [
    ...tableDifferences(expected, found),
    ...tallyDifference('large objects', expected.largeObjects, found.largeObjects),
    ...sequenceDifferences(expected, found),
    ...objectDifferences(expected, found),
  ]
}

/**
 * Compares a restored database with what the manifest says was saved; opens a snapshot of its own on `client` and
 * closes it. Gives the differences as sentences. Throws {@link ActionFailure} where the two cannot be compared.
 */
export async function compareWithManifest(
  client: Client,
  { content, server, database }: Pick<Manifest, 'content' | 'server' | 'database'>,
  options: ContentOptions = {},
): Promise<readonly string[]> {
  await client.query('begin isolation level repeatable read read only')
  try {
    const found = await contentOf(client, options)
    if (found.method !== content.method) {
      throw new ActionFailure(
        `The backup of ${database.name} was hashed on a PostgreSQL ${major(server.version)}, in a way that the server it was restored on does not share.`,
        { hint: 'Restore it on a server of the same major version.', changed: 'nothing was changed' },
      )
    }
    return differencesOf(content, found)
  } finally {
    // A broken connection has no transaction left to end.
    await client.query('rollback').catch(() => undefined)
  }
}

/** `12 tables differ: public.orders has …`: of many, the first three. */
export function differencesText(differences: readonly string[]): string {
  const more = differences.length > 3 ? `, and ${count(differences.length - 3, 'more difference')}` : ''
  return oneLine(`${differences.slice(0, 3).join('; ')}${more}`, 600)
}

function tableDifferences(expected: Content, found: Content): string[] {
  const there = new Map(found.tables.map((table) => [`${table.schema}.${table.name}`, table]))
  const missing = expected.tables.flatMap((table) => {
    const name = `${table.schema}.${table.name}`
    const other = there.get(name)
    there.delete(name)
    return other === undefined ? [`table ${name} is missing`] : tallyDifference(name, table, other)
  })
  return [...missing, ...[...there.keys()].map((name) => `table ${name} was not saved`)]
}

interface Tally {
  readonly rows: number
  readonly hash: string
}

function tallyDifference(name: string, expected: Tally, found: Tally): string[] {
  if (expected.rows !== found.rows) {
    return [`${name} has ${count(found.rows, 'row')} instead of ${expected.rows.toLocaleString('en-US')}`]
  }
  return expected.hash === found.hash
    ? []
    : [`${name} has ${count(found.rows, 'row')}, but not the same ones`]
}

function sequenceDifferences(expected: Content, found: Content): string[] {
  const there = new Map(found.sequences.map((sequence) => [`${sequence.schema}.${sequence.name}`, sequence]))
  return expected.sequences.flatMap(({ schema, name, lastValue, increment }) => {
    const other = there.get(`${schema}.${name}`)
    if (other === undefined) return [`sequence ${schema}.${name} is missing`]
    if (lastValue === null) return []
    const behind =
      other.lastValue === null ||
      (BigInt(increment) > 0n
        ? BigInt(other.lastValue) < BigInt(lastValue)
        : BigInt(other.lastValue) > BigInt(lastValue))
    return behind
      ? [`sequence ${schema}.${name} stands at ${other.lastValue ?? 'its start'} instead of ${lastValue}`]
      : []
  })
}

function objectDifferences(expected: Content, found: Content): string[] {
  return Object.entries(expected.objects).flatMap(([kind, wanted]) => {
    const seen = found.objects[kind] ?? 0
    return seen === wanted ? [] : [`${seen} ${kind} instead of ${wanted}`]
  })
}

function major(version: number): number {
  return Math.floor(version / 10_000)
}
