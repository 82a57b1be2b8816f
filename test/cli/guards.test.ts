import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectPostgres } from '../../src/actions/pg/connect.ts'
import { readIdentity, type SeenIdentity } from '../../src/actions/pg/identity.ts'
import type { PostgresTarget } from '../../src/actions/targets.ts'
import { Bindings } from '../../src/cli/worker/bindings.ts'
import { guardTargets } from '../../src/cli/worker/guards.ts'
import type { Identity, Plan } from '../../src/domain/plan.ts'
import { aPlan } from '../support/plans.ts'
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts'

let server: TestPostgres
let logServer: TestPostgres
let log: SeenIdentity
let target: PostgresTarget
let warned: string[] = []

beforeAll(async () => {
  server = await startTestPostgres()
  logServer = await startTestPostgres()
  const logUrl = await logServer.createDatabase('cutover')
  log = await readIdentity({ name: 'log', kind: 'postgres', url: logUrl }, 'test')
  target = { name: 'main', kind: 'postgres', url: await server.createDatabase('ward_ops') }
})
afterAll(async () => {
  await server.stop()
  await logServer.stop()
})

const NOTHING = Bindings.parse({ environments: {} })
const live = (change: Partial<Plan> = {}): Plan =>
  aPlan()
    .with({ live: true, ...change })
    .build()
const rehearsal = (change: Partial<Plan> = {}): Plan =>
  aPlan()
    .with({ live: false, environment: 'demo', ...change })
    .build()

/** The refusal's sentence, or null when the step may go on. */
async function guarded(
  plan: Plan,
  options: {
    readonly identity?: Identity
    readonly located?: PostgresTarget
    readonly bindings?: Bindings
    readonly mutating?: boolean
  } = {},
): Promise<string | null> {
  const declared = {
    name: 'main',
    kind: 'postgres',
    locator: 'postgres://…',
    ...(options.identity ? { identity: options.identity } : {}),
  } as const
  warned = []
  try {
    await guardTargets({
      plan,
      attempt: 'test.guard.1',
      mutating: options.mutating ?? true,
      bindings: options.bindings ?? NOTHING,
      targets: [{ declared, located: options.located ?? target }],
      log,
      warn: (message) => warned.push(message),
    })
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

describe('before a step that changes something', () => {
  it('lets the declared database through', async () => {
    expect(await guarded(live(), { identity: { database: 'ward_ops', host: '127.0.0.1' } })).toBeNull()
  })

  it('refuses a database that is not the declared one, and names the difference', async () => {
    expect(await guarded(live(), { identity: { database: 'ward_flux' } })).toBe(
      'The target main is not the database that the runbook declares: its database is ward_ops and should be ward_flux.',
    )
  })

  it('refuses the database of the log', async () => {
    const located = { ...target, url: logServer.url.replace(/\/postgres$/, '/cutover') }

    expect(await guarded(rehearsal(), { located })).toBe(
      'The target main is the database of Cutover\u2019s own log.',
    )
  })

  it('refuses another database on the server of the log when it is live, and lets a rehearsal use it', async () => {
    const located = { ...target, url: logServer.url }

    expect(await guarded(live(), { located })).toContain('is on the server of Cutover\u2019s own log')
    expect(await guarded(rehearsal(), { located })).toBeNull()
    expect(warned).toEqual(['the target main is on the server of the log; a live cutover would be refused'])
  })

  it('says in words that a database cannot be reached', async () => {
    const located = { ...target, url: 'postgres://nobody@127.0.0.1:1/ward_ops' }

    expect(await guarded(live(), { located })).toMatch(/nothing listens there/)
  })
})

describe('a rehearsal', () => {
  const production = {
    environments: { production: { live: true, identity: { main: { database: 'ward_ops' } } } },
  }

  it('is refused where the worker knows the environment as live', async () => {
    const bindings = Bindings.parse({ environments: { demo: { live: true } } })

    expect(await guarded(rehearsal(), { bindings })).toBe(
      'This is a rehearsal, and this worker knows the environment demo as live.',
    )
  })

  it('is refused on a database that the bindings know as live', async () => {
    expect(await guarded(rehearsal(), { bindings: Bindings.parse(production) })).toBe(
      'This is a rehearsal, and the target main is a database of the live environment production.',
    )
  })

  it('is refused on a database that the runbook itself declares live', async () => {
    const { systemIdentifier } = await readIdentity(target, 'test')
    const identity = { systemIdentifier: systemIdentifier ?? '' }

    expect(
      await guarded(rehearsal({ liveIdentities: [{ environment: 'production', target: 'main', identity }] })),
    ).toContain('is a database of the live environment production')
  })

  it('may look, but not change, where only changing is guarded', async () => {
    expect(await guarded(rehearsal(), { bindings: Bindings.parse(production), mutating: false })).toBeNull()
  })
})

describe('a marker row', () => {
  const marker = { query: 'select name from marker', value: 'production' }

  beforeAll(async () => {
    const client = await connectPostgres(target, { attempt: 'test' })
    await client.query("create table marker as select 'production'::text as name")
    await client.end()
  })

  it('lets the database through that bears it, and no other', async () => {
    expect(await guarded(live(), { identity: { database: 'ward_ops', marker } })).toBeNull()
    expect(await guarded(live(), { identity: { marker: { ...marker, value: 'staging' } } })).toBe(
      'The target main is not the database that the runbook declares: its marker is production and should be staging.',
    )
    expect(
      await guarded(live(), { identity: { marker: { ...marker, query: 'select 1 where false' } } }),
    ).toContain('its marker row is not there')
    expect(
      await guarded(live(), { identity: { marker: { ...marker, query: 'select name from badge' } } }),
    ).toMatch(/its marker cannot be read: .*badge/)
    expect(
      await guarded(live(), { identity: { marker: { ...marker, query: 'drop table marker' } } }),
    ).toMatch(/its marker cannot be read/)
  })

  it('makes a rehearsal be refused on what bears the live one, and only there', async () => {
    const declared = (identity: Identity) =>
      rehearsal({ liveIdentities: [{ environment: 'production', target: 'main', identity }] })
    expect(await guarded(declared({ marker }))).toContain('is a database of the live environment production')
    expect(await guarded(declared({ database: 'ward_ops', marker }))).toContain('live environment production')
    expect(
      await guarded(declared({ database: 'ward_ops', marker: { ...marker, value: 'other' } })),
    ).toBeNull()
    expect(await guarded(declared({ marker: { ...marker, query: 'select name from badge' } }))).toBeNull()
  })
})
