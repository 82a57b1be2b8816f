import { describe, expect, test } from 'vitest'
import type { Step } from '../../src/domain/plan.ts'
import { principalsOf } from '../../src/runbook/resolve/resolve-plan.ts'
import { openable, planOf, resolve, runbookText, withHead } from './support.ts'

const STEPS = `- check: Count
  id: count
  sql: { target: main, query: "select count(*) from a where b = $1", params: [$workers] }
  expect: { value: "> 10", json: { path: $.a, value: true } }
  within: 2m
  every: 5s
- run: Backup
  id: backup
  uses: sqlite.backup
  with: { from: source, to: $folder, stamp: $cutover.stamp }
  estimate: 1m-2m
- run: Restart
  id: restart
  command: [restart, $$HOME, $environment]
  cwd: /srv
  env: { target: main, TOKEN: $TARGET_URL, FILE: $backup.file }
  begin: auto
  timeout: { after: 30m }
  when: { $backup.bytes: "> 0", $environment: production, $workers: 4 }
  undo: { run: Back, command: [restart, back] }
- do: Look
  id: look
  at: T-1d 18:00
  by: observer
  fields: { free_gb: { type: number, label: Free GB } }
  items: [Dashboard, { text: Alerts, by: lead }]
- decide: Go on?
  id: go-on
  approvers: { lead: 1 }
  criteria:
    - { step: count, fresh: 5m }
    - { confirm: All is well, id: well, by: lead }
    - rehearsed: { same_hash: true, within: 7d }
  deadline: T+30m
- watch: An hour
  id: hour
  for: 1h
  breach: down
  checks: [{ id: up, http: { url: "http://localhost" } }]
- tell: Done
  id: done
  to: [ops]
  template: done.hbs`

const MORE = `guard: 48h
success: [{ step: up }]
rollback:
  after: [{ check: Serves, id: serves, http: { url: "http://localhost" } }]
  triggers: { immediate: [{ id: failed, steps: [restart], text: it fails }], consider: [{ id: down, text: down }] }
`
const FILES = { 'done.hbs': 'Done.' }
const TEXT = runbookText(STEPS, MORE)
const plan = planOf(TEXT, {}, FILES)

function step<Kind extends Step['kind']>(id: string, kind: Kind): Extract<Step, { kind: Kind }> {
  const found = plan.steps[id]
  if (found?.kind !== kind) throw new Error(`${id} is ${found?.kind ?? 'not there'}`)
  return found as Extract<Step, { kind: Kind }>
}

describe('the plan', () => {
  test('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  })

  test('has what the head says', () => {
    expect(plan).toMatchObject({
      runbook: 'shop',
      environment: 'production',
      live: true,
      window: { lengthMs: 3_600_000, freezeMs: 0, zone: 'Europe/Berlin' },
      guardMs: 172_800_000,
      pool: 'default',
      secrets: ['TARGET_URL'],
      success: [{ kind: 'step', id: 'up', step: 'up' }],
      templates: { 'done.hbs': 'Done.' },
    })
  })

  test('takes vars and what is fixed at opening for literals, and leaves secrets and facts open', () => {
    expect(step('count', 'check').work.with).toEqual({
      target: { $: 'target', name: 'main' },
      query: 'select count(*) from a where b = $1',
      params: [4],
    })
    expect(step('backup', 'run').work.with).toEqual({
      from: { $: 'target', name: 'source' },
      to: 'backups',
      stamp: '20261120-0231',
    })
    expect(step('restart', 'run').work).toEqual({
      uses: 'command',
      with: {
        argv: ['restart', '$HOME', 'production'],
        cwd: '/srv',
        env: {
          target: { $: 'target', name: 'main' },
          TOKEN: { $: 'secret', name: 'TARGET_URL' },
          FILE: { $: 'fact', step: 'backup', fact: 'file' },
        },
      },
    })
  })

  test('has expectations in base units and times in milliseconds', () => {
    expect(step('count', 'check').work).toMatchObject({
      uses: 'sql',
      expect: { value: { op: '>', value: 10, text: '> 10' }, json: { path: '$.a', is: { equals: true } } },
      withinMs: 120_000,
      everyMs: 5_000,
    })
    expect(step('backup', 'run').estimate).toEqual({ lowMs: 60_000, highMs: 120_000 })
    expect(step('look', 'do').at).toEqual({ kind: 'calendar', days: -1, at: '18:00' })
    expect(step('hour', 'watch')).toMatchObject({ forMs: 3_600_000, everyMs: 30_000, breach: 'down' })
  })

  test('has conditions with what is known filled in', () => {
    expect(step('restart', 'run').when).toEqual([
      {
        left: { $: 'fact', step: 'backup', fact: 'bytes' },
        name: '$backup.bytes',
        is: { op: '>', value: 0, text: '> 0' },
      },
      { left: 'production', name: '$environment', is: { equals: 'production' } },
      { left: 4, name: '$workers', is: { equals: 4 } },
    ])
  })

  test('has fields, items and criteria with their ids', () => {
    expect(step('look', 'do').fields).toEqual([
      { name: 'free_gb', type: 'number', optional: false, label: 'Free GB' },
    ])
    expect(step('look', 'do').items).toEqual([
      { id: 'dashboard', text: 'Dashboard' },
      { id: 'alerts', text: 'Alerts', by: 'lead' },
    ])
    expect(step('go-on', 'decide')).toMatchObject({
      criteria: [
        { kind: 'step', id: 'count', step: 'count', freshMs: 300_000 },
        { kind: 'confirm', id: 'well', text: 'All is well', by: 'lead' },
        { kind: 'rehearsed', id: 'rehearsed', sameHash: true, withinMs: 604_800_000, rollback: false },
      ],
      noGo: 'hold',
      deadline: { kind: 'elapsed', ms: 1_800_000 },
    })
  })

  test('has an inverse for each undo, and the steps around a rollback, which begin by themselves', () => {
    expect(step('restart', 'run')).toMatchObject({ undo: 'undo-restart', mutating: true, begin: 'auto' })
    expect(step('undo-restart', 'run')).toMatchObject({ place: 'undo', begin: 'auto', mutating: true })
    expect(plan.rollback).toMatchObject({ before: [], after: ['serves'] })
    expect(step('serves', 'check').place).toBe('rollback after')
    expect(plan.phases).toMatchObject([
      { id: 'migrate', steps: ['count', 'backup', 'restart', 'look', 'go-on', 'hour', 'done'] },
    ])
  })

  test('knows what changes something', () => {
    const mutating = Object.values(plan.steps)
      .filter((one) => one.mutating)
      .map(({ id }) => id)
    expect(mutating).toEqual(['restart', 'undo-restart'])
    const { timeout } = step('restart', 'run')
    expect([timeout?.afterMs, timeout?.then]).toEqual([1_800_000, 'ask'])
  })

  test('has the built-in gate with what success says', () => {
    expect(plan.steps['complete']).toMatchObject({
      kind: 'decide',
      place: 'built-in',
      approvers: { lead: 1 },
      criteria: [{ kind: 'step', step: 'up' }],
    })
    const other = planOf(runbookText('- do: X', 'complete: { approvers: { lead: 1, observer: 2 } }\n'))
    expect(other.steps['complete']).toMatchObject({ approvers: { lead: 1, observer: 2 } })
  })

  test('says where each step stands, without the machine’s folders', () => {
    expect(step('count', 'check').source).toMatch(/^shop\.yaml:\d+$/)
  })

  test('is rolled back by the name of the database that changes, or the one that is stated', () => {
    expect(plan.rollback.name).toBe('shop')
    expect(planOf(runbookText('- do: X', 'rollback: { name: everything }\n')).rollback.name).toBe(
      'everything',
    )
  })

  test('has triggers by urgency', () => {
    expect(plan.rollback.triggers).toEqual([
      { id: 'failed', text: 'it fails', urgency: 'immediate', steps: ['restart'] },
      { id: 'down', text: 'down', urgency: 'consider', steps: [] },
    ])
  })
})

describe('environments', () => {
  const text = withHead(
    'staging: {}',
    'staging: { vars: { sqlite: data/copy.db }, targets: { main: { postgres: $TARGET_URL, database: copy } } }',
  )

  test('change vars and targets, and state identities', () => {
    const staging = planOf(text, { environment: 'staging' })
    expect(staging).toMatchObject({ live: false, vars: { sqlite: 'data/copy.db' } })
    expect(staging.targets).toEqual({
      source: { name: 'source', kind: 'sqlite', locator: 'data/copy.db' },
      main: {
        name: 'main',
        kind: 'postgres',
        locator: { $: 'secret', name: 'TARGET_URL' },
        database: 'copy',
      },
    })
    expect(planOf(text).targets['main']).toMatchObject({ database: 'shop', identity: { database: 'shop' } })
  })

  test('of a rehearsal reach only the audiences that they name themselves', () => {
    expect(planOf(text).audiences).toEqual({ ops: { slack: ['#ops'], email: [] } })
    expect(planOf(text, { environment: 'staging' }).audiences).toEqual({ ops: { slack: [], email: [] } })
    const named = withHead('staging: {}', 'staging: { audiences: { ops: { slack: "#ops-staging" } } }')
    expect(planOf(named, { environment: 'staging' }).audiences).toEqual({
      ops: { slack: ['#ops-staging'], email: [] },
    })
  })

  test('that are not there are refused', () => {
    expect(resolve(openable(text), { environment: 'prod' })).toMatchObject({
      ok: false,
      findings: [{ code: 'unknown-environment', hint: 'Choose one of production, staging.' }],
    })
  })
})

describe('values from outside', () => {
  const text = withHead('workers:', 'ticket: { type: text, pattern: "[A-Z]+-[0-9]+", ask: true }\n  workers:')
  const refusal = (vars: Readonly<Record<string, string>>) => {
    const resolution = resolve(openable(text), { vars })
    return resolution.ok ? [] : resolution.findings.map(({ code }) => code)
  }

  test('fill the vars that are asked for, and no other', () => {
    expect(planOf(text, { vars: { ticket: 'OPS-1' } }).vars).toMatchObject({ ticket: 'OPS-1' })
    expect(refusal({})).toEqual(['missing-var'])
    expect(refusal({ ticket: '' })).toEqual(['missing-var'])
    expect(refusal({ ticket: 'ops 1; rm' })).toEqual(['bad-var'])
    expect(refusal({ ticket: 'OPS-1', sqlite: '/etc/passwd' })).toEqual(['never-asked'])
    expect(refusal({ ticket: 'OPS-1', tikcet: 'x' })).toEqual(['unknown-var'])
  })
})

describe('people', () => {
  test('are pinned behind every role', () => {
    expect(plan.roles['lead']).toEqual({ title: 'Lead', eligible: ['U1', 'U2'], backup: false })
    expect(plan.openers).toEqual(['U1', 'U2', 'U3'])
    expect(planOf(runbookText('- do: X', 'openers: [observer]\n')).openers).toEqual(['U2', 'U3'])
    expect(principalsOf(openable(TEXT, FILES))).toEqual(['user:U1', 'user:U2', 'user:U3'])
  })

  const gate = runbookText('- decide: Go?\n  approvers: { lead: 2, observer: 1 }')
  const refused = (text: string, people: (principal: string) => string[], environment = 'production') => {
    const resolution = resolve(openable(text), { people, environment })
    return resolution.ok ? [] : resolution.findings.map(({ code }) => code)
  }

  test('must be there for every role', () => {
    expect(refused(gate, (who) => (who === 'user:U3' ? ['U3'] : []))).toEqual(['role-nobody-may-hold'])
  })

  test('must be able to carry every gate, each vote by another person', () => {
    expect(refused(gate, (who) => [who])).toEqual([])
    expect(refused(gate, (who) => [who === 'user:U3' ? 'user:U2' : who])).toEqual(['gate-nobody-can-carry'])
  })

  test('must be more than one when it is live; a rehearsal may be carried by one alone', () => {
    expect(refused(runbookText('- do: X'), () => ['U1'])).toEqual(['gate-nobody-can-carry'])
    expect(refused(gate, () => ['U1'], 'staging')).toEqual([])
  })
})

describe('the channel', () => {
  const named = (name: string) =>
    runbookText('- do: X', `channel: { name: '${name}', private: false, at: T-7d }\n`)

  test('is named from the runbook, in the zone of the window, as Slack takes names', () => {
    expect(planOf(named('Shop {{environment}} {{date}}')).channel).toEqual({
      name: 'shop-production-2026-11-20',
      isPrivate: false,
      at: { kind: 'calendar', days: -7 },
    })
    expect(planOf(runbookText('- do: X')).channel).toEqual({
      name: 'shop-production-2026-11-20',
      isPrivate: true,
    })
  })

  test('is refused when Slack would refuse it', () => {
    expect(resolve(openable(named('x'.repeat(81))))).toMatchObject({
      ok: false,
      findings: [{ code: 'bad-channel-name' }],
    })
  })
})

test('a bound that is a var is the one of the environment', () => {
  const text = runbookText(
    '- check: Backup\n  id: size\n  file: { path: backup }\n  expect: { size: $least }',
  )
    .replace('  workers:', '  least: { type: text, default: "> 100 MB" }\n  workers:')
    .replace('staging: {}', 'staging: { vars: { least: "> 1 KB" } }')
  const sizeIn = (environment: string) => {
    const { size } = planOf(text, { environment }).steps
    return size?.kind === 'check' ? size.work.expect?.size : undefined
  }

  expect(sizeIn('production')).toEqual({ op: '>', value: 100_000_000, text: '> 100 MB' })
  expect(sizeIn('staging')).toEqual({ op: '>', value: 1000, text: '> 1 KB' })
})

test('what the head says of the text itself is in the plan', () => {
  const text = withHead(
    'owner: platform',
    'owner: platform\nversion: "3"\npurpose: One database fewer.\nreviewed_by: [Nino, the SRE team]',
  )
  expect(planOf(text)).toMatchObject({
    version: '3',
    purpose: 'One database fewer.',
    reviewedBy: ['Nino', 'the SRE team'],
  })
  expect(planOf(withHead('', ''))).not.toHaveProperty('reviewedBy')
})
