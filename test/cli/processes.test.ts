import { execa } from 'execa'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
/** Nobody listens there. */
const AWAY = 'postgres://cutover@127.0.0.1:1/cutover'
const LOCAL_TOKENS = { CUTOVER_SLACK_BOT_TOKEN: 'xoxb-local-1', CUTOVER_SLACK_APP_TOKEN: 'xapp-local-1' }
const REAL_LOOKING = { CUTOVER_SLACK_BOT_TOKEN: 'xoxb-1-2-3', CUTOVER_SLACK_APP_TOKEN: 'xapp-1-2-3' }

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-processes-'))
  writeFileSync(join(folder, 'bindings.json'), '{"environments":{}}', { mode: 0o600 })
})
afterAll(() => rmSync(folder, { recursive: true }))

function cutover(words: readonly string[], settings: Readonly<Record<string, string>> = {}) {
  return execa(process.execPath, [MAIN, ...words], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      ...(words[0] === 'worker' ? { CUTOVER_BINDINGS: 'bindings.json' } : {}),
      CUTOVER_LOG_LEVEL: 'silent',
      ...settings,
    },
    extendEnv: false,
    reject: false,
    timeout: 20_000,
  })
}

describe('a process that cannot start', () => {
  it.each([
    ['migrate', { CUTOVER_DATABASE_URL: AWAY }],
    [
      'serve',
      { CUTOVER_DATABASE_URL: AWAY, ...LOCAL_TOKENS, CUTOVER_SLACK_API_URL: 'http://127.0.0.1:1/api/' },
    ],
    ['worker --pool db', { CUTOVER_DATABASE_URL: AWAY }],
  ])('%s says that the log cannot be reached, and nothing of the driver', async (words, settings) => {
    const { stderr, exitCode } = await cutover(words.split(' '), settings)

    expect(stderr).toMatch(/^The log cannot be reached: .*CUTOVER_DATABASE_URL.* Nothing was started\.$/)
    expect(exitCode).toBe(5)
  })

  it.each([
    ['migrate', {}, /CUTOVER_DATABASE_URL is not set.*docker compose up/],
    [
      'migrate',
      { CUTOVER_DATABASE_URL: 'postgres://me:secret@127.0.0.1/x' },
      /CUTOVER_DATABASE_PASSWORD_FILE/,
    ],
    ['migrate', { CUTOVER_DATABASE_ULR: AWAY }, /Unknown setting CUTOVER_DATABASE_ULR/],
    ['serve', { CUTOVER_DATABASE_URL: AWAY }, /CUTOVER_SLACK_BOT_TOKEN is not set/],
    ['worker', { CUTOVER_DATABASE_URL: AWAY }, /Name the pool/],
    [
      'worker --pool db',
      { CUTOVER_DATABASE_URL: AWAY, CUTOVER_BINDINGS: 'none.json' },
      /none\.json cannot be read/,
    ],
    [
      'worker --pool db',
      { CUTOVER_DATABASE_URL: AWAY, ...LOCAL_TOKENS },
      /CUTOVER_SLACK_BOT_TOKEN, CUTOVER_SLACK_APP_TOKEN must not be set for `cutover worker`.*Nothing was started/,
    ],
    [
      'worker --pool db',
      { CUTOVER_DATABASE_URL: AWAY, CUTOVER_SLACK_SIGNING_SECRET: 'secret' },
      /CUTOVER_SLACK_SIGNING_SECRET must not be set/,
    ],
    [
      'serve',
      { CUTOVER_DATABASE_URL: AWAY, ...LOCAL_TOKENS, CUTOVER_BINDINGS: 'bindings.json' },
      /CUTOVER_BINDINGS must not be set for `cutover serve`.*Nothing was started/,
    ],
  ])('%s with %j says which setting is wrong', async (words, settings, said) => {
    const { stderr, exitCode } = await cutover(words.split(' '), settings)

    expect(stderr).toMatch(said)
    expect(stderr).not.toContain('secret')
    expect(exitCode).toBe(2)
  })

  it.each([
    [LOCAL_TOKENS, /tokens of a local workspace/],
    [
      { ...REAL_LOOKING, CUTOVER_SLACK_API_URL: 'http://127.0.0.1:1/api/' },
      /not Slack, and the tokens look real.*Nothing was sent/,
    ],
  ])('serve sends no token where it does not belong: %j', async (slack, said) => {
    const { stderr, exitCode } = await cutover(['serve'], { CUTOVER_DATABASE_URL: AWAY, ...slack })

    expect(stderr).toMatch(said)
    expect(exitCode).toBe(2)
  })
})

describe('a command', () => {
  it('that is misspelt gets the nearest one', async () => {
    const { stderr, exitCode } = await cutover(['stauts'])

    expect(stderr).toContain('Did you mean status?')
    expect(exitCode).toBe(2)
  })

  it('verifies nothing against a part of a hash', async () => {
    const { stderr, exitCode } = await cutover(['verify', 'ghk3w8xz', '--head', '7be1…1f09'])

    expect(stderr).toMatch(/“7be1…1f09” is not a whole hash.* POSITION:HASH\. Nothing was checked\.$/)
    expect(exitCode).toBe(2)
  })

  it('says that serve is away, that nothing was recorded, and what to check', async () => {
    const { stderr, exitCode } = await cutover(['hold', '--reason', 'x'], {
      CUTOVER_URL: 'http://127.0.0.1:1',
    })

    expect(stderr).toMatch(/127\.0\.0\.1:1 cannot be reached.*Nothing was recorded\. Check.*CUTOVER_URL/)
    expect(stderr).not.toContain('--key')
    expect(exitCode).toBe(5)
  })

  it.each([
    ['none.yaml', /There is no file none\.yaml/],
    ['.', /\. is a folder\. Name its files/],
  ])('validate %s says what is wrong with the name', async (name, said) => {
    const { stderr, exitCode } = await cutover(['validate', name])

    expect(stderr).toMatch(said)
    expect(stderr).not.toMatch(/EISDIR|ENOENT/)
    expect(exitCode).toBe(2)
  })

  it('start says that a zone is none', async () => {
    const words = [
      'start',
      'shop',
      '--environment=x',
      '--at=02:30',
      '--zone=Mars/Base',
      '--holder',
      'lead=UANA',
    ]
    const { stderr, exitCode } = await cutover(words)

    expect(stderr).toMatch(/"Mars\/Base" is no time zone/)
    expect(exitCode).toBe(2)
  })
})
