import { describe, expect, test } from 'vitest'
import { checkTemplate } from '../../src/templates/check-template.ts'
import { BUILT_IN_NOTICES } from '../../src/runbook/resolve/built-in-notices.ts'
import { codesOf, planOf, runbookText } from './support.ts'

const FILES = { 'x.hbs': '---\nsubject: x\n---\nx' }
const AUDIENCES = `contacts: { hosting: { name: Host Ltd, phone: "+49 1" } }
`
const text = (steps: string, more = '') =>
  runbookText(steps, AUDIENCES + more).replace(
    'audiences: { ops: { slack: "#ops" } }',
    `audiences:
  ops: { slack: "#ops" }
  staff: { email: [a@example.org] }
  page: { webhook: status-page, shape: statuspage }`,
  )
const tell = (keys: string) =>
  `- tell: Hello\n  id: hello\n  template: x.hbs\n  ${keys}\n- do: Later\n  id: later`
const codes = (keys: string, more = '') => codesOf(text(tell(keys), more), FILES)

describe('a tell', () => {
  test.each([
    ['to: [ops]\n  approve: lead\n  every: 30m\n  until: later', []],
    ['to: [ops]\n  approve: nobody', ['unknown-role']],
    ['to: [ops]\n  every: 30m', ['half-a-promise']],
    ['to: [ops]\n  until: later', ['half-a-promise']],
    ['to: [ops]\n  every: 1m\n  until: later', ['too-often']],
    ['to: [ops]\n  every: 30m\n  until: never', ['unknown-step']],
    ['to: [staff]\n  meet: { at: T+48h, length: 1h }', []],
    ['to: [ops]\n  meet: { length: 1h }', ['meeting-without-mail']],
    ['to: [staff]\n  meet: { at: { after: later +1h }, length: 1h }', ['meeting-without-time']],
    ['to: [page]', ['page-without-state']],
    ['to: [page]\n  state: scheduled', []],
    ['to: [page]\n  state: sheduled', ['schema']],
  ])('with %j gives %j', (keys, expected) => {
    const found = codes(keys)
    if (expected[0] === 'schema') expect(found.length).toBeGreaterThan(0)
    else expect(found).toEqual(expected)
  })
})

test('an id that a notice of Cutover bears is taken', () => {
  expect(
    codesOf(text('- tell: A\n  id: a\n  to: [ops]\n  template: x.hbs\n- do: B\n  id: notice-late'), FILES),
  ).toEqual(['reserved-name'])
})

test('notices of the head name audiences, roles and files that are there', () => {
  const late = 'notices: { late: { to: [opps], template: y.hbs, approve: led } }\n'
  expect(codes('to: [ops]', late).toSorted()).toEqual(['bad-file', 'unknown-audience', 'unknown-role'])
})

test('a plan has a notice for each occasion, and the texts of Cutover where the runbook has none', () => {
  const written = text(
    tell(
      'to: [staff, page]\n  state: in progress\n  approve: lead\n  every: 30m\n  until: later\n  meet: { at: T+48h, length: 30m, agenda: [Results] }',
    ),
    'notices: { late: { to: [ops], template: x.hbs, approve: observer } }\n',
  )
  const plan = planOf(written, {}, FILES)
  expect(plan.contacts).toEqual({ hosting: { name: 'Host Ltd', phone: '+49 1' } })
  expect(plan.audiences['page']).toEqual({
    slack: [],
    email: [],
    webhook: { name: 'status-page', shape: 'statuspage' },
  })
  expect(plan.steps['hello']).toMatchObject({
    page: 'in progress',
    approve: 'lead',
    by: 'lead',
    lateMs: 60_000,
    meet: { at: { kind: 'elapsed', ms: 48 * 3_600_000 }, lengthMs: 30 * 60_000, agenda: ['Results'] },
  })
  expect(plan.steps['update-hello']).toMatchObject({
    place: 'notice',
    approve: 'lead',
    occasion: { kind: 'update', of: 'hello', everyMs: 30 * 60_000, until: 'later' },
  })
  expect(plan.steps['notice-late']).toMatchObject({ to: ['ops'], by: 'observer', page: 'extended' })
  expect(plan.steps['notice-postponed']).toMatchObject({ to: [], page: 'scheduled' })
  expect(plan.steps['notice-abandoned']).toMatchObject({ to: [], page: 'cancelled' })
  expect(plan.steps['meeting-hello']).toMatchObject({ template: 'cutover:meeting' })
  expect(
    Object.keys(plan.templates)
      .filter((name) => name.startsWith('cutover:'))
      .toSorted(),
  ).toEqual(Object.keys(BUILT_IN_NOTICES).toSorted())
  const rehearsal = planOf(written, { environment: 'staging' }, FILES)
  expect(rehearsal.audiences['page']).toEqual({ slack: [], email: [] })
})

test('the texts of Cutover can be written in every medium', () => {
  for (const template of Object.values(BUILT_IN_NOTICES))
    expect(checkTemplate(template, ['slack', 'email', 'webhook', 'page'])).toEqual([])
})

test('what a runbook says of a contact may be written without a guard, and nothing else', () => {
  const contacts = { hosting: ['name', 'phone'] }
  const found = (path: string) =>
    checkTemplate(`{{contacts.${path}}}`, 'slack', { contacts }).map(({ message }) => message)
  expect(found('hosting.phone')).toEqual([])
  expect(found('hosting.email')).toEqual(['There is no `email` here.'])
  expect(found('hostin.phone')).toEqual(['There is no `hostin` here.'])
})

test('an escalation pages an audience that has a webhook', () => {
  const level = (page: string) => `escalation: [{ after: 15m, roles: [lead], page: ${page} }]\n`
  expect(codes('to: [ops]', level('page'))).toEqual([])
  expect(codes('to: [ops]', level('ops'))).toEqual(['page-without-webhook'])
  expect(codes('to: [ops]', level('nobody'))).toEqual(['unknown-audience'])
})
