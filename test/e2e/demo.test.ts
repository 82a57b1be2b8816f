import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { verifyChain } from '../../src/postgres/verify.ts'
import type { StoredEvent } from '../../src/postgres/hash.ts'
import { processesOf, startDemo, startRecorder, type RunningDemo } from '../support/demo.ts'
import { hasRedis, startTestRedis, type TestRedis } from '../support/redis.ts'

const ROWS = ['--rows', '4000']
let folder: string
let demo: RunningDemo | undefined

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-demo-test-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => demo?.kill())

interface Report {
  readonly timeline: {
    readonly outcome: string
    readonly steps: readonly { readonly id: string; readonly result: string; readonly undone: boolean }[]
    readonly decisions: readonly { readonly gate: string; readonly outcome: string }[]
    readonly openStates: readonly { readonly name: string; readonly closedAt?: number }[]
  }
  readonly events: readonly StoredEvent[]
  readonly text: (name: string) => string
}

function readReport(path: string): Report {
  const text = (name: string) => readFileSync(join(path, name), 'utf8')
  const events = text('events.ndjson')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as StoredEvent)
  return { timeline: JSON.parse(text('timeline.json')) as Report['timeline'], events, text }
}

function stepResult({ timeline }: Report, id: string): string | undefined {
  return timeline.steps.find((step) => step.id === id)?.result
}

function expectNothingLeft(ended: RunningDemo): void {
  expect(processesOf(ended.folder())).toEqual([])
  expect(() => statSync(ended.folder())).toThrow('ENOENT')
}

describe('cutover demo', () => {
  it('moves Ward OPS to PostgreSQL, ends with 0, and speaks to nobody but itself', async () => {
    const production = await startRecorder()
    const report = join(folder, 'happy')
    demo = startDemo([...ROWS, '--report', report], productionEnvironment(production.address))

    expect(await demo.ended, demo.told()).toBe(0)

    production.stop()
    expect(production.connections()).toBe(0)
    const read = readReport(report)
    expect(read.timeline.outcome).toBe('completed')
    expect(read.timeline.decisions.map(({ gate, outcome }) => [gate, outcome])).toEqual([
      ['go', 'go'],
      ['complete', 'go'],
    ])
    for (const id of ['orphans', 'clean-orphans', 'copy', 'same', 'healthy', 'job-wrote', 'first-hour'])
      expect([id, stepResult(read, id)]).toEqual([id, 'done'])
    expect(read.timeline.openStates.filter(({ closedAt }) => closedAt === undefined)).toEqual([])
    expect(verifyChain(read.events[0]?.cutover ?? '', read.events).findings).toEqual([])
    expectNothingLeft(demo)
  })

  it('leaves what was said and sent in the report', () => {
    const path = join(folder, 'happy')
    const { text, events } = readReport(path)

    expect(readdirSync(path).sort()).toEqual([
      'channel.md',
      'events.ndjson',
      'mail',
      'mail.md',
      'notices.md',
      'ops.md',
      'post-mortem.md',
      'pull-request.md',
      'timeline.json',
      'timeline.md',
    ])
    expect(text('timeline.md')).toMatch(/^# Ward OPS from SQLite to PostgreSQL/)
    expect(text('ops.md')).toContain('The migration is complete')
    expect(text('mail.md')).toMatch(/Ward OPS now runs on PostgreSQL[\s\S]+ward-ops@example\.org/)
    expect(readdirSync(join(path, 'mail'))).toEqual(['0001.eml', '0002.eml', '0003.eml'])
    const head = /--head (\d+):([0-9a-f]{64})/.exec(text('mail.md'))
    expect(events[Number(head?.[1]) - 1]).toMatchObject({ type: 'cutover closed', hash: head?.[2] })
    expect(text('channel.md')).toContain('Done by @ana')
  })

  it('tells what happens, line by line, the page first', () => {
    const lines = demo!.told().split('\n')

    expect(lines.find((line) => line.includes('http'))).toMatch(/Page\s+http:\/\/127\.0\.0\.1:\d+$/)
    expect(demo!.told()).toMatch(/^\d\d:\d\d:\d\d {2}ana {7}deletes the orphaned SNMP credential/m)
    expect(demo!.told()).toMatch(/DECIDED: GO on “Go or no-go\?”, on 8 of 8 criteria/)
    expect(demo!.told().trimEnd().split('\n').at(-1)).toMatch(/^Report: .*happy/)
  })

  it.skipIf(!hasRedis)(
    'stops at a NO-GO and is postponed with nothing changed, over Redis as well',
    async () => {
      const redis: TestRedis = await startTestRedis()
      const report = join(folder, 'no-go')
      demo = startDemo([...ROWS, '--scenario', 'no-go', '--report', report], { CUTOVER_REDIS_URL: redis.url })

      expect(await demo.ended, demo.told()).toBe(0)

      const queues = await redis.command('KEYS', '*cutover-*')
      await redis.stop()
      expect(queues).not.toEqual([])
      const read = readReport(report)
      expect(read.timeline.outcome).toBe('postponed')
      expect(read.timeline.decisions.at(-1)).toMatchObject({ gate: 'go', outcome: 'no-go' })
      expect(stepResult(read, 'stop-api-by-machine')).toBe('not reached')
      expect(read.text('timeline.md')).toContain('storm')
      expectNothingLeft(demo)
    },
  )

  it('turns back when the copy is damaged, to data that is what it was', async () => {
    const report = join(folder, 'rollback')
    demo = startDemo([...ROWS, '--scenario', 'rollback', '--report', report])

    expect(await demo.ended, demo.told()).toBe(0)

    const read = readReport(report)
    expect(read.timeline.outcome).toBe('rolled back')
    expect(stepResult(read, 'same')).toBe('failed')
    expect(read.text('timeline.md')).toMatch(/differ in 4 places.*ping\\_results:1000 \(missing\)/)
    expect(stepResult(read, 'serves-again')).toBe('done')
    expect(read.timeline.steps.find(({ id }) => id === 'copy')).toMatchObject({ undone: true })
    expect(demo.told()).toMatch(/all [\d,]+ rows are what they were, by content/)
    expect(verifyChain(read.events[0]?.cutover ?? '', read.events).findings).toEqual([])
    expectNothingLeft(demo)
  })

  it('refuses to write its report where something lies, before it starts anything', async () => {
    const full = mkdtempSync(join(folder, 'full-'))
    writeFileSync(join(full, 'notes.txt'), 'mine')
    demo = startDemo(['--report', full])

    expect(await demo.ended).toBe(2)

    expect(demo.told()).toMatch(/is not empty.*nothing was started/)
    expect(readdirSync(full)).toEqual(['notes.txt'])
  })
})

/** As it might be on the machine of somebody who works with the real thing. */
function productionEnvironment(address: string): Record<string, string> {
  const [host = '', port = ''] = address.split(':')
  return {
    CUTOVER_DATABASE_URL: `postgres://cutover@${address}/production`,
    CUTOVER_SLACK_BOT_TOKEN: 'xoxb-1234-production',
    CUTOVER_SLACK_APP_TOKEN: 'xapp-1234-production',
    CUTOVER_SLACK_API_URL: `http://${address}/api/`,
    CUTOVER_SMTP_URL: `smtp://${address}`,
    CUTOVER_URL: `http://${address}`,
    CUTOVER_BINDINGS: '/nowhere/production.json',
    SLACK_BOT_TOKEN: 'xoxb-1234-production',
    DATABASE_URL: `postgres://ward:secret@${address}/ward_ops`,
    HTTP_PROXY: `http://${address}`,
    HTTPS_PROXY: `http://${address}`,
    PGHOST: host,
    PGPORT: port,
    PGSSLMODE: 'require',
    REDIS_URL: `redis://${address}`,
  }
}
