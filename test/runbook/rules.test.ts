import { describe, expect, test } from 'vitest'
import { codesOf, findingOf, findingsOf, pointedAt, runbookText, validate, withHead } from './support.ts'

const COPY = `- run: Copy
  id: copy
  uses: sqlite.copy
  with: { from: source, to: main }
  undo: { run: Set aside, uses: pg.set-aside, with: { target: main } }`

/** The code expected, where it points, and the text. */
function expectAt(code: string, where: string, text: string, files = {}) {
  const finding = findingOf(code, text, files)
  expect(pointedAt(text, finding).startsWith(where), pointedAt(text, finding)).toBe(true)
  expect(finding.severity).toBe('error')
  expect(codesOf(text, files)).toEqual([code])
}

describe('names', () => {
  test('vars, secrets, targets and steps share one namespace', () => {
    expectAt('name-taken', 'do: Main', runbookText('- do: Main\n  id: main'))
    expectAt('name-taken', 'do: Look', runbookText('- do: Look\n- do: Look'))
    expectAt('name-taken', 'TARGET_URL', withHead('[TARGET_URL]', '[TARGET_URL, TARGET_URL]'))
  })

  test('some are taken by the language', () => {
    expectAt('reserved-name', 'do: X', runbookText('- do: X\n  id: complete'))
    expectAt('reserved-name', 'do: Cutover', runbookText('- do: Cutover'))
  })

  test('a title without Latin letters needs an id', () => {
    expectAt('missing-id', 'do: შეჩერება', runbookText('- do: შეჩერება'))
    expect(codesOf(runbookText('- do: შეჩერება\n  id: stop'))).toEqual([])
  })
})

describe('references', () => {
  test('to a step that is not there are errors with the nearest id', () => {
    const text = runbookText('- do: Stop\n  id: stop\n- do: Go on\n  needs: [stpo]')
    expectAt('unknown-step', 'stpo', text)
    expect(findingOf('unknown-step', text).hint).toBe('Did you mean "stop"?')
  })

  test('need a stated id', () => {
    expectAt('unstated-id', 'stop', runbookText('- do: Stop\n- do: Go on\n  needs: [stop]'))
  })

  test('must not wait for what comes later', () => {
    expectAt('needs-later', 'later', runbookText('- do: Now\n  needs: [later]\n- do: Later\n  id: later'))
  })

  test('of criteria name what proves something, and are fresh only where it can be looked at again', () => {
    const gate = (criterion: string) =>
      runbookText(`- do: Stop\n  id: stop\n- tell: Hello\n  id: hello\n  to: [ops]\n  template: t.hbs
- decide: Go?\n  approvers: { lead: 1 }\n  criteria: [${criterion}]`)
    const files = { 't.hbs': 'x' }
    expect(codesOf(gate('{ step: stop }'), files)).toEqual([])
    expectAt('bad-criterion', 'hello', gate('{ step: hello }'), files)
    expectAt('bad-criterion', '5m', gate('{ step: stop, fresh: 5m }'), files)
    expectAt('name-taken', '{ step', gate('{ step: stop }, { step: stop }'), files)
    expectAt('not-a-step', 'main', gate('{ step: main }'), files)
  })

  test('of a breach and of triggers are checked too', () => {
    const watch = `- watch: An hour\n  for: 1h\n  checks: [{ id: up, http: { url: "http://localhost" } }]\n  breach: dwon`
    const triggers = 'rollback: { triggers: { consider: [{ id: down, text: it is down, steps: [up] }] } }\n'
    const text = runbookText(watch, triggers)
    expectAt('unknown-trigger', 'dwon', text)
    expect(codesOf(text.replace('dwon', 'down'))).toEqual([])
    expectAt('unknown-step', 'nothing', text.replace('dwon', 'down').replace('[up]', '[nothing]'))
  })

  test('of a time are checked', () => {
    expectAt('unknown-step', '{ after: nobody', runbookText('- do: Look\n  at: { after: nobody +10m }'))
  })
})

describe('people', () => {
  test('a role nobody may hold is refused', () => {
    expectAt('role-nobody-may-hold', '[]', withHead('["user:U1", "user:U2"]', '[]'))
  })

  test('an unknown role is refused wherever it stands', () => {
    expectAt('unknown-role', 'leed', runbookText('- do: X\n  by: leed'))
    expectAt('unknown-role', 'leed', runbookText('- do: X\n  items: [{ text: y, by: leed }]'))
    expectAt('unknown-role', 'leed', runbookText('- do: X', 'openers: [leed]\n'))
    expectAt('unknown-role', 'leed', runbookText('- decide: X\n  approvers: { leed: 1 }'))
    expectAt(
      'unknown-role',
      'leed',
      runbookText('- decide: X\n  approvers: { lead: 1 }\n  criteria: [{ confirm: y, id: y, by: leed }]'),
    )
  })

  test('a gate nobody could carry is refused', () => {
    expectAt('gate-nobody-can-carry', '3', runbookText('- decide: X\n  approvers: { lead: 3 }'))
    expectAt('gate-nobody-can-carry', '{}', runbookText('- decide: X\n  approvers: {}'))
  })

  test('without a lead somebody else is named for the gate at the end', () => {
    const headless = withHead(
      'lead: { title: Lead, from: ["user:U1", "user:U2"] }',
      'boss: { title: Boss, from: ["user:U1"] }',
    )
    expectAt('gate-nobody-can-carry', 'boss', headless)
    expect(codesOf(headless.replace('secrets:', 'complete: { approvers: { boss: 1 } }\nsecrets:'))).toEqual(
      [],
    )
  })
})

describe('machine work', () => {
  test('is one thing', () => {
    expectAt('what-is-done', 'check: X', runbookText('- check: X'))
    expectAt(
      'what-is-done',
      'check: X',
      runbookText('- check: X\n  sql: { target: main, query: select 1 }\n  http: { url: "http://x" }'),
    )
  })

  test('is an action of the catalogue, of the right kind', () => {
    const text = runbookText('- run: X\n  uses: sqlite.bakcup\n  with: { from: source }')
    expectAt('unknown-action', 'sqlite.bakcup', text)
    expect(findingOf('unknown-action', text).hint).toBe('Did you mean "sqlite.backup"?')
    expectAt(
      'wrong-kind',
      'sqlite.backup',
      runbookText('- check: X\n  uses: sqlite.backup\n  with: { from: source }'),
    )
  })

  test('gets the parameters it takes', () => {
    expectAt(
      'unknown-parameter',
      'form:',
      runbookText('- run: X\n  uses: sqlite.backup\n  with: { from: source, form: source }'),
    )
    expectAt('missing-parameter', 'sqlite.backup', runbookText('- run: X\n  uses: sqlite.backup'))
  })

  test.each([
    ['workers: many', 'many', 'ill-typed'],
    ['workers: 2.5', '2.5', 'ill-typed'],
    ['strict: "yes"', '"yes"', 'ill-typed'],
    ['workers: [4]', '[4]', 'ill-typed'],
    ['workers: $folder', '$folder', 'ill-typed'],
  ])('of their types: %s', (argument, where, code) => {
    const text = runbookText(COPY.replace('to: main }', `to: main, ${argument} }`))
    const finding = findingOf(code, text)
    expect(pointedAt(text, finding).replaceAll("'", '"').startsWith(where)).toBe(true)
  })

  test('takes vars of a type that fits', () => {
    expect(codesOf(runbookText(COPY.replace('to: main }', 'to: main, workers: $workers }')))).toEqual([])
  })

  test('takes a target by its bare name, and one of the right kind', () => {
    const backup = (target: string) =>
      runbookText(`- run: X\n  uses: sqlite.backup\n  with: { from: ${target} }`)
    expectAt('unknown-target', 'sorce', backup('sorce'))
    expectAt('bad-reference', '$source', backup('$source'))
    expectAt('wrong-target-kind', 'main', backup('main'))
  })

  test('a command in a check says that it only looks', () => {
    expectAt('not-read-only', '[df, -h]', runbookText('- check: X\n  command: [df, -h]'))
    expect(codesOf(runbookText('- check: X\n  command: [df, -h]\n  read_only: true'))).toEqual([])
  })

  test('names files that are there, below the folder of the runbook', () => {
    const apply = (files: string) =>
      runbookText(
        `- run: X\n  uses: pg.apply\n  with: { target: main, files: ${files} }\n  irreversible: it adds`,
      )
    expect(codesOf(apply('[sql/a.sql]'), { 'sql/a.sql': 'select 1' })).toEqual([])
    expectAt('bad-file', 'sql/b.sql', apply('[sql/b.sql]'))
    expectAt('bad-file', '../b.sql', apply('[../b.sql]'), { '../b.sql': 'select 1' })
    expectAt('bad-file', '/etc/passwd', apply('/etc/passwd'), { '/etc/passwd': 'x' })
    const folder = {
      'sql/2.sql': 'select 2',
      'sql/1.sql': 'select oops from pg_stat_activity',
      'sql/x.md': '',
    }
    const { findings, runbook } = validate(apply('[sql]'), { ...folder, 'sql/1.sql': 'select 1' })
    expect(findings).toEqual([])
    expect([...(runbook?.files.keys() ?? [])]).toEqual(['sql/1.sql', 'sql/2.sql'])
    expect(findingsOf(apply('[sql]'), { 'sql/1.sql': 'drop table t cascade' })).toMatchObject([
      { file: 'runbooks/sql/1.sql' },
    ])
    expectAt('bad-file', 'docs', apply('[docs]'), { 'docs/x.md': '' })
    expectAt('bad-file', 'sql', runbookText('- run: X\n  script: sql\n  read_only: true'), folder)
    expectAt('bad-file', 'script.sh', runbookText('- run: X\n  script: script.sh\n  read_only: true'))
  })
})

describe('programs that ask and suites that test', () => {
  const run = (more: string) => runbookText(`- run: X\n  command: [x]\n  read_only: true\n  ${more}`)

  test('are described beside the command', () => {
    const more = [
      'tty: true',
      'answers: [{ prompt: Proceed, send: "yes", times: 2 }, { prompt: "/name: ?$/i", send: $environment }]',
      'errors: /^ERROR/',
      'results: { junit: report.xml }',
      'expect_tests: [login]',
    ].join('\n  ')

    expect(codesOf(run(more))).toEqual([])
    expect(codesOf(run('results: tap'))).toEqual([])
  })

  test('name no tests that nobody would look for', () => {
    expectAt('tests-without-results', 'expect_tests', run('expect_tests: [login]'))
  })

  test('are expected to end and to print something; what else they leave is for a check', () => {
    expect(codesOf(run('expect: { exit: 1, lines: "> 3" }'))).toEqual([])
    expectAt('expect-of-run', 'rows', run('expect: { rows: 1 }'))
    const apply =
      '- run: X\n  uses: pg.apply\n  with: { target: main, files: a.sql }\n  irreversible: it adds\n  expect: { rows: 1 }'
    expectAt('expect-of-run', 'expect', runbookText(apply), { 'a.sql': 'select 1' })
  })

  test('say what is wrong with a pattern, a report, an answer', () => {
    expectAt('bad-value', '"/(/"', run('answers: [{ prompt: "/(/", send: "yes" }]'))
    expectAt('bad-value', 'junit', run('results: junit'))
    expectAt('bad-value', '0', run('answers: [{ prompt: Proceed, send: "yes", times: 0 }]'))
    expectAt('bad-reference', '$nobody', run('answers: [{ prompt: Proceed, send: $nobody }]'))
  })
})

describe('references in arguments', () => {
  const command = (argv: string, env = '{}') =>
    runbookText(`- run: X\n  command: ${argv}\n  env: ${env}\n  read_only: true`)

  test('are whole values; $$ is a dollar', () => {
    expect(codesOf(command('[echo, $folder, $$HOME, $cutover.id, $cutover.stamp, $environment]'))).toEqual([])
    expectAt('bad-reference', '$9', command('[echo, $9]'))
    expectAt('bad-reference', '$fodler', command('[echo, $fodler]'))
    expectAt('bad-reference', '$cutover.name', command('[echo, $cutover.name]'))
  })

  test('never put a secret or a target into the process list', () => {
    expectAt('secret-in-argv', '$TARGET_URL', command('[psql, $TARGET_URL, -c, select 1]'))
    expectAt('target-as-value', '$main', command('[psql, $main, -c, select 1]'))
    expect(codesOf(command('[psql, -c, select 1]', '{ target: main, TOKEN: $TARGET_URL }'))).toEqual([])
    expectAt('unknown-target', 'mian', command('[psql, -c, select 1]', '{ target: mian }'))
  })

  const backup = '- run: Backup\n  id: backup\n  uses: sqlite.backup\n  with: { from: source }\n'
  const file = (path: string) => `- check: File\n  file: { path: ${path} }\n`

  test('to facts are typed and come in time', () => {
    expect(codesOf(runbookText(backup + file('$backup.file')))).toEqual([])
    expectAt('bad-reference', '$backup.fiel', runbookText(backup + file('$backup.fiel')))
    expectAt('ill-typed', '$backup.bytes', runbookText(backup + file('$backup.bytes')))
    expectAt('fact-too-late', '$backup.file', runbookText(file('$backup.file') + backup))
    expectAt(
      'bad-reference',
      '$backup.file',
      runbookText(backup.replace('  id: backup\n', '') + file('$backup.file')),
    )
  })

  test('to facts of a step that may run beside are too early, unless it is waited for', () => {
    const beside = (needs = '') => `${file('$backup.file')}  parallel: true\n${needs}`
    expectAt('fact-too-late', '$backup.file', runbookText(backup + beside()))
    expect(findingOf('fact-too-late', runbookText(backup + beside())).hint).toContain('needs: [backup]')
    expect(codesOf(runbookText(backup + beside('  needs: [backup]\n')))).toEqual([])
    expect(codesOf(runbookText(`${backup}- do: Look\n${beside()}`))).toEqual([])
    const through = '- do: Look\n  id: look\n  parallel: true\n  needs: [backup]\n'
    expect(codesOf(runbookText(backup + through + beside('  needs: [look]\n')))).toEqual([])
  })

  test('never take what people type', () => {
    const text = runbookText(`- do: Ask\n  id: ask\n  fields: { path: {} }\n${file('$ask.path')}`)
    expectAt('bad-reference', '$ask.path', text)
    expect(findingOf('bad-reference', text).message).toContain('never becomes an argument')
  })

  test('of an inverse may use what its own step found, and no later one', () => {
    const undo = (fact: string) =>
      `  undo: { run: Back, uses: sqlite.restore, with: { backup: ${fact}, to: source } }\n`
    const later = '- run: Second\n  id: second\n  uses: sqlite.backup\n  with: { from: source }\n'
    const stop = '- do: Stop\n  opens: maintenance\n  undo: { do: Start, closes: maintenance }\n'
    const start = '- do: Start\n  closes: maintenance\n  undo: { do: Stop again, opens: maintenance }\n'
    expect(codesOf(runbookText(stop + backup + undo('$backup.file') + later + start))).toEqual([])
    expectAt(
      'fact-too-late',
      '$second.file',
      runbookText(stop + backup + undo('$second.file') + later + start),
    )
  })
})

describe('expectations and conditions', () => {
  const check = (expected: string) =>
    runbookText(`- check: X\n  sql: { target: main, query: select 1 }\n  expect: ${expected}`)

  test('are read', () => {
    expect(codesOf(check('{ rows: "> 0", value: "<= 2.5 GiB", json: { path: $.a, value: true } }'))).toEqual(
      [],
    )
  })

  test.each(['"> many"', '"< 5 parsecs"', '">="', '"<> 5"'])('or refused: %s', (expected) => {
    expect(codesOf(check(`{ value: ${expected} }`))).toEqual(['bad-expectation'])
  })

  test('have units that fit what is measured', () => {
    expect(codesOf(check('{ rows: "> 5 MB" }'))).toEqual(['bad-expectation'])
    expect(codesOf(check('{ age: "< 1 GB" }'))).toEqual(['bad-expectation'])
    expect(codesOf(check('{ age: "< 1h", size: "> 100 MB", rows: "= 3 rows" }'))).toEqual([])
  })

  test('take a var that is known when a cutover opens, if whatever it may hold fits', () => {
    const least = (more: string, steps = check('{ size: $least }')) =>
      steps.replace('  workers:', `  least: { type: text, default: ${more} }\n  workers:`)
    expect(codesOf(least('"> 100 MB"'))).toEqual([])
    expect(codesOf(least('"> 5 parsecs"'))).toEqual(['bad-expectation'])
    expect(codesOf(least('"> 100 MB", ask: true'))).toEqual(['bad-reference'])
    expect(
      codesOf(least('"> 100 MB"').replace('staging: {}', 'staging: { vars: { least: "> 5 h" } }')),
    ).toEqual(['bad-expectation'])
    expectAt('bad-reference', '$lest', check('{ size: $lest }'))
    expectAt('bad-reference', '$backup.bytes', check('{ size: $backup.bytes }'))
  })

  test('depend on vars, facts of earlier steps and existing environments', () => {
    const when = (condition: string) => runbookText(`- do: X\n  when: ${condition}`)
    expect(codesOf(when('{ $environment: staging, $workers: "> 2" }'))).toEqual([])
    expectAt('unknown-environment', 'stagign', when('{ $environment: stagign }'))
    expectAt('bad-reference', '$TARGET_URL', when('{ $TARGET_URL: x }'))
    expectAt('bad-reference', '$nothing', when('{ $nothing: x }'))
  })
})

describe('places', () => {
  test('an inverse has no planned time and no id of its own', () => {
    const text = runbookText('- do: X\n  undo: { do: Y, at: T+5m, id: back }')
    expect(codesOf(text)).toEqual(['out-of-place', 'out-of-place'])
  })

  test('around a rollback nothing is decided, watched or planned', () => {
    const rollback = (step: string) => runbookText('- do: X', `rollback: { after: [${step}] }\n`)
    expect(codesOf(rollback('{ do: Look }'))).toEqual([])
    expect(codesOf(rollback('{ decide: Go?, approvers: { lead: 1 } }'))).toEqual(['out-of-place'])
    expect(codesOf(rollback('{ do: Look, at: T-0 }'))).toEqual(['out-of-place'])
  })

  test('a key that needs another says so', () => {
    expectAt('out-of-place', 'every', runbookText('- check: X\n  http: { url: "http://x" }\n  every: 5s'))
    expectAt('out-of-place', 'true', runbookText('- do: X\n  parallel: true'))
  })
})

describe('notices', () => {
  test('go to audiences that exist and can be reached', () => {
    const tell = '- tell: X\n  to: [opps]\n  template: t.hbs'
    expectAt('unknown-audience', 'opps', runbookText(tell), { 't.hbs': 'x' })
    expectAt('unreachable-audience', '{}', withHead('ops: { slack: "#ops" }', 'ops: {}'))
  })

  test('have a template that is there', () => {
    expectAt('bad-file', 't.hbs', runbookText('- tell: X\n  to: [ops]\n  template: t.hbs'))
  })
})

describe('the head', () => {
  const withVar = (declared: string) => withHead('workers: { type: int, default: 4 }', `workers: ${declared}`)

  test.each(['path', 'host', 'url'])('a %s is never asked for', (type) => {
    expect(codesOf(withVar(`{ type: ${type}, ask: true }`))).toEqual(['never-asked'])
  })

  test('a var has a default of its type', () => {
    expect(codesOf(withVar('{ type: int, default: many }'))).toEqual(['bad-var'])
    expect(codesOf(withVar('{ type: text, pattern: "[" }'))).toEqual(['bad-var'])
    expect(codesOf(withVar('{ type: enum, default: a }'))).toEqual(['bad-var'])
    expect(codesOf(withVar('{ type: text, pattern: "[A-Z]+", default: abc }'))).toEqual(['bad-var'])
  })

  test('an environment changes only what the runbook has, and not its kind', () => {
    const staging = (more: string) => withHead('staging: {}', `staging: ${more}`)
    expectAt('unknown-name', 'wokers', staging('{ vars: { wokers: 5 } }'))
    expectAt('bad-var', 'five', staging('{ vars: { workers: five } }'))
    expectAt('unknown-name', 'staff', staging('{ audiences: { staff: { email: a@b.c } } }'))
    expectAt('wrong-target-kind', '{ sqlite', staging('{ targets: { main: { sqlite: $sqlite } } }'))
  })

  test('a target is where a var or a secret says, and bears no password', () => {
    expectAt('bad-reference', '$sqlight', withHead('sqlite: $sqlite', 'sqlite: $sqlight'))
    expect(
      codesOf(withHead('postgres: $TARGET_URL', 'postgres: "postgres://shop:hunter22@db/shop"')),
    ).toContain('secret-in-text')
  })

  test('the name of the channel has only blanks that are filled in', () => {
    expectAt('unknown-name', "'shop-{{day}}'", runbookText('- do: X', "channel: { name: 'shop-{{day}}' }\n"))
    expect(codesOf(runbookText('- do: X', "channel: { name: 'shop-{{environment}}-{{date}}' }\n"))).toEqual(
      [],
    )
  })
})

describe('what comes after completion', () => {
  const later = '- do: Drop the standby\n  at: { after: completed +3d }'

  test('stands at the end, where nothing that is needed to complete is behind it', () => {
    expect(codesOf(runbookText(`- do: Work\n${later}`))).toEqual([])
    expectAt('waits-for-completion', 'do: Drop', runbookText(`${later}\n- do: Work`))
  })

  test('also stands behind what is measured at the end', () => {
    const measured = `metrics: { size: { sql: { target: main, query: select 1 } } }\nbaseline: { metrics: [size], at: T-1d }\n`
    const text = runbookText(`- do: Work\n${later}`, measured)
    expect(findingOf('waits-for-completion', text).message).toContain('"Size afterwards" stands behind it')
  })
})
