import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findAction } from '../../src/actions/catalogue.ts'
import { ActionFailure } from '../../src/actions/action.ts'
import type { SqliteTarget } from '../../src/actions/targets.ts'
import type { TestContext } from '../support/attempt.ts'
import { aContext, failureOf, run } from '../support/attempt.ts'
import { change, makeSqliteFiles } from '../support/databases.ts'

const SHOP = `
  create table orders (id integer primary key, status text not null, note text);
  create table sessions (id integer primary key, device text);
  create table legacy_flags (id integer primary key);
  with recursive n (i) as (select 1 union all select i + 1 from n where i < 100)
  insert into orders select i, 'paid', 'n' || i from n;
  insert into sessions select id, 'd' || id from orders where id <= 30`

const LEFT_BEHIND = {
  table: 'sessions',
  kind: 'missing',
  rows: '<= 10',
  reason: 'expired ones are left behind',
}
const RENAMED = { table: 'orders', kind: 'changed', rows: 5, reason: 'the status was renamed' }
const DROPPED = { table: 'legacy_flags', kind: 'absent', reason: 'nobody reads it any more' }

let files: ReturnType<typeof makeSqliteFiles>
let source: SqliteTarget
let target: SqliteTarget
let context: TestContext
beforeEach(() => {
  files = makeSqliteFiles()
  source = files.file(SHOP)
  target = files.file(SHOP)
  context = aContext(files.folder)
})
afterEach(() => files.remove())

const compare = (expected: readonly object[], over: object = {}) =>
  run('compare', { source, target, expected, ...over }, context)

describe('a comparison with differences that are expected', () => {
  it('is green with those, and says each with its reason', async () => {
    change(
      target,
      `delete from sessions where id <= 3; update orders set status = 'settled' where id <= 5; drop table legacy_flags`,
    )

    const { summary, facts } = await compare([LEFT_BEHIND, RENAMED, DROPPED])

    const expected = [
      'orders: 5 rows changed (the status was renamed)',
      'sessions: 3 rows missing (expired ones are left behind)',
      'legacy_flags: absent (nobody reads it any more)',
    ]
    expect(summary).toBe(`130 rows in 2 tables: 9 differences, all expected: ${expected.join('; ')}`)
    expect(facts).toMatchObject({ differences: 9, same: false, expected, deviations: [] })
    expect(context.lines).toContain('Expected: sessions: 3 rows missing (expired ones are left behind)')
  })

  it('is red with any other, and names its rows', async () => {
    change(target, `delete from sessions where id = 1; update orders set note = '?' where id in (7, 8)`)

    const failure = await failureOf(compare([LEFT_BEHIND]))

    expect(failure.message).toMatch(
      /differ otherwise than expected: orders: 2 rows changed\. Rows that nobody expected: orders:7, orders:8\.$/,
    )
    expect(context.lines).toContain('Not expected: orders: 2 rows changed')
  })

  it('is red with more of them than expected, and with fewer', async () => {
    change(target, `delete from sessions where id <= 11; update orders set status = 'settled' where id <= 4`)

    const failure = await compare([LEFT_BEHIND, RENAMED]).catch((error: unknown) => error)

    expect(failure).toBeInstanceOf(ActionFailure)
    expect(failure).toMatchObject({
      facts: {
        expected: [],
        deviations: [
          'orders: 4 rows changed, expected 5 rows',
          'sessions: 11 rows missing, expected at most 10 rows',
        ],
      },
    })
  })

  it('is red where another kind of difference was expected of the table', async () => {
    change(target, `insert into sessions values (31, 'new')`)

    expect((await failureOf(compare([LEFT_BEHIND]))).message).toContain('sessions: 1 row extra.')
  })

  it('is green without a difference that may be there, and red without one that must', async () => {
    expect((await compare([LEFT_BEHIND])).summary).toBe('130 rows in 3 tables: same')
    expect((await failureOf(compare([RENAMED]))).message).toContain(
      'orders: nothing is changed, expected 5 rows.',
    )
    expect((await failureOf(compare([DROPPED]))).message).toContain(
      'legacy_flags: not absent, as was expected.',
    )
  })

  it('expects a column to be absent as it does a table', async () => {
    change(target, 'alter table orders drop column note')

    const { summary } = await compare([
      { table: 'Orders', column: 'note', kind: 'absent', reason: 'it is in its own table' },
    ])

    expect(summary).toContain('1 difference, all expected: orders.note: absent (it is in its own table)')
  })

  it('names a table of an entry that neither side has', async () => {
    expect((await failureOf(compare([{ ...LEFT_BEHIND, table: 'sesions' }]))).message).toContain(
      'sesions: no such table was compared.',
    )
  })
})

describe('an entry that never applies', () => {
  const problemsOf = (input: object) => {
    const prepared = findAction('compare')?.prepare({ source, target, ...input })
    return prepared?.ok === false ? prepared.problems : []
  }

  it.each([
    ['is of an excluded table', { expected: [LEFT_BEHIND], exclude: ['Sessions'] }, /excluded: the entry/],
    ['is of none of the tables', { expected: [LEFT_BEHIND], tables: ['orders'] }, /not among `tables`/],
    ['is there twice', { expected: [LEFT_BEHIND, { ...LEFT_BEHIND, rows: 2 }] }, /expected twice/],
    ['expects no row', { expected: [{ ...LEFT_BEHIND, rows: 0 }] }, /“0” expects no row/],
    ['expects from more to fewer', { expected: [{ ...LEFT_BEHIND, rows: '9-3' }] }, /“9-3” expects no row/],
    ['is not held against anything', { expected: [LEFT_BEHIND], expect_same: false }, /no use with/],
  ])('%s is refused before anything runs', (_, input, said) => {
    expect(problemsOf(input)).toEqual([expect.stringMatching(said)])
  })

  it('needs a reason, and a number of rows that can be read', () => {
    expect(problemsOf({ expected: [{ ...LEFT_BEHIND, reason: ' ' }] })).toHaveLength(1)
    expect(problemsOf({ expected: [{ ...LEFT_BEHIND, rows: 'some' }] })).toEqual([
      expect.stringContaining('“some” is neither 12, <= 40, 1-40 nor 12 ± 5 %'),
    ])
  })
})
