import { describe, expect, it } from 'vitest'
import { splitStatements } from '../../src/actions/sql/statements.ts'
import { unsuitable, withoutOwnTransaction } from '../../src/actions/sql/suitable.ts'

const textsOf = (sql: string) => splitStatements(sql).map(({ text }) => text)

describe('cutting SQL into statements', () => {
  it.each([
    ['semicolons in strings', `insert into t values ('a;b', 'it''s; c'); select 1`, 2],
    ['a backslash in an E string', String.raw`select E'\'; still'; select 2`, 2],
    ['a backslash in a plain string, which ends it', String.raw`select '\'; select 2`, 2],
    ['quoted names', `select ";" from "a;""b"; select 2`, 2],
    ['dollar quotes', `do $$ begin perform 1; end $$; do $x$ select ';$$' ; $x$; select 3`, 3],
    ['a dollar inside a name', `select a$b$c from t; select 2`, 2],
    ['nested comments', `select 1 /* ; /* ; */ ; */; -- ; a; b\nselect 2`, 2],
    ['rules', `create rule r as on insert to t do (delete from a; delete from b); select 2`, 2],
    [
      'function bodies of standard SQL',
      `create or replace function f(i int) returns int begin atomic select case when i > 0 then 1 else 2 end; select 3; end; select 2`,
      2,
    ],
    ['empty statements and trailing comments', `;;select 1;;-- the end\n/* really */`, 1],
    ['a string that never ends', `select 1; select 'abc; select 3`, 3],
  ])('keeps %s together', (_, sql, statements) => {
    expect(textsOf(sql)).toHaveLength(statements)
  })

  it('gives the line of the first word, comments before it left out', () => {
    const sql = `-- first\n\ncreate table a (\n  id int\n);\n/* two\nlines */ insert into a\nvalues (1);`

    expect(splitStatements(sql).map(({ line, words }) => [line, words.slice(0, 2).join(' ')])).toEqual([
      [3, 'create table'],
      [7, 'insert into'],
    ])
  })

  it('takes a megabyte of one string in no time', () => {
    const sql = `insert into t values ('${`it''s; `.repeat(200_000)}'); select 1`
    const began = performance.now()

    expect(splitStatements(sql)).toHaveLength(2)
    expect(performance.now() - began).toBeLessThan(1000)
  })
})

describe('what can be applied in one transaction', () => {
  const reasonFor = (sql: string) => splitStatements(sql).map(unsuitable)[0]

  it.each([
    ['create index concurrently i on t (a)', 'cannot run in a transaction (CONCURRENTLY)'],
    [
      'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)',
      'cannot run in a transaction (CONCURRENTLY)',
    ],
    ['alter table p detach partition q concurrently', 'cannot run in a transaction (CONCURRENTLY)'],
    ['vacuum analyze t', 'cannot run in a transaction (VACUUM)'],
    ['reindex database ward', 'cannot run in a transaction (REINDEX of more than a table)'],
    ['create database x', 'cannot run in a transaction (DATABASE)'],
    ['alter system set work_mem = 1', 'cannot run in a transaction (ALTER SYSTEM)'],
    ['commit', 'would end the transaction in which the file is applied'],
    ['rollback', 'would end the transaction in which the file is applied'],
    ['begin', 'would begin a transaction inside the one in which the file is applied'],
    [String.raw`\i other.sql`, 'is a command of psql, not SQL'],
    ['copy t (a, b) from stdin', 'reads data from psql; write it as INSERT, or use a copy step'],
  ])('%s is refused', (sql, reason) => {
    expect(reasonFor(sql)).toBe(reason)
  })

  it.each([
    'refresh materialized view concurrently m',
    'create table begin_of_day (commit_id int)',
    'savepoint a',
    'rollback to a',
    'cluster t using i',
    `insert into t values ('vacuum')`,
    'alter type mood add value $$x$$',
  ])('%s is fine', (sql) => {
    expect(reasonFor(sql)).toBeUndefined()
  })

  it('takes off a BEGIN and COMMIT around the whole file, and no other', () => {
    const inner = withoutOwnTransaction(
      splitStatements('begin; create table a (); create table b (); commit;'),
    )
    expect(inner.map(({ text }) => text)).toEqual(['create table a ()', 'create table b ()'])

    const two = withoutOwnTransaction(splitStatements('begin; select 1; commit; begin; select 2; commit'))
    expect(two.map(unsuitable)).toContain('would end the transaction in which the file is applied')
  })
})
