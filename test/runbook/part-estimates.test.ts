import { describe, expect, test } from 'vitest'
import { codesOf, findingOf, findingsOf, planOf, runbookText } from './support.ts'

const APPLY = `- run: Migrate
  id: migrate
  uses: pg.apply
  with: { target: main, files: [one.sql] }
  irreversible: it adds
`
const PARTS = '  estimates: { one.sql: 2m-3m, two.sql: 10m-15m }\n'
const files = { 'one.sql': 'select 1;' }

describe('estimates of the parts of a step', () => {
  test('add up to the estimate of the step', () => {
    expect(codesOf(runbookText(APPLY + PARTS), files)).toEqual([])
    expect(planOf(runbookText(APPLY + PARTS), {}, files).steps['migrate']).toMatchObject({
      estimate: { lowMs: 720_000, highMs: 1_080_000 },
      partEstimates: {
        'one.sql': { lowMs: 120_000, highMs: 180_000 },
        'two.sql': { lowMs: 600_000, highMs: 900_000 },
      },
    })
    const own = planOf(runbookText(`${APPLY}${PARTS}  estimate: 20m\n`), {}, files).steps['migrate']
    expect(own?.estimate).toEqual({ lowMs: 1_200_000, highMs: 1_200_000 })
  })

  test('are reckoned with where the plan has to fit', () => {
    const text = runbookText(`${APPLY}${PARTS}- do: Later\n  at: T+15m\n`)
    expect(findingsOf(text, files).map(({ message }) => message)).toEqual([
      '"Later" is planned at T+15m, and by the estimates "Migrate" may last until T+18m',
    ])
  })

  test('that are more than the step says of itself are a doubt', () => {
    const finding = findingOf('plan-does-not-fit', runbookText(`${APPLY}${PARTS}  estimate: 10m\n`), files)
    expect(finding).toMatchObject({ severity: 'warning' })
    expect(finding.message).toBe('"Migrate" is to take up to 10m, and its parts together up to 18m')
  })

  test('of work that has no parts are an error, and so is what is no duration', () => {
    const whole = '- run: Clean\n  command: [clean]\n  irreversible: a cache\n'
    const finding = findingOf('estimates-without-parts', runbookText(whole + PARTS))
    expect(finding).toMatchObject({ severity: 'error' })
    expect(finding.hint).toContain('`pg.apply`')
    expect(codesOf(runbookText(`${APPLY}  estimates: { one.sql: soon }\n`), files)).toEqual(['bad-value'])
  })
})
