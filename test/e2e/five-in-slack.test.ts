import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAccounting } from '../support/accounting.ts'
import { startCitadelBuy } from '../support/citadelbuy.ts'
import { startDjangoProduction } from '../support/django-production.ts'
import { startPrintOptim } from '../support/printoptim.ts'
import { startOffice, type Office } from '../support/product.ts'
import { PYTHON } from '../support/python.ts'
import { copyOf, differencesSince, makePlaces, type Rehearsing } from '../support/rehearsal.ts'
import { loginInSlack, rehearseInSlack, type RehearsedInSlack } from '../support/slack-rehearsal.ts'
import { TEAM_OF_FIVE, teamOfFive } from '../support/team-of-five.ts'
import { startWardOps } from '../support/ward-ops.ts'

const SLOW_MS = 400_000

let office: Office

beforeAll(async () => {
  office = await startOffice({ users: teamOfFive() })
  await loginInSlack(office, 'ana')
})
afterAll(() => office?.stop())

interface Stage {
  readonly rehearsing: Rehearsing
  readonly stop: () => Promise<void>
}

/** An empty database of this name, whatever the test before has left of it. */
async function database(name: string): Promise<string> {
  const client = await office.targetServer.connect()
  await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`)
  await client.end()
  return office.targetServer.createDatabase(name)
}

const STAGES: Readonly<Record<string, () => Promise<Stage>>> = {
  'ward-ops': async () => {
    const places = makePlaces()
    const { place, stop } = await startWardOps(places.folder, 4000)
    return {
      rehearsing: {
        runbook: 'ward-ops.yaml',
        environment: 'demo',
        folder: place.home,
        secrets: { TARGET_URL: await database('ward_ops') },
        vars: { health: place.health.href },
      },
      stop: () => stop().finally(places.remove),
    }
  },
  printoptim: async () => startPrintOptim(await database('printoptim_demo')),
  'django-production': async () => startDjangoProduction(await database('building')),
  accounting: async () => startAccounting(await database('accounting')),
  citadelbuy: async () => {
    const places = makePlaces()
    const url = await database('citadelbuy')
    const { vars, standIns, stop } = await startCitadelBuy(places.folder, office.targetServer, url)
    return {
      rehearsing: {
        runbook: 'citadelbuy.yaml',
        environment: 'demo',
        folder: places.folder,
        secrets: { DATABASE_URL: url },
        vars,
        standIns,
      },
      stop: () => stop().finally(places.remove),
    }
  },
}

const NEED_PYTHON: readonly string[] = ['django-production', 'accounting']

/** A step that nobody had to set aside or to declare. */
const deviations = ({ events }: RehearsedInSlack): readonly string[] =>
  events
    .map(({ type }) => type)
    .filter((type) => ['step skipped', 'step overridden', 'step marked', 'cutover held'].includes(type))

describe('a team in Slack', () => {
  const carried = Object.keys(STAGES).map((name) => [name] as const)
  const withPython = carried.filter(([name]) => NEED_PYTHON.includes(name))
  const without = carried.filter(([name]) => !NEED_PYTHON.includes(name))
  it.each(without)('carries %s out to its end', { timeout: SLOW_MS }, toItsEnd)
  it.skipIf(PYTHON === undefined).each(withPython)(
    'carries %s out to its end',
    { timeout: SLOW_MS },
    toItsEnd,
  )

  async function toItsEnd(name: string): Promise<void> {
    const stage = await STAGES[name]!()
    try {
      const done = await rehearseInSlack(office, stage.rehearsing, { people: TEAM_OF_FIVE })

      expect(done.outcome).toBe('CLOSED')
      expect(deviations(done)).toEqual([])
      const verified = await office.cli('ana', ['verify', done.cutover])
      expect([verified.code, verified.out]).toEqual([0, expect.stringContaining('the chain is whole')])
    } finally {
      await stage.stop()
    }
  }

  it.skipIf(PYTHON === undefined)(
    'turns accounting back when its migration fails, by the way back that it chooses',
    { timeout: SLOW_MS },
    async () => {
      const url = await database('accounting')
      const stage = startAccounting(url, ['--unbalanced'])
      const before = await copyOf(url, 'accounting_before')
      try {
        const done = await rehearseInSlack(office, stage.rehearsing, {
          people: TEAM_OF_FIVE,
          onFault: 'roll back',
          wayBack: /^Quick/,
        })

        expect(done.outcome).toBe('CLOSED')
        const started = done.events.find(({ type }) => type === 'rollback started')
        expect(started?.data).toMatchObject({ option: 'a' })
        expect(done.events.map(({ type }) => type)).toContain('rollback finished')
        const side = (name: string, at: string) => ({ kind: 'postgres' as const, name, url: at })
        expect(await differencesSince(side('before', before), side('now', url))).toEqual([])
      } finally {
        await stage.stop()
      }
    },
  )
})
