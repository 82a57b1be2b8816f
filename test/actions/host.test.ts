import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runAction } from '../../src/actions/host.ts'
import { host, temporaryFolder } from '../support/attempt.ts'

let folder: ReturnType<typeof temporaryFolder>
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

const present = (name: string) => join(folder.path, name)

describe('the action process', () => {
  it('ends with 0 and the answer of a green check', async () => {
    writeFileSync(present('a.bak'), 'x'.repeat(2000))

    const { code, facts } = await host(folder.path, 'file', { input: { path: present('a.bak') } })

    expect(code).toBe(0)
    expect(facts).toMatchObject({ verdict: 'green', answer: expect.stringMatching(/^2\.0 kB, \d+ ms old$/) })
    expect(facts.facts).toMatchObject({ bytes: 2000 })
  })

  it('ends with 3 and says what was expected when a check is red', async () => {
    writeFileSync(present('a.bak'), 'x')

    const { code, facts } = await host(folder.path, 'file', {
      input: { path: present('a.bak') },
      expect: { size: { op: '>', value: 1e8, text: '> 100MB' } },
    })

    expect(code).toBe(3)
    expect(facts.answer).toContain('(size: 1 B, expected > 100MB)')
  })

  it('ends with 2 and names the parameter when the input cannot be used', async () => {
    const { code, facts } = await host(folder.path, 'file', { input: { path: 5, age: 1 } })

    expect(code).toBe(2)
    expect(facts.error.message).toBe(
      'file: path: Invalid input: expected string, received number; Unrecognized key: "age"',
    )
    expect(facts.error.changed).toBe('nothing was changed')
  })

  it('ends with 2 for an action nobody knows, a program, and a request that is no JSON', async () => {
    expect((await host(folder.path, 'sqlite.bakup', { input: {} })).facts.error.message).toBe(
      'there is no action called sqlite.bakup',
    )
    expect((await host(folder.path, 'script', { input: { file: 'a.sh' } })).facts.error.message).toBe(
      'script is a program: the runner starts it, not the action process',
    )
    const broken = join(folder.path, 'broken')
    mkdirSync(broken)
    writeFileSync(join(broken, 'request.json'), '{')
    expect(await runAction('file', broken)).toBe(2)
    expect(JSON.parse(readFileSync(join(broken, 'facts.json'), 'utf8')).error.message).toBe(
      'request.json cannot be read as JSON',
    )
  })

  it('ends with 1 and a sentence when an action fails', async () => {
    const { code, facts } = await host(folder.path, 'command', { input: { argv: ['true'] } })

    expect(code).toBe(1)
    expect(facts.error.message).toBe('A command is used as a check without saying that it changes nothing.')
  })

  it('waits until a check is green and shows every look', async () => {
    setTimeout(() => writeFileSync(present('late'), 'x'), 250)

    const { code, samples, progress } = await host(folder.path, 'file', {
      input: { path: present('late') },
      withinMs: 5000,
      everyMs: 50,
    })

    expect(code).toBe(0)
    expect(samples.length).toBeGreaterThan(2)
    expect(samples[0]).toMatchObject({
      id: 'quiet',
      green: false,
      answer: `${present('late')} does not exist`,
    })
    expect(samples.at(-1)).toMatchObject({ id: 'quiet', green: true })
    expect(progress.at(-1)).toMatchObject({ total: 5, unit: 's' })
  })

  it('is red with the last answer when the time to wait is over', async () => {
    const { code, facts } = await host(folder.path, 'file', {
      input: { path: present('never') },
      withinMs: 120,
      everyMs: 50,
    })

    expect(code).toBe(3)
    expect(facts.answer).toBe(`${present('never')} does not exist; still so after 120 ms`)
  })

  it('stops waiting when a person cancels', async () => {
    setTimeout(() => process.emit('SIGINT'), 100)

    const { code, facts } = await host(folder.path, 'file', {
      input: { path: present('never') },
      withinMs: 20_000,
    })

    expect(code).toBe(1)
    expect(facts.error.message).toBe('Cancelled.')
    expect(process.listenerCount('SIGINT')).toBe(0)
  })

  it('leaves the facts private, and no half-written file beside them', async () => {
    writeFileSync(present('a'), 'x')

    const { attempt } = await host(folder.path, 'file', { input: { path: present('a') } })

    expect(statSync(join(attempt, 'facts.json')).mode & 0o777).toBe(0o600)
    expect(() => statSync(join(attempt, '.facts.json.new'))).toThrow('ENOENT')
  })
})

describe('watching', () => {
  const twoChecks = () => [
    { id: 'log', title: 'The log is there', uses: 'file', with: { path: present('log') } },
    { id: 'pid', title: 'The service runs', uses: 'file', with: { path: present('pid') } },
  ]

  it('looks at every check again and again, and remembers a breach that healed', async () => {
    writeFileSync(present('log'), 'x')
    writeFileSync(present('pid'), 'x')
    setTimeout(() => rmSync(present('pid')), 120)
    setTimeout(() => writeFileSync(present('pid'), 'x'), 320)

    const { code, facts, samples } = await host(folder.path, 'watch', {
      input: { checks: twoChecks(), forMs: 600, everyMs: 50 },
    })

    expect(code).toBe(0)
    expect(facts.verdict).toBe('green')
    expect(facts.facts.breached).toEqual(['pid'])
    expect(facts.facts.outOfBounds).toBeGreaterThan(0)
    expect(samples.filter((sample) => sample.id === 'log').every((sample) => sample.green)).toBe(true)
    expect(samples.filter((sample) => sample.id === 'pid' && !sample.green).length).toBe(
      facts.facts.outOfBounds,
    )
  })

  it('is red when the last sample of a check is out of bounds', async () => {
    writeFileSync(present('log'), 'x')

    const { code, facts } = await host(folder.path, 'watch', {
      input: { checks: twoChecks(), forMs: 100, everyMs: 40 },
    })

    expect(code).toBe(3)
    expect(facts.answer).toMatch(/^The service runs: .*pid does not exist, \d+ of \d+ samples out of bounds$/)
  })

  it('refuses a check that cannot look, before the first look', async () => {
    const checks = [{ id: 'x', title: 'X', uses: 'script', with: { file: 'a.sh' } }]

    const { code, facts, samples } = await host(folder.path, 'watch', {
      input: { checks, forMs: 100, everyMs: 10 },
    })

    expect(code).toBe(2)
    expect(facts.error.message).toBe('x: script is no check')
    expect(samples).toEqual([])
  })
})
