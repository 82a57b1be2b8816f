import { expect, it } from 'vitest'
import { makeBreaches } from '../../src/cli/worker/breaches.ts'

it('tells a check that leaves its bounds, once until it is back in them', async () => {
  const told: string[] = []
  const breaches = makeBreaches(async (attempt, { id, answer }) => told.push(`${attempt} ${id} ${answer}`))
  const see = (attempt: string, id: string, green: boolean, answer: string) =>
    breaches.see(attempt, { id, green, answer })
  await see('a.1', 'errors', true, '1 %')
  await see('a.1', 'errors', false, '9 %')
  await see('a.1', 'errors', false, '12 %')
  await see('a.1', 'up', false, 'down')
  await see('b.1', 'errors', false, '7 %')
  await see('a.1', 'errors', true, '1 %')
  await see('a.1', 'errors', false, '8 %')
  expect(told).toEqual(['a.1 errors 9 %', 'a.1 up down', 'b.1 errors 7 %', 'a.1 errors 8 %'])
})

it('tells again what the log did not take', async () => {
  let calls = 0
  const breaches = makeBreaches(async () => {
    calls += 1
    if (calls === 1) throw new Error('the log is away')
  })
  const red = { id: 'errors', green: false, answer: '9 %' }
  await expect(breaches.see('a.1', red)).rejects.toThrow('away')
  await breaches.see('a.1', red)
  expect(calls).toBe(2)
})
