import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { catalogue } from '../../src/actions/catalogue.ts'
import { formatFindings } from '../../src/runbook/finding.ts'
import { resolvePlan } from '../../src/runbook/resolve/resolve-plan.ts'
import { validateRunbook } from '../../src/runbook/validate.ts'
import { checkTemplate } from '../../src/templates/check-template.ts'

const FOLDER = fileURLToPath(new URL('../../runbooks/', import.meta.url))

const { findings, runbook } = validateRunbook({
  text: readFileSync(`${FOLDER}ward-ops.yaml`),
  file: 'runbooks/ward-ops.yaml',
  catalogue: catalogue(),
  readFile: (path) => (existsSync(FOLDER + path) ? readFileSync(FOLDER + path) : undefined),
  checkTemplate: ({ text, media, roles }) =>
    media.flatMap((medium) => checkTemplate(text, medium, { roles })),
})

function planFor(environment: string) {
  if (!runbook) throw new Error(formatFindings(findings))
  const resolution = resolvePlan({
    runbook,
    catalogue: catalogue(),
    environment,
    vars: {},
    people: (principal) => (principal === 'group:dba-oncall' ? ['ANA', 'LEVAN'] : ['GIORGI', 'NINO']),
    cutover: { id: 'W1', stamp: '20261120-0231' },
    plannedStart: Date.parse('2026-11-20T22:30:00Z'),
  })
  if (!resolution.ok) throw new Error(formatFindings(resolution.findings))
  return resolution.plan
}

/** Ids of the steps whose conditions are decided at opening and hold. */
const stepsIn = (environment: string) =>
  Object.values(planFor(environment).steps)
    .filter(({ when = [] }) =>
      when.every(({ left, is }) => typeof left === 'object' || !('equals' in is) || is.equals === left),
    )
    .map(({ id }) => id)

test('ward-ops.yaml has no finding, with the real actions and templates', () => {
  expect(formatFindings(findings)).toBe('')
})

test('it can be opened on each of its environments', () => {
  expect(planFor('production').live).toBe(true)
  expect(planFor('staging').live).toBe(false)
  expect(planFor('demo')).toMatchObject({
    live: false,
    audiences: {
      ops: { slack: ['#ops'], email: [] },
      staff: { slack: [], email: ['ward-ops@example.org'] },
    },
  })
})

test('people control the services in production, and the service program does in the demo', () => {
  expect(stepsIn('production')).toEqual(expect.arrayContaining(['stop-api', 'undo-stop-api', 'start-api']))
  expect(stepsIn('production')).not.toContain('stop-api-by-machine')
  expect(stepsIn('demo')).toEqual(expect.arrayContaining(['stop-api-by-machine', 'start-api-by-machine']))
  expect(stepsIn('demo')).not.toContain('stop-api')
})

test('the backup that is restored is made after the API has stopped, and restored before it starts again', () => {
  const plan = planFor('demo')
  const order = plan.phases.flatMap(({ steps }) => steps)
  expect(order.indexOf('stop-api-by-machine')).toBeLessThan(order.indexOf('quiet'))
  expect(order.indexOf('quiet')).toBeLessThan(order.indexOf('backup'))
  expect(order.indexOf('backup')).toBeLessThan(order.indexOf('schema'))
  expect(plan.steps['undo-backup']).toMatchObject({
    work: { uses: 'sqlite.restore', with: { backup: { $: 'fact', step: 'backup', fact: 'file' } } },
  })
})

test('the notices of the plan and every named file are pinned', () => {
  const plan = planFor('production')
  expect(Object.keys(plan.templates).toSorted()).toEqual([
    'cutover:abandoned',
    'cutover:meeting',
    'cutover:postponed',
    'ward-ops/completion.hbs',
    'ward-ops/post-mortem.hbs',
    'ward-ops/rollback.hbs',
    'ward-ops/start.hbs',
  ])
  expect(Object.keys(plan.files).toSorted()).toEqual([
    'ward-ops/001_core_schema.sql',
    'ward-ops/002_reporting_views.sql',
    'ward-ops/archive-backup.sh',
  ])
})

test('SQLite and PostgreSQL have the same tables and columns in the same order', () => {
  const tablesOf = (file: string) =>
    [...readFileSync(FOLDER + file, 'utf8').matchAll(/create table (\w+) \(([\s\S]*?)\n\);/gi)].map(
      ([, table, body = '']) => [
        table,
        ...body
          .split('\n')
          .flatMap((line) => /^ {2}([a-z_]+) [a-zA-Z]/.exec(line)?.[1] ?? [])
          .filter((word) => word !== 'unique' && word !== 'check'),
      ],
    )
  const sqlite = tablesOf('ward-ops/demo/sqlite-schema.sql')
  expect(sqlite).toHaveLength(14)
  expect(tablesOf('ward-ops/001_core_schema.sql')).toEqual(sqlite)
})
