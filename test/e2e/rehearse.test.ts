import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'
import { makePlaces, rehearse, startRehearsal } from '../support/rehearsal.ts'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const SHOP = fileURLToPath(new URL('./live/shop.yaml', import.meta.url))

const DRILL = `language: 1
runbook: drill
title: A drill
owner: platform
updated: 2026-11-20
window: { length: 10m, zone: UTC }
roles: { lead: { title: Lead, from: ["user:U024LEAD"] } }
vars:
  does: { type: text, default: "true" }
  undoes: { type: text, default: "true" }
channel: { name: drill, private: true }
environments:
  production: { live: true }
  drill: {}
phases:
  - phase: Change
    at: T-0
    steps:
      - run: Work
        id: work
        command: [bash, -c, $does]
        undo: { run: Work back, command: [bash, -c, $undoes] }
rollback: { name: drill }
`

let places: ReturnType<typeof makePlaces>
let drill: string

beforeEach(() => {
  places = makePlaces()
  drill = join(places.folder, 'drill.yaml')
  writeFileSync(drill, DRILL)
})
afterEach(() => places.remove())

const cutover = (...words: readonly string[]) =>
  spawnSync(process.execPath, [MAIN, ...words], { encoding: 'utf8', cwd: places.folder })

const leftBehind = () => readdirSync(tmpdir()).filter((name) => name.startsWith('cutover-rehearsal-'))

describe('cutover rehearse', () => {
  describe('of the shop', () => {
    let server: TestPostgres
    let url: string
    beforeAll(async () => {
      server = await startTestPostgres()
      url = await server.createDatabase('shop_staging')
    })
    afterAll(() => server.stop())

    it('tells a pipeline each event and how it ended, and leaves a record that verifies', async () => {
      const done = await rehearse({
        runbook: SHOP,
        environment: 'staging',
        folder: places.folder,
        secrets: { SHOP_URL: url },
        words: ['--json'],
      })

      expect(done.exit, done.told).toBe(0)
      const lines = done.lines.map((line) => JSON.parse(line) as { event?: { type: string }; ended?: object })
      expect(lines[0]?.event?.type).toBe('cutover opened')
      expect(lines.at(-1)?.ended).toMatchObject({ outcome: 'completed', exit: 0 })
      expect(lines).toHaveLength(done.events.length + 1)
      const notice = done.events.find(({ type }) => type === 'notice delivered')
      expect(notice?.data).toMatchObject({ medium: 'report', to: [] })
      const client = await server.connect(url)
      expect((await client.query("select to_regclass('orders') as made")).rows).toEqual([{ made: 'orders' }])
      const report = readdirSync(places.folder).find((name) => name.startsWith('report-')) ?? ''
      const verified = cutover('verify', report)
      expect(verified.stdout).toContain('the chain is whole')
      expect(done.text('output/' + readdirSync(join(places.folder, report, 'output'))[0]!)).toBeDefined()
    })
  })

  it('refuses a live environment, an unknown step and a full folder before anything is started', () => {
    const live = cutover('rehearse', 'drill.yaml', '--environment', 'production')
    expect(live).toMatchObject({ status: 3, stdout: '' })
    expect(live.stderr).toContain('is live, and nobody rehearses on it. Nothing was started.')

    const step = cutover('rehearse', 'drill.yaml', '--environment', 'drill', '--skip', 'wrok')
    expect(step).toMatchObject({
      status: 2,
      stderr: 'The runbook has no step "wrok". Nothing was started.\n',
    })

    const back = cutover('rehearse', 'drill.yaml', '--environment', 'drill', '--back', 'home')
    expect(back).toMatchObject({
      status: 2,
      stderr: 'The runbook has no way back "home": there is only one. Nothing was started.\n',
    })

    const full = cutover('rehearse', 'drill.yaml', '--environment', 'drill', '--report', '.')
    expect(full.status).toBe(2)
    expect(full.stderr).toContain('is not empty')
  })

  it('stops with 11 at an inverse that fails, and says which', async () => {
    const done = await rehearse({
      runbook: drill,
      environment: 'drill',
      folder: places.folder,
      vars: { does: 'exit 3', undoes: 'exit 4' },
    })
    expect(done.exit, done.told).toBe(11)
    expect(done.told).toContain('STOPPED')
    expect(done.told).toContain('The rollback has stopped: “Work back” failed')
    expect(done.steps['work']).toBe('failed')
    expect(done.findings).toEqual([])
  })

  it('ends with 10, and quietly, when a program asks what nobody foresaw', async () => {
    const script = 'read -p "Proceed? " a; read -p "Really? " b'
    const asks = `[bash, -c, '${script}']\n        tty: true\n        answers: [{ prompt: Proceed, send: "yes" }]`
    writeFileSync(drill, DRILL.replace('[bash, -c, $does]', asks))

    const done = await rehearse({ runbook: drill, environment: 'drill', folder: places.folder })

    expect(done.exit, done.told).toBe(10)
    expect(done.told).toContain('ROLLED BACK')
    expect(done.steps['work']).toBe('failed')
    expect(done.complaints).toBe('')
  })

  it('cancels what runs on Ctrl-C, writes its report and leaves nothing behind', async () => {
    const before = leftBehind()
    const rehearsal = startRehearsal({
      runbook: drill,
      environment: 'drill',
      folder: places.folder,
      vars: { does: 'echo begun; sleep 300' },
    })
    await rehearsal.until(/▶ Work/)
    process.kill(rehearsal.pid, 'SIGINT')

    const ended = await rehearsal.ended

    expect(ended.exit, ended.told).toBe(130)
    expect(ended.told).toContain('INTERRUPTED')
    const last = ended.events.findLast(({ type }) => type === 'attempt ended')
    expect(last?.data).toMatchObject({ outcome: 'cancelled' })
    expect(leftBehind()).toEqual(before)
  })
})
