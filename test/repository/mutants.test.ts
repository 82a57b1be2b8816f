import { describe, expect, test } from 'vitest'
import { findings } from '../mutants/copy-tree.ts'
import { MUTANTS } from '../mutants/mutants.ts'
import { isThere, read } from './files.ts'

describe('each guard that the mutation gate takes away', () => {
  test.each(MUTANTS.map((mutant) => [mutant.id, mutant] as const))(
    '%s stands where it is looked for',
    (_, mutant) => {
      expect(findings(read(mutant.file), mutant), mutant.file).toBe(1)
      expect(mutant.replacement).not.toBe(mutant.search)
      expect(mutant.tests.filter((path) => !isThere(path))).toEqual([])
    },
  )

  test('has a name of its own, and a sentence', () => {
    expect(new Set(MUTANTS.map(({ id }) => id)).size).toBe(MUTANTS.length)
    expect(MUTANTS.filter(({ guard }) => !/^[A-Z].*\.$/.test(guard))).toEqual([])
  })
})
