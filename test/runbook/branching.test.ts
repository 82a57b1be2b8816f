import { describe, expect, test } from 'vitest'
import { codesOf, findingOf, openable, planOf, pointedAt, resolve, runbookText, withHead } from './support.ts'

const STOP =
  '- do: Stop\n  id: stop\n  opens: maintenance\n  undo: { do: Start again, closes: maintenance }\n'
const START =
  '- do: Start\n  id: start\n  closes: maintenance\n  undo: { do: Stop again, opens: maintenance }\n'
const COPY =
  '- run: Copy\n  id: copy\n  uses: sqlite.copy\n  with: { from: source, to: main }\n  undo: { run: Aside, uses: pg.set-aside, with: { target: main } }\n'

const choice = (options: string, more = '') =>
  `- one_of: How is it saved?\n  id: how\n${more}  options:\n${options.replaceAll(/^(?=.)/gm, '    ')}`
const DUMP = 'dump:\n  - run: Dump\n    id: dump\n    uses: sqlite.backup\n    with: { from: source }\n'
const SNAP = 'snapshot:\n  - do: Take a snapshot\n    id: snap\n'

describe('one_of', () => {
  const plan = planOf(runbookText(`${choice(DUMP + SNAP, '  by: observer\n')}- do: Go on`))

  test('becomes a choice, and its steps stand in the phase with the option they belong to', () => {
    expect(plan.choices['how']).toMatchObject({
      question: 'How is it saved?',
      by: 'observer',
      phase: 'migrate',
      options: [
        { id: 'dump', steps: ['dump'] },
        { id: 'snapshot', steps: ['snap'] },
      ],
    })
    expect(plan.phases[0]?.steps).toEqual(['dump', 'snap', 'go-on'])
    expect(plan.steps['snap']?.branch).toEqual({ choice: 'how', option: 'snapshot' })
    expect(plan.steps['go-on']?.branch).toBeUndefined()
  })

  test('hands its branch on to the inverse', () => {
    const text = runbookText(choice(`copy:\n${COPY.replaceAll(/^(?=.)/gm, '  ')}${SNAP}`))
    expect(planOf(text).steps['undo-copy']?.branch).toEqual({ choice: 'how', option: 'copy' })
  })

  test('is chosen at the opening, by the environment or by whoever opens it', () => {
    const text = runbookText(choice(DUMP + SNAP)).replace(
      'staging: {}',
      'staging: { choices: { how: snapshot } }',
    )
    const preset = (environment: string, choices: Record<string, string> = {}) =>
      planOf(text, { environment, choices }).choices['how']?.preset
    expect(preset('production')).toBeUndefined()
    expect(preset('staging')).toBe('snapshot')
    expect(preset('staging', { how: 'dump' })).toBe('dump')
    const wrong = resolve(openable(text), { choices: { how: 'tape' } })
    expect(wrong.ok ? [] : wrong.findings.map(({ code }) => code)).toEqual(['unknown-option'])
    const stray = resolve(openable(text), { choices: { why: 'dump' } })
    expect(stray.ok ? [] : stray.findings.map(({ code }) => code)).toEqual(['unknown-name'])
  })

  test('has at least two options, a role that exists, and a name of its own', () => {
    expect(codesOf(runbookText(choice(DUMP)))).toEqual(['no-choice'])
    expect(codesOf(runbookText(choice(DUMP + SNAP, '  by: nobody\n')))).toEqual(['unknown-role'])
    expect(codesOf(runbookText(`${choice(DUMP + SNAP)}- do: Other\n  id: how`))).toEqual(['name-taken'])
    expect(codesOf(runbookText('- one_of: Which?\n  options: {}'))).toContain('no-choice')
  })

  test('is misspelt in an environment with the nearest name', () => {
    const text = (written: string) =>
      runbookText(choice(DUMP + SNAP)).replace('staging: {}', `staging: { choices: { ${written} } }`)
    expect(findingOf('unknown-option', text('how: snapshott')).hint).toContain('snapshot')
    expect(findingOf('unknown-name', text('hwo: dump')).hint).toContain('how')
  })

  test('is no value, and what stands in one option is nothing to another', () => {
    const uses = '- run: Use it\n  command: [use, $dump.file]\n  irreversible: it adds\n'
    expect(codesOf(runbookText(`${choice(`${DUMP}${SNAP}  ${uses.replaceAll('\n', '\n  ')}`)}`))).toContain(
      'other-option',
    )
    expect(codesOf(runbookText(`${choice(`${DUMP}${SNAP}    needs: [dump]\n`)}`))).toContain('other-option')
    expect(
      codesOf(
        runbookText(`${choice(DUMP + SNAP)}- run: Use it\n  command: [use, $how]\n  irreversible: it adds`),
      ),
    ).toContain('bad-reference')
  })

  test('makes a fact of an option doubtful outside it', () => {
    const text = runbookText(
      `${choice(DUMP + SNAP)}- run: Use it\n  command: [use, $dump.file]\n  irreversible: it adds`,
    )
    const finding = findingOf('fact-may-be-missing', text)
    expect(finding).toMatchObject({ severity: 'warning' })
    expect(finding.message).toContain('the choice how is snapshot')
  })

  test('is walked with every option for open states', () => {
    const closes = `start:\n${START.replaceAll(/^(?=.)/gm, '  ')}leave:\n  - do: Leave it\n    id: leave\n`
    const finding = findingOf('stays-open', runbookText(`${STOP}${choice(closes)}`))
    expect(finding.message).toContain('the choice how is leave')
    const both = `start:\n${START.replaceAll(/^(?=.)/gm, '  ')}other:\n${START.replaceAll('Start', 'Open')
      .replaceAll('start', 'open')
      .replaceAll(/^(?=.)/gm, '  ')}`
    expect(codesOf(runbookText(`${STOP}${choice(both)}`))).toEqual([])
  })
})

const WAYS = `rollback:
  reopened: start
  options:
    fast: { title: Undo it, text: soon, within: 1h }
    thorough:
      loses: what was written since
      requires: [saved]
      steps:
        - run: Put it back
          id: put-back
          uses: pg.set-aside
          with: { target: main }
        - do: Start on the old one
          id: old-one
          closes: maintenance
`
const SAVED = '- run: Backup\n  id: saved\n  uses: sqlite.backup\n  with: { from: source }\n'
const REOPENED = `${SAVED}${STOP}${COPY}${START}`

describe('rollback.options', () => {
  test('are in the plan in their order, with their steps', () => {
    const plan = planOf(runbookText(REOPENED, WAYS))
    expect(plan.rollback).toMatchObject({
      reopened: 'start',
      options: [
        { id: 'fast', title: 'Undo it', text: 'soon', withinMs: 3_600_000, requires: [] },
        {
          id: 'thorough',
          title: 'thorough',
          loses: 'what was written since',
          requires: ['saved'],
          steps: ['put-back', 'old-one'],
        },
      ],
    })
    expect(plan.steps['put-back']).toMatchObject({ place: 'rollback option', begin: 'auto' })
  })

  test('close what is open on each of them, however far the plan came', () => {
    expect(codesOf(runbookText(REOPENED, WAYS))).toEqual([])
    const finding = findingOf(
      'stays-open',
      runbookText(REOPENED, WAYS.replace('          closes: maintenance\n', '')),
    )
    expect(finding.message).toContain('nothing closes it when rolling back by "thorough" after "Stop"')
    expect(finding.hint).toContain('a step of the way back')
  })

  test('are looked at from the steps on that they require', () => {
    const late = WAYS.replace('[saved]', '[saved, start]').replace('          closes: maintenance\n', '')
    expect(codesOf(runbookText(REOPENED, late))).toEqual([])
  })

  test('put back every database that the plan changes', () => {
    const elsewhere = WAYS.replace(
      '          id: old-one\n          closes: maintenance\n',
      '          id: old-one\n',
    )
    const without = elsewhere
      .replace('        - do: Start on the old one\n          id: old-one\n', '')
      .replace(
        'uses: pg.set-aside\n          with: { target: main }',
        'uses: compare\n          with: { source: source, target: main }',
      )
    const text = runbookText(REOPENED, without)
    const finding = findingOf('way-back-leaves-change', text)
    expect(finding.message).toContain('"thorough" puts nothing back into "main", which "Copy" changes')
    expect(pointedAt(text, finding)).toMatch(/^thorough|^loses/)
  })

  test('name steps that there are, differ, and count from a reopening', () => {
    expect(codesOf(runbookText(REOPENED, WAYS.replace('[saved]', '[savd]')))).toContain('unknown-step')
    expect(codesOf(runbookText(REOPENED, WAYS.replace('reopened: start', 'reopened: strat')))).toContain(
      'unknown-step',
    )
    expect(
      codesOf(runbookText(REOPENED, 'rollback: { options: { a: { title: A }, b: { title: B } } }\n')),
    ).toEqual(['same-way-back'])
    expect(codesOf(runbookText(REOPENED, 'rollback: { options: { a: { within: 1h } } }\n'))).toEqual([
      'out-of-place',
    ])
    expect(codesOf(runbookText(REOPENED, 'rollback: { options: { a: fast } }\n'))).toEqual(['bad-value'])
  })

  test('may use facts of the plan and of their own earlier steps, and of nothing else', () => {
    const uses = (fact: string) =>
      runbookText(
        REOPENED,
        `rollback:\n  options:\n    a: { title: A }\n    b:\n      requires: [saved]\n      steps:\n        - run: Use\n          id: use\n          command: [use, ${fact}]\n`,
      )
    expect(codesOf(uses('$saved.file'))).not.toContain('fact-too-late')
    expect(codesOf(uses('$saved.file'))).not.toContain('fact-may-be-missing')
    expect(codesOf(uses('$use.file'))).toContain('bad-reference')
  })
})

describe('the window', () => {
  const head = (window: string) => withHead('length: 60m, zone', `${window}, zone`, MIGRATE)
  const MIGRATE = '- run: Move\n  command: [move]\n  irreversible: it adds\n  estimate: 40m-50m'

  test('says what is expected, what is kept free after it, and when it usually is', () => {
    const text = head('length: 60m, expected: 55m, buffer: 30m, usual: Sunday 02:00')
    expect(codesOf(text)).toEqual([])
    expect(planOf(text).window).toMatchObject({
      lengthMs: 3_600_000,
      expectedMs: 3_300_000,
      bufferMs: 1_800_000,
    })
    expect(findingOf('bad-value', head('length: 60m, usual: Someday')).hint).toContain('Sunday 02:00')
  })

  test('says how long before it nothing else may change, and who may allow it all the same', () => {
    expect(planOf(head('length: 60m, freeze: 24h')).window).not.toHaveProperty('changesBy')
    const text = head('length: 60m, freeze: { for: 24h, approve: lead }')
    expect(codesOf(text)).toEqual([])
    expect(planOf(text).window).toMatchObject({ freezeMs: 86_400_000, changesBy: 'lead' })
    expect(codesOf(head('length: 60m, freeze: { for: 24h, approve: leed }'))).toEqual(['unknown-role'])
    expect(codesOf(head('length: 60m, freeze: { approve: lead }'))).not.toEqual([])
  })

  test('holds what is expected, and what the estimates say', () => {
    expect(codesOf(head('length: 60m, expected: 90m'))).toEqual(['plan-does-not-fit'])
    const promised = findingOf('plan-does-not-fit', head('length: 60m, expected: 45m'))
    expect(promised).toMatchObject({ severity: 'warning' })
    expect(promised.message).toContain('5m after the end that is promised (T+45m)')
  })
})

describe('objectives, failure and rehearsals', () => {
  test('are in the plan', () => {
    const plan = planOf(
      runbookText(
        '- check: Orders\n  id: orders\n  sql: { target: main, query: select 1 }\n- decide: Go?\n  id: go\n  approvers: { lead: 1 }\n  criteria: [{ rehearsed: { same_hash: true, rollback: true, issues: resolved } }]',
        'objectives: { rto: 30m, rpo: 1h }\nfailure: [{ step: orders }, { confirm: Orders are lost, id: lost, by: observer }]\n',
      ),
    )
    expect(plan.objectives).toEqual({ rtoMs: 1_800_000, rpoMs: 3_600_000 })
    expect(plan.failure.map(({ kind, id }) => [kind, id])).toEqual([
      ['step', 'orders'],
      ['confirm', 'lost'],
    ])
    expect(plan.steps['go']).toMatchObject({ criteria: [{ kind: 'rehearsed', issuesResolved: true }] })
  })

  test('of a gate may speak against it, and its NO-GO has a notice', () => {
    const gate = (against: string) =>
      runbookText(
        `- decide: Go?\n  id: go\n  approvers: { lead: 1 }\n  criteria: [{ confirm: Ready, id: ready }]\n  no_go_when: [${against}]`,
        'notices: { no_go: { to: [ops], template: no-go.hbs } }\n',
      )
    const files = { 'no-go.hbs': '{{#if reason}}NO-GO: {{reason.text}}{{/if}}' }
    const plan = planOf(gate('{ confirm: An incident is open, id: incident, by: observer }'), {}, files)
    expect(plan.steps['go']).toMatchObject({ against: [{ id: 'incident', by: 'observer' }] })
    expect(plan.steps['notice-no-go']).toMatchObject({ to: ['ops'], occasion: { kind: 'no-go' } })
    expect(codesOf(gate('{ confirm: Ready, id: ready }'), files)).toEqual(['name-taken'])
    expect(codesOf(gate('{ rehearsed: { rollback: true } }'), files)).toEqual(['bad-criterion'])
    expect(codesOf(gate('{ confirm: X, id: x, by: nobody }'), files)).toEqual(['unknown-role'])
    expect(codesOf(gate('{ confirm: X, id: x }').replace('to: [ops]', 'to: [opps]'), files)).not.toEqual([])
  })

  test('of failure name what happens, by steps and roles that there are', () => {
    const failure = (written: string) => codesOf(runbookText('- do: X', `failure: [${written}]\n`))
    expect(failure('{ step: nothing }')).toEqual(['unknown-step'])
    expect(failure('{ confirm: Lost, id: lost, by: nobody }')).toEqual(['unknown-role'])
    expect(failure('{ rehearsed: { same_hash: true } }')).toEqual(['bad-criterion'])
  })
})

describe('what a step may set', () => {
  test('is no variable of Cutover itself', () => {
    const env = (name: string) =>
      codesOf(runbookText(`- run: X\n  command: [x]\n  irreversible: it adds\n  env: { ${name}: "1" }`))
    expect(env('LANG')).toEqual([])
    expect(env('CUTOVER_DATABASE_URL')).toEqual(['bad-name'])
  })

  test('and a marker of a database is in the plan', () => {
    const text = withHead(
      'identity: { main: { database: shop }',
      'identity: { main: { database: shop, marker: { query: select 1, value: 1 } }',
    )
    expect(planOf(text).targets['main']?.identity).toEqual({
      database: 'shop',
      marker: { query: 'select 1', value: '1' },
    })
  })
})
