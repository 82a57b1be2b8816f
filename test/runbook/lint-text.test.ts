import { describe, expect, test } from 'vitest'
import { shellCommands } from '../../src/runbook/shell/words.ts'
import { codesOf, findingOf, findingsOf, placesOf, runbookText, withHead } from './support.ts'

const SCRIPT = runbookText('- run: X\n  script: x.sh\n  read_only: true')
const script = (text: string) => codesOf(SCRIPT, { 'x.sh': text })
const argv = (words: string) => codesOf(runbookText(`- run: X\n  command: ${words}\n  read_only: true`))
const query = (text: string) =>
  codesOf(runbookText(`- check: X\n  sql: { target: main, query: ${JSON.stringify(text)} }`))

describe('a shell text', () => {
  const words = (text: string) => shellCommands(text).map((command) => command.words.map((word) => word.text))

  test('is cut into commands and words', () => {
    expect(words(`a "b c" 'd|e' f\\ g | h && i; j # k | l\nm \\\n  n`)).toEqual([
      ['a', 'b c', 'd|e', 'f g'],
      ['h'],
      ['i'],
      ['j'],
      ['m', 'n'],
    ])
  })

  test('has the commands of its substitutions too, and not the text of its here documents', () => {
    expect(words('echo "$(cat x | wc -l)"\npsql <<EOF\ndrop table a;\nEOF\nls')).toEqual([
      ['cat', 'x'],
      ['wc', '-l'],
      ['echo', '$(cat x | wc -l)'],
      ['psql'],
      ['ls'],
    ])
  })

  test('never makes the reader fail', () => {
    for (const strange of ['"', "'", '$(', '((', '<<', '<<EOF', '\\', '| | |', ')))'])
      expect(() => shellCommands(strange)).not.toThrow()
  })
})

test('a finding in a script points into that file', () => {
  const [finding] = findingsOf(SCRIPT, { 'x.sh': '# first\nif true; then\n  curl http://x\nfi\n' })
  expect(finding).toMatchObject({ file: 'runbooks/x.sh', line: 3, col: 3, code: 'curl-without-fail' })
})

test('psql stops at the first error', () => {
  expect(script('psql -f a.sql')).toEqual(['psql-goes-on'])
  expect(argv('[psql, "-1", -f, a.sql]')).toEqual(['psql-goes-on'])
  expect(findingOf('psql-goes-on', SCRIPT, { 'x.sh': 'psql -1 -f a.sql' }).message).toContain(
    'rolls everything back',
  )
  expect(script('psql -X -v ON_ERROR_STOP=1 -1 -f a.sql')).toEqual([])
  expect(script('psql --set=ON_ERROR_STOP=on -f a.sql')).toEqual([])
  expect(script('psql -c "select 1"')).toEqual([])
})

test('a pipe does not hide that its first program failed', () => {
  expect(argv('[sh, -c, "sort x | gzip > y"]')).toEqual(['pipe-hides-failure'])
  expect(script('bash -c "sort x | gzip > y"')).toEqual(['pipe-hides-failure'])
  expect(script('sort x | gzip > y')).toEqual([])
  expect(script('set +o pipefail\nsort x | gzip > y')).toEqual(['pipe-hides-failure'])
  expect(argv('[bash, -c, "set -o pipefail; sort x | gzip > y"]')).toEqual([])
})

test('an echo does not make a success of a failure', () => {
  expect(script('systemctl stop shop || echo "not running"')).toEqual(['echo-hides-failure'])
  expect(script('systemctl stop shop || exit 1; echo done')).toEqual([])
})

test('two stars want globstar', () => {
  expect(script('cat sql/**/*.sql')).toEqual(['globstar'])
  expect(script('shopt -s globstar\ncat sql/**/*.sql')).toEqual([])
  expect(script("echo 'sql/**/*.sql'")).toEqual([])
  expect(argv('[cat, "sql/**/*.sql"]')).toEqual(['globstar'])
})

test('no password stands in the process list', () => {
  expect(argv('[tool, --password=hunter2]')).toContain('password-in-argv')
  expect(script('pg_dump "$DATABASE_URL" -Fc -f x')).toContain('password-in-argv')
  expect(script('psql -v ON_ERROR_STOP=1 -f a.sql "$TARGET_URL"')).toEqual(['password-in-argv'])
  expect(script('mysqldump -phunter2 shop')).toContain('password-in-argv')
  expect(script('test -n "$DATABASE_URL"')).toEqual([])
  expect(script('echo "$HOME"')).toEqual([])
})

test('curl fails when the server does', () => {
  expect(script('curl http://localhost/health')).toEqual(['curl-without-fail'])
  expect(script('curl -fsS http://localhost/health')).toEqual([])
  expect(script('curl --fail-with-body http://localhost/health')).toEqual([])
})

describe('a backup', () => {
  test('that nothing restores or compares is told', () => {
    expect(script('pg_dump -Fc -f shop.dump shop')).toEqual(['unproven-backup'])
    expect(script('cp data/shop.db data/shop.db.bak')).toEqual(['unproven-backup'])
    expect(script('pg_dump -Fc -f shop.dump shop\npg_restore --exit-on-error -d scratch shop.dump')).toEqual(
      [],
    )
  })
})

describe('dropping', () => {
  test('before the replacement is compared is refused', () => {
    expect(script('dropdb shop')).toEqual(['drop-before-verified'])
    expect(script('pg_restore --clean -d shop shop.dump')).toEqual(['drop-before-verified'])
    expect(script('psql -c "drop schema old cascade"')).toEqual(['drop-before-verified'])
  })

  test('of what a swap put aside is refused too, for it is the way back, until the cutover is completed', () => {
    const drop = (more = '') =>
      `- run: X\n  uses: pg.drop-kept\n  with: { target: main, database: shop_aside, oid: 7 }\n  irreversible: it is old\n${more}`
    const compared = '- run: Same\n  uses: compare\n  with: { source: source, target: main }\n'

    expect(codesOf(runbookText(drop()))).toEqual(['drop-before-verified'])
    expect(codesOf(runbookText(compared + drop()))).toEqual([])
    expect(codesOf(runbookText(drop('  at: { after: completed +3d }\n')))).toEqual([])
  })

  test('in a SQL file is found at its place', () => {
    const apply =
      '- run: X\n  uses: pg.apply\n  with: { target: main, files: a.sql }\n  irreversible: it adds\n'
    const files = {
      'a.sql': '-- drop table a\ncreate table b (c int references d on delete cascade);\nDROP TABLE e;',
    }
    expect(placesOf(runbookText(apply), files)).toEqual(['drop-before-verified 3:1'])
    const compared = '- run: Same\n  uses: compare\n  with: { source: source, target: main }\n'
    expect(codesOf(runbookText(compared + apply), files)).toEqual([])
  })
})

test('nothing of others is deleted in Kubernetes', () => {
  expect(script('kubectl -n shop delete cronjob --all')).toEqual(['kubectl-delete-all'])
  expect(script('kubectl -n shop delete cronjob nightly')).toEqual([])
})

test('a shell behind the network is out of reach', () => {
  expect(script('ssh db-1 systemctl stop shop')).toEqual(['remote-shell'])
  expect(argv('[kubectl, exec, shop-0, --, rm, x]')).toEqual(['remote-shell'])
})

test('what a shell remembers ends with it', () => {
  expect(script('export STAMP=5')).toEqual(['shell-state'])
  expect(script('cd /srv')).toEqual(['shell-state'])
  expect(script('cd /srv\nls')).toEqual([])
  expect(script('here=$(cd /srv && pwd)\nls "$here"')).toEqual([])
  expect(argv('[cd, /srv]')).toEqual(['shell-state'])
})

describe('columns that are not there', () => {
  test.each([
    'select indexrelid from pg_indexes',
    'select count(*) from pg_stat_activity where waiting',
    'select pg_current_xlog_location()',
    'select mean_time from pg_stat_statements',
    'select tablename from pg_stat_user_tables',
    'select relname from pg_tables',
    'select now() - pg_last_xact_replay_timestamp()',
  ])('are told: %s', (text) => {
    expect(query(text)).toEqual(['missing-column'])
  })

  test('are not confused with those that are', () => {
    expect(query('select indexrelid::regclass from pg_index')).toEqual([])
    expect(query('select tablename from pg_tables')).toEqual([])
    expect(query('select pid from pg_stat_activity where wait_event_type is not null')).toEqual([])
  })
})

test.each([
  ['a URL with a password', 'psql "postgres://shop:hunter2@db/shop" -c "select 1"'],
  ['a Slack token', 'echo xoxb-12345678901-abcdef'],
  ['a GitHub token', 'echo ghp_abcdefghijklmnopqrstuvwxyz0123'],
  ['an AWS key', 'echo AKIAABCDEFGHIJKLMNOP'],
  ['a password', 'echo password: hunter22'],
  ['a private key', 'echo "-----BEGIN RSA PRIVATE KEY-----"'],
])('%s in the text is refused', (what, text) => {
  const findings = findingsOf(SCRIPT, { 'x.sh': text }).filter(({ code }) => code === 'secret-in-text')
  expect(findings.map(({ message }) => message)).toEqual([expect.stringContaining(what)])
})

test('a secret that a program asks for is sent by its name', () => {
  const answering = (prompt: string, send: string) =>
    codesOf(
      runbookText(
        `- run: X\n  command: [x]\n  read_only: true\n  answers: [{ prompt: "${prompt}", send: "${send}" }]`,
      ),
    )
  expect(answering('Password:', 'hunter22')).toEqual(['secret-in-text'])
  expect(answering('/pass ?phrase|passphrase/i', 'correct horse')).toEqual(['secret-in-text'])
  expect(answering('Password:', '$TARGET_URL')).toEqual([])
  expect(answering('Keep the old password?', 'yes')).toEqual([])
  expect(answering('Proceed?', 'go on')).toEqual([])
})

describe('YAML', () => {
  test('does not swallow what stands after a comma', () => {
    const text = runbookText('- { do: Stop the API, workers }')
    expect(codesOf(text)).toEqual(['unknown-key', 'yaml-comma'])
    expect(findingOf('yaml-comma', text).hint).toContain('quotes')
  })

  test('does not take a number sign for a comment unseen', () => {
    expect(codesOf(runbookText('- do: Close issue #12'))).toEqual(['yaml-comment'])
    expect(codesOf(runbookText('- do: Close the issue # the old one'))).toEqual([])
  })

  test('says why a value that begins with braces is no text', () => {
    for (const title of ['{{runbook}} moves', '{{runbook}}']) {
      const text = withHead('title: The shop moves', `title: ${title}`)
      const hints = findingsOf(text).filter(({ code, line }) => code === 'yaml' && line === 3)
      expect(hints.map(({ hint }) => hint)).toContainEqual(expect.stringContaining('begins with {{'))
    }
  })
})

describe('blanks', () => {
  test('that nobody fills in are refused', () => {
    expect(codesOf(runbookText('- do: "Stop {{service}}"'))).toEqual(['unfilled'])
    expect(codesOf(runbookText('- do: X\n- do: Y', "channel: { name: 'shop-{{date}}' }\n"))).toEqual([])
  })

  test('inside a longer value are told', () => {
    expect(argv('[ls, $folder/x]')).toContain('bad-reference')
    expect(argv('[ls, /srv/$folder]')).toEqual(['unfilled'])
  })
})
