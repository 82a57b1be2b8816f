import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeDataSet, type DataSet } from '../../../src/cli/demo/data/data-set.ts'
import { readSqlite } from '../../support/sqlite.ts'

const schemaFolder = join(import.meta.dirname, '../../../runbooks/ward-ops/demo')
const UNTIL = Date.parse('2026-11-20T10:00:00Z')
let folder: string
let path: string
let made: DataSet

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-data-set-'))
  path = join(folder, 'one.db')
  made = makeDataSet({ path, schemaFolder, rows: 20_000, seed: 7, until: UNTIL })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

function count(query: string): number {
  const [row] = readSqlite(path, `select count(*) as n from ${query}`)
  return (row as { n: number }).n
}

describe('the data set of the demo', () => {
  it('has as many rows as wanted, in fourteen tables', () => {
    expect(made).toMatchObject({ rows: 20_000, tables: 14 })
  })

  it('is the same for the same seed, and another for another', () => {
    const again = join(folder, 'again.db')
    const other = join(folder, 'other.db')
    makeDataSet({ path: again, schemaFolder, rows: 20_000, seed: 7, until: UNTIL })
    makeDataSet({ path: other, schemaFolder, rows: 20_000, seed: 8, until: UNTIL })

    expect(digest(again)).toBe(digest(path))
    expect(digest(other)).not.toBe(digest(path))
  })

  it('has one orphaned credential and breaks no other reference', () => {
    expect(count('snmp_credentials where device_id not in (select id from standalone_devices)')).toBe(1)
    expect(readSqlite(path, 'select * from pragma_foreign_key_check')).toEqual([])
  })

  it('has what a careless move gets wrong', () => {
    expect(count("standalone_devices where notes = ''")).toBeGreaterThan(0)
    expect(count('standalone_devices where notes is null')).toBeGreaterThan(0)
    expect(count("standalone_devices where notes glob '*📞*' or notes glob '*🪜*'")).toBeGreaterThan(0)
    expect(count("standalone_devices where notes like '%\\N%'")).toBeGreaterThan(0)
    expect(count('device_interfaces where in_octets = 9223372036854775807')).toBe(1)
    expect(count('device_interfaces where in_octets > 9007199254740992')).toBeGreaterThan(1)
    expect(count("ping_results where checked_at glob '????-??-??T??:??:??Z'")).toBeGreaterThan(0)
    expect(count("ping_results where checked_at glob '????-??-?? ??:??:??.??????'")).toBeGreaterThan(0)
    expect(count('snmp_credentials where length(secret_sealed) = 48')).toBe(40)
    expect(count('app_settings where json_valid(value)')).toBe(6)
    expect(count('ping_results where is_up = 0 and rtt_ms is null')).toBeGreaterThan(0)
  })
})
