import { describe, expect, test } from 'vitest'
import { codesOf, findingOf, findingsOf, pointedAt, runbookText, validate, withHead } from './support.ts'

const STOP = '- do: Stop\n  opens: maintenance\n  undo: { do: Start again, closes: maintenance }\n'
const START = '- do: Start\n  closes: maintenance\n  undo: { do: Stop again, opens: maintenance }\n'
const BACKUP = '- run: Backup\n  id: backup\n  uses: sqlite.backup\n  with: { from: source }\n'
const RESTORE = '  undo: { run: Restore, uses: sqlite.restore, with: { backup: $backup.file, to: source } }\n'
const COPY =
  '- run: Copy\n  uses: sqlite.copy\n  with: { from: source, to: main }\n  undo: { run: Aside, uses: pg.set-aside, with: { target: main } }\n'

describe('a step that changes something', () => {
  test('says how it is undone, or why it cannot be', () => {
    const text = runbookText('- run: Clean up\n  command: [rm, -r, cache]')
    expect(codesOf(text)).toEqual(['no-way-back'])
    expect(pointedAt(text, findingOf('no-way-back', text))).toBe('run: Clean up')
    expect(
      codesOf(runbookText('- run: Clean up\n  command: [rm, -r, cache]\n  irreversible: it is a cache')),
    ).toEqual([])
    expect(codesOf(runbookText('- run: Look\n  command: [ls]\n  read_only: true'))).toEqual([])
    expect(codesOf(runbookText(BACKUP))).toEqual([])
  })

  test('is also a person’s, when it opens or closes a state', () => {
    expect(
      codesOf(runbookText('- do: Stop\n  opens: maintenance\n- do: Start\n  closes: maintenance')),
    ).toEqual(expect.arrayContaining(['no-way-back', 'stays-open']))
  })
})

describe('open states', () => {
  test('that alternate forward and back on every prefix are in order', () => {
    expect(codesOf(runbookText(STOP + COPY + START))).toEqual([])
  })

  test('must be closed when the cutover completes', () => {
    const text = runbookText(STOP + COPY)
    expect(codesOf(text)).toEqual(['stays-open'])
    expect(findingOf('stays-open', text).message).toContain('when the cutover completes in production')
  })

  test('must be closed when it is rolled back, from every prefix', () => {
    const text = runbookText(`- do: Stop\n  opens: maintenance\n  irreversible: it must be\n${START}`)
    const finding = findingOf('stays-open', text)
    expect(finding.message).toContain('rolling back after "Stop"')
    expect(finding.hint).toContain('closes: maintenance')
  })

  test('are not opened twice, nor closed when they are closed', () => {
    expect(codesOf(runbookText(STOP + STOP.replaceAll('Stop', 'Stop more') + START))).toContain('opens-twice')
    expect(codesOf(runbookText(START + STOP))).toContain('closes-nothing')
  })

  test('need the way back to reopen what the way forward closed', () => {
    const text = runbookText(
      STOP + START.replace('undo: { do: Stop again, opens: maintenance }', 'irreversible: why not'),
    )
    const finding = findingOf('closes-nothing', text)
    expect(finding.message).toContain('rolling back after "Start"')
  })

  test('are followed through every environment', () => {
    const only = (step: string, environment: string) =>
      step.replace('\n', `\n  when: { $environment: ${environment} }\n`)
    const both = only(STOP, 'production') + only(STOP, 'staging').replaceAll('Stop', 'Halt')
    expect(codesOf(runbookText(both + START))).toEqual([])
    const text = runbookText(only(STOP, 'production') + START)
    expect(findingOf('closes-nothing', text).message).toContain('in staging')
  })

  test('are followed through both answers that a fact may give', () => {
    const conditional = (step: string, expected: string) =>
      step.replace('\n', `\n  when: { $backup.bytes: "${expected}" }\n`)
    const text = runbookText(BACKUP + conditional(STOP, '> 5') + START)
    expect(findingOf('closes-nothing', text).message).toContain('not $backup.bytes "> 5"')
    expect(codesOf(runbookText(BACKUP + conditional(STOP, '> 5') + conditional(START, '> 5')))).toEqual([])
  })

  test('may be closed by the rollback section', () => {
    const stop = '- do: Stop\n  opens: maintenance\n  irreversible: it must be\n'
    const start = '- do: Start\n  closes: maintenance\n  undo: { do: Stop again, opens: maintenance }\n'
    const rollback = 'rollback: { after: [{ do: Start on the old one, closes: maintenance }] }\n'
    expect(codesOf(runbookText(stop + start, rollback))).toEqual([])
  })

  test('say so when there are too many ways to follow', () => {
    const many = Array.from(
      { length: 9 },
      (_, n) => `- do: Step ${n}\n  when: { $backup.bytes: "> ${n}" }\n`,
    ).join('')
    expect(codesOf(runbookText(BACKUP + many + STOP + START))).toEqual(['too-many-branches'])
  })
})

describe('the backup that a rollback restores', () => {
  test('comes after writes have stopped', () => {
    const text = runbookText(BACKUP + RESTORE + STOP + START)
    expect(codesOf(text)).toEqual(['backup-too-early'])
    expect(findingOf('backup-too-early', text).severity).toBe('warning')
    expect(codesOf(runbookText(STOP + BACKUP + RESTORE + START))).toEqual([])
  })

  test('or after it is proven that nobody writes', () => {
    const idle = '- check: Idle\n  uses: sqlite.idle\n  with: { target: source }\n'
    expect(codesOf(runbookText(idle + BACKUP + RESTORE))).toEqual([])
  })

  test('comes before what it saves is changed', () => {
    const change =
      '- run: Clean\n  uses: sqlite.restore\n  with: { backup: clean.db, to: source }\n  irreversible: on purpose\n'
    expect(codesOf(runbookText(STOP + change + BACKUP + RESTORE + START))).toContain('backup-too-late')
  })
})

describe('a backup of PostgreSQL', () => {
  const SAVE = '- run: Save\n  id: saved\n  uses: pg.backup\n  with: { from: main, to: $folder }\n'
  const TEST =
    '- run: Prove it\n  uses: pg.test-restore\n  with: { backup: $saved.file, sha256: $saved.sha256, target: main }\n'
  const MIGRATE =
    '- run: Migrate\n  command: [migrate]\n  env: { target: main }\n  undo: { run: Back, uses: pg.restore, with: { backup: $saved.file, target: main } }\n'

  test('is restored beside the original before it is needed', () => {
    const text = runbookText(STOP + SAVE + MIGRATE + START)
    expect(codesOf(text)).toEqual(['untested-backup'])
    expect(findingOf('untested-backup', text).hint).toContain('`backup: $saved.file`')
    expect(codesOf(runbookText(STOP + SAVE + TEST + MIGRATE + START))).toEqual([])
  })

  test('may be tested as a trial backup of the same database', () => {
    const trial = (SAVE + TEST).replaceAll('saved', 'trial').replace('Save', 'Try')
    expect(codesOf(runbookText(trial + STOP + SAVE + MIGRATE + START))).toEqual([])
  })

  test('that a rollback restores comes after writes have stopped and before the first change', () => {
    const drain =
      '- run: Drain\n  uses: pg.drain\n  with: { target: main }\n  irreversible: the sessions are gone\n'
    const early = runbookText(SAVE + TEST + STOP + MIGRATE + START)
    expect(codesOf(early)).toEqual(['backup-too-early'])
    expect(codesOf(runbookText(drain + SAVE + TEST + MIGRATE))).toEqual([])
    const first =
      '- run: First\n  command: [migrate]\n  env: { target: main }\n  irreversible: it only adds\n'
    expect(codesOf(runbookText(STOP + first + SAVE + TEST + MIGRATE + START))).toEqual(['backup-too-late'])
  })

  test('is not restored by what deletes it', () => {
    const cleanup =
      '- run: Delete it\n  uses: backup.cleanup\n  with: { backup: $saved.file, sha256: $saved.sha256, copy: far/a.dump }\n'
    const rollback = `rollback:\n  after:\n${cleanup.replaceAll(/^/gm, '    ').trimEnd()}\n`
    expect(codesOf(runbookText(SAVE + TEST, rollback))).toEqual([])
  })
})

test('with several databases changed, the name to type is stated', () => {
  const change =
    '- run: Clean\n  uses: sqlite.restore\n  with: { backup: clean.db, to: source }\n  irreversible: on purpose\n'
  const text = runbookText(change + COPY).replace(
    'identity: { main: { database: shop } }',
    'identity: { main: { database: shop }, source: { path: data/shop.db } }',
  )
  expect(codesOf(text)).toEqual(['no-rollback-name'])
  expect(codesOf(text.replace('phases:', 'rollback: { name: shop }\nphases:'))).toEqual([])
})

test('a live environment says how what it changes is recognised', () => {
  const bare = withHead(', identity: { main: { database: shop } }', '', COPY)
  expect(codesOf(bare)).toEqual(['no-identity'])
  expect(findingOf('no-identity', bare).message).toContain('"main"')
  expect(codesOf(bare.replace('live: true', 'live: false'))).toEqual([])
})

describe('estimates', () => {
  const step = (name: string, more: string) => `- do: ${name}\n  ${more}\n`

  test('that do not fit before a planned time name the step', () => {
    const text = runbookText(step('Long', 'estimate: 10m-20m') + step('Later', 'at: T+15m'))
    const finding = findingOf('plan-does-not-fit', text)
    expect(finding).toMatchObject({ severity: 'warning' })
    expect(finding.message).toBe(
      '"Later" is planned at T+15m, and by the estimates "Long" may last until T+20m',
    )
    expect(codesOf(text.replace('T+15m', 'T+20m'))).toEqual([])
  })

  test('that end after the window name the first change that does', () => {
    const text = runbookText(step('Long', 'estimate: 50m') + COPY.replace('Copy', 'Copy\n  estimate: 8m-15m'))
    expect(findingsOf(text).map(({ message }) => message)).toEqual([
      'by the upper estimates "Copy" ends at T+1h 5m, 5m after the window of 1h',
    ])
    expect(
      codesOf(text.replace('estimate: 50m', 'estimate: 50m\n        parallel: false').replace('50m', '40m')),
    ).toEqual([])
  })

  test('of what comes after completion belong to no window', () => {
    const after = (at: string) =>
      `${runbookText(step('Long', 'estimate: 50m'))}  - phase: Later\n    at: ${at}\n    steps:\n${COPY.replace(
        'Copy',
        'Copy\n  estimate: 8m-15m',
      ).replaceAll(/^(?=.)/gm, '      ')}`
    expect(codesOf(after('{ after: completed +24h }'))).toEqual([])
    expect(codesOf(after('T+50m'))).toEqual(['plan-does-not-fit'])
  })

  test('of what runs beside another are not added', () => {
    const beside = step('Beside', 'estimate: 30m\n  parallel: true')
    expect(codesOf(runbookText(step('Long', 'estimate: 10m') + beside + step('Later', 'at: T+15m')))).toEqual(
      [],
    )
  })
})

test('an overdue review is told', () => {
  const text = withHead('owner: platform', 'owner: platform\nreview: 2026-11-01')
  const codes = (today: string) => validate(text, {}, { today }).findings.map(({ code }) => code)
  expect(codes('2026-11-20')).toEqual(['review-overdue'])
  expect(codes('2026-10-20')).toEqual([])
  expect(codesOf(text)).toEqual([])
})
