import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeRunbooks } from '../../src/cli/runbook-folder.ts'
import { makeCopies, type Copies } from '../../src/cli/worker/copies/copies.ts'
import type { Plan, Step } from '../../src/domain/plan.ts'
import type { CutoverState } from '../../src/domain/state.ts'
import { RUNBOOKS } from '../support/rehearsal.ts'
import { Cutover } from '../support/cutover.ts'
import { ANA, BEN, CAI, DIA, T0 } from '../support/plans.ts'

const SHOP = `language: 1
runbook: shop
title: The shop moves
owner: platform
updated: 2026-11-20
window: { length: 60m, zone: Europe/Berlin }
roles:
  lead: { title: Lead, from: ["user:${ANA}", "user:${DIA}"] }
  observer: { title: Observer, from: ["user:${BEN}"] }
  communicator: { title: Communicator, from: ["user:${CAI}"] }
audiences: { ops: { slack: "#ops" } }
pool: db
vars:
  folder: { type: path, default: backups }
  ticket: { type: text, pattern: '[A-Z]+-[0-9]+', ask: true }
environments:
  staging: {}
phases:
  - phase: Migrate
    at: T-0
    steps:
      - decide: Go?
        id: go
        approvers: { lead: 1, observer: 1 }
      - run: Copy
        id: copy
        script: shop/copy.sh
        env: { TICKET: $ticket, STAMP: $cutover.stamp, ID: $cutover.id }
        irreversible: a test
      - run: Say it
        id: said
        command: [echo, $folder]
        read_only: true
      - tell: It is over
        id: over
        to: [ops]
        template: shop/over.hbs
`

let folder: string
let runbooks: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-copies-'))
  runbooks = join(folder, 'runbooks')
  mkdirSync(join(runbooks, 'shop'), { recursive: true })
  write('shop.yaml', SHOP)
  write('shop/copy.sh', 'echo copied\n')
  write('shop/over.hbs', 'It is over.\n')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, text: string): void => writeFileSync(join(runbooks, name), text)

const copiesOf = (more: { readonly anyVar?: boolean; readonly runbooks?: string } = {}): Copies =>
  makeCopies({
    pool: 'db',
    spool: join(folder, 'spool'),
    runbooks,
    anyVar: false,
    cwd: folder,
    path: process.env['PATH'] ?? '',
    version: '1.2.3',
    ...more,
  })

const everybody = {
  person: async (id: string) => ({ id, name: id, barred: undefined }),
  group: async () => [ANA, BEN, CAI, DIA],
  people: async () => [],
} as unknown as Parameters<typeof makeRunbooks>[1]

/** What `serve` puts into the log when the runbook is opened. */
async function planned(ticket = 'OPS-12'): Promise<Plan> {
  const resolved = await makeRunbooks(runbooks, everybody).resolve(
    { runbook: 'shop', environment: 'staging', plannedStart: T0, holders: {}, vars: { ticket } },
    { id: 'c1', at: Date.UTC(2026, 10, 20, 20, 0, 0) },
  )
  if (!resolved.ok) throw new Error(resolved.problems.join('\n'))
  return resolved.plan
}

const opened = (plan: Plan): CutoverState => new Cutover(plan).state

const changed = (plan: Plan, id: string, change: (step: Step) => object): Plan => {
  const step = plan.steps[id]
  if (step === undefined) throw new Error(`no step ${id}`)
  return { ...plan, steps: { ...plan.steps, [id]: { ...step, ...change(step) } as Step } }
}

describe('a pool that is asked for a cutover', () => {
  it('is ready when its own folder says the same, and keeps a copy that only its user can read', async () => {
    const copies = copiesOf()
    const plan = await planned()

    const answer = await copies.answer(opened(plan))

    expect(answer).toMatchObject({ type: 'report pool ready', pool: 'db', hash: plan.hash, ignored: [] })
    const script = join(copies.folderOf('c1'), 'shop/copy.sh')
    expect(readFileSync(script, 'utf8')).toBe('echo copied\n')
    expect(statSync(script).mode & 0o777).toBe(0o600)
    expect(statSync(join(script, '..')).mode & 0o777).toBe(0o700)
  })

  it('records the programs that its steps name, by path and content', async () => {
    const answer = await copiesOf().answer(opened(await planned()))

    expect(answer).toMatchObject({
      programs: [
        {
          name: 'bash',
          path: expect.stringMatching(/bash$/),
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
        { name: 'echo', path: expect.stringMatching(/^\//), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ],
    })
  })

  it.each([
    ['the runbook', 'shop.yaml', SHOP.replace('read_only: true', 'read_only: true\n        late: 5m')],
    ['a script', 'shop/copy.sh', 'echo something else\n'],
    ['a template', 'shop/over.hbs', 'It was never so good.\n'],
  ])('refuses when %s is another one there, and names it', async (_, name, text) => {
    const plan = await planned()
    write(name, text)

    const answer = await copiesOf().answer(opened(plan))

    expect(answer).toMatchObject({ type: 'report pool refused', differs: [name] })
    expect(answer).toHaveProperty('why', `${name} on this host is not what the log says`)
  })

  it('refuses a runbook that it has not, or that is broken there', async () => {
    const state = opened(await planned())
    write('shop.yaml', SHOP.replace('owner: platform', 'owner: [platform'))
    expect(await copiesOf().answer(state)).toHaveProperty('why', expect.stringContaining('has an error'))
    rmSync(join(runbooks, 'shop.yaml'))
    expect(await copiesOf().answer(state)).toHaveProperty('why', 'its folder has no runbook “shop”')
  })

  it.each<readonly [string, (plan: Plan) => Plan, string]>([
    [
      'a command',
      (plan) =>
        changed(plan, 'said', () => ({
          work: { uses: 'command', with: { argv: ['rm', '-rf', '/'], read_only: true } },
        })),
      'steps.said.work.with.argv.0',
    ],
    [
      'the script of a step',
      (plan) => changed(plan, 'copy', () => ({ work: { uses: 'script', with: { file: '../evil.sh' } } })),
      'steps.copy.work.with.file',
    ],
    [
      'a var that nobody is asked for',
      (plan) => ({ ...plan, vars: { ...plan.vars, folder: '/etc' } }),
      'vars.folder',
    ],
    [
      'who decides',
      (plan) => changed(plan, 'go', () => ({ approvers: { lead: 1 } })),
      'steps.go.approvers.observer',
    ],
    ['where a step runs', (plan) => changed(plan, 'said', () => ({ pool: 'web' })), 'steps.said.pool'],
    [
      'a step that the runbook has not',
      (plan) => ({ ...plan, steps: { ...plan.steps, evil: { ...plan.steps['said']!, id: 'evil' } } }),
      'steps.evil',
    ],
    [
      'a target',
      (plan) => ({ ...plan, targets: { main: { name: 'main', kind: 'sqlite', locator: '/etc/passwd' } } }),
      'targets.main',
    ],
    ['that it is live', (plan) => ({ ...plan, live: true }), 'live'],
  ])(
    'refuses a plan in which somebody changed %s, although every file is the same',
    async (_, forge, part) => {
      const answer = await copiesOf().answer(opened(forge(await planned())))

      expect(answer).toMatchObject({ type: 'report pool refused' })
      expect(answer).toHaveProperty('differs', expect.arrayContaining([expect.stringContaining(part)]))
      expect(answer).toHaveProperty('why', expect.stringContaining('is not what shop.yaml says here'))
    },
  )

  it('takes an answer of the start form only where the runbook asks for it, and as it asks', async () => {
    const plan = await planned()
    const forged = { ...plan, vars: { ...plan.vars, ticket: '$(reboot)' } }

    expect(await copiesOf().answer(opened(await planned('DB-7')))).toHaveProperty('type', 'report pool ready')
    expect(await copiesOf().answer({ ...opened(forged), id: 'c2' })).toHaveProperty(
      'type',
      'report pool refused',
    )
  })

  it('in a rehearsal of one’s own takes any var', async () => {
    const plan = await planned()
    const steps = changed(plan, 'said', () => ({
      work: { uses: 'command', with: { argv: ['echo', 'other'], read_only: true } },
    })).steps
    const rehearsed = { ...plan, steps, vars: { ...plan.vars, folder: 'other' } }

    expect(await copiesOf({ anyVar: true }).answer(opened(rehearsed))).toHaveProperty(
      'type',
      'report pool ready',
    )
    rmSync(join(folder, 'spool'), { recursive: true })
    expect(await copiesOf().answer(opened(rehearsed))).toHaveProperty('type', 'report pool refused')
  })

  it('is ready once its folder is mended', async () => {
    const copies = copiesOf()
    const state = opened(await planned())
    write('shop/copy.sh', 'echo something else\n')
    expect(await copies.answer(state)).toHaveProperty('type', 'report pool refused')

    write('shop/copy.sh', 'echo copied\n')

    expect(await copies.answer(state)).toHaveProperty('type', 'report pool ready')
  })
})

describe('a pool that is ready', () => {
  it('goes by its copy when the folder changes, says which files, and ignores them', async () => {
    const copies = copiesOf()
    const state = opened(await planned())
    await copies.answer(state)
    write('shop/copy.sh', 'echo evil\n')
    write('shop.yaml', SHOP.replace('60m', '90m'))

    expect(await copies.answer(state)).toMatchObject({
      type: 'report pool ready',
      ignored: ['shop.yaml', 'shop/copy.sh'],
    })
    expect(readFileSync(join(copies.folderOf('c1'), 'shop/copy.sh'), 'utf8')).toBe('echo copied\n')
    expect(await copiesOf().changed('c1')).toEqual(['shop.yaml', 'shop/copy.sh'])
  })

  it('refuses when the log tells another plan than the one that it compared', async () => {
    const plan = await planned()
    await copiesOf().answer(opened(plan))

    const forged = changed(plan, 'said', () => ({ work: { uses: 'command', with: { argv: ['reboot'] } } }))

    expect(await copiesOf().answer(opened(forged))).toMatchObject({
      type: 'report pool refused',
      differs: ['plan'],
    })
  })

  it('makes a damaged copy anew from a folder that still says the same, and refuses otherwise', async () => {
    const copies = copiesOf()
    const state = opened(await planned())
    await copies.answer(state)
    const script = join(copies.folderOf('c1'), 'shop/copy.sh')

    writeFileSync(script, 'echo evil\n')
    expect(await copies.answer(state)).toHaveProperty('type', 'report pool ready')
    expect(readFileSync(script, 'utf8')).toBe('echo copied\n')

    writeFileSync(script, 'echo evil\n')
    write('shop/copy.sh', 'echo evil\n')
    expect(await copies.answer(state)).toMatchObject({
      type: 'report pool refused',
      differs: ['shop/copy.sh'],
    })
  })
})

describe('the runbooks that come with Cutover', () => {
  it('are worked out by a host exactly as by `serve`, each within a second', async () => {
    const books = makeRunbooks(RUNBOOKS, everybody)
    const copies = copiesOf({ runbooks: RUNBOOKS })
    const summaries = await books.list()
    expect(summaries.length).toBeGreaterThanOrEqual(5)

    for (const { runbook, environments, ask } of summaries) {
      const vars = Object.fromEntries(
        ask.map((one) => [one.name, one.default ?? one.options?.[0] ?? exampleOf(one.type)]),
      )
      for (const { name: environment } of environments) {
        const id = `${runbook}-${environment}`
        const resolved = await books.resolve(
          { runbook, environment, plannedStart: T0, holders: {}, vars },
          { id, at: T0 },
        )
        if (!resolved.ok) throw new Error(resolved.problems.join('\n'))
        const plan = JSON.parse(JSON.stringify(resolved.plan)) as Plan
        const began = performance.now()

        const answer = await copies.answer({ id, plan, plannedStart: T0 } as CutoverState)

        expect(answer, id).toHaveProperty('type', 'report pool ready')
        // A second on a host that does nothing else.
        expect(performance.now() - began).toBeLessThan(3000)
      }
    }
  })
})

const exampleOf = (type: string): string => (type === 'int' ? '1' : 'example')
