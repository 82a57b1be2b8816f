import { describe, expect, test } from 'vitest'
import { catalogue } from '../../src/actions/catalogue.ts'
import { runbookText, validate } from './support.ts'

/** Code, place and message of what is wrong with one run, by the catalogue that is shipped. */
function wrong(uses: string, given: string): readonly string[] {
  const text = runbookText(
    `- run: X\n  id: x\n  uses: ${uses}\n  with: ${given}\n  irreversible: it is a test`,
  )
  return validate(text, {}, { catalogue: catalogue() })
    .findings.filter(({ severity }) => severity === 'error')
    .map(({ code, message }) => `${code}: ${message}`)
}

describe('arguments that stand in the runbook as they are', () => {
  test('are taken or not as the action itself would', () => {
    expect(
      wrong(
        'pg.backup',
        '{ from: main, to: $folder, format: tarball, jobs: -3, expect: { size: "> lots" } }',
      ),
    ).toEqual([
      'bad-argument: pg.backup does not take this as "format": it must be custom or directory',
      'bad-argument: pg.backup does not take this as "jobs": it must be at least 1',
      expect.stringContaining('pg.backup does not take this as "expect": size:'),
    ])
    expect(wrong('pg.swap', '{ target: main, wait: -5m, replacement: "", stamp: "a b/c" }')).toEqual([
      'bad-argument: pg.swap does not take this as "wait": a duration is written like 500ms, 10s, 2m or 1h',
      'bad-argument: pg.swap does not take this as "replacement": it must not be empty',
      'bad-argument: pg.swap does not take this as "stamp": a stamp has letters, digits and _ . - only',
    ])
  })

  test('are told all at once, beside what is wrong with others', () => {
    const expected =
      '[{ table: a, kind: lost, rows: 1, reason: x }, { table: b, kind: extra, rows: many, reason: x }]'

    expect(wrong('compare', `{ source: nowhere, target: main, expected: ${expected} }`)).toEqual([
      'unknown-target: no target is called "nowhere"',
      'bad-argument: compare does not take this as "expected": 0.kind: this is none of changed, missing, extra and absent',
      'bad-argument: compare does not take this as "expected": 1.rows: “many” is neither 12, <= 40, 1-40 nor 12 ± 5 %',
    ])
  })

  test('are not judged together while one of them is wrong', () => {
    expect(wrong('pg.backup', '{ from: main, to: $folder, format: 7, jobs: 4 }')).toEqual([
      expect.stringMatching(/^(?:ill-typed|bad-argument): /),
    ])
  })

  test('are judged together, whatever the references among them will be', () => {
    const both = '{ backup: $folder, sha256: $environment, copy: $folder, copy_url: "s3://b/k" }'
    expect(wrong('backup.cleanup', both)).toContain(
      'bad-arguments: backup.cleanup would not begin: either `copy` or `copy_url` says where the copy is that is kept',
    )
    expect(wrong('backup.cleanup', both.replace('copy: $folder, ', ''))).toEqual([
      'bad-arguments: backup.cleanup would not begin: a copy in storage needs `access_key` and `secret_key`',
    ])
    expect(wrong('backup.cleanup', '{ backup: $folder, sha256: $environment, copy: $folder }')).toEqual([])
  })

  test('may be references and half of references', () => {
    expect(wrong('pg.swap', '{ target: main, replacement: $environment, stamp: $cutover.stamp }')).toEqual([])
    expect(
      wrong(
        'pg.backup',
        '{ from: main, to: $folder, format: directory, jobs: $workers, expect: { size: $workers } }',
      ),
    ).toEqual([])
  })
})
