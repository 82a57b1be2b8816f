import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProduct, type Product } from '../support/product.ts'
import { eventually } from '../support/slack-hands.ts'
import { loginInSlack } from '../support/slack-rehearsal.ts'

/** Everything that a form could trip over. */
const API_KEY = 'Zebra/42+"quoted"&\\pêche:9001'

const RUNBOOK = `language: 1
runbook: leaky
title: Everything leaks
owner: platform
updated: 2026-11-20
window: { length: 60m, zone: UTC }
channel: { name: 'leaky-{{id}}', private: true }
pool: db
roles:
  lead: { title: Lead, from: ['group:dba-oncall'] }
  observer: { title: Observer, from: ['group:platform'] }
openers: [lead]
audiences: { ops: { slack: '#ops' } }
secrets: [API_KEY, TARGET_URL]
targets:
  main: { postgres: $TARGET_URL }
vars:
  words: { type: text, ask: true, default: nothing }
environments:
  production: { live: true, identity: { main: { database: nowhere } } }
  staging: { audiences: { ops: { slack: '#ops' } } }
phases:
  - phase: Leak
    at: T-0
    steps:
      - run: Print it in every form
        id: print
        script: leaky/print.sh
        env: { API_KEY: $API_KEY, target: main, WORDS: $words }
        begin: auto
        optional: true
        irreversible: a test
      - run: Fail with it
        id: fail
        script: leaky/fail.sh
        env: { API_KEY: $API_KEY, URL: $TARGET_URL }
        begin: auto
        irreversible: a test
      - run: Have PostgreSQL say it
        id: detail
        uses: pg.apply
        with: { target: main, files: [leaky/again.sql] }
        irreversible: a test
rollback: { name: leaky }
`
const PRINT = `
it=$API_KEY; half=$((\${#it} / 2))
printf 'split: %s' "\${it:0:half}"; sleep 0.7; printf '%s\\n' "\${it:half}"
printf 'raw: %s\\nurl: ' "$API_KEY"
node -e 'console.log(encodeURIComponent(process.env.API_KEY))'
node -e 'console.log("json:", JSON.stringify({ key: process.env.API_KEY }))'
node -e 'console.log("hex:", Buffer.from(process.env.API_KEY).toString("hex"))'
for prefix in "" x xy; do printf 'base64: '; printf '%s%s tail' "$prefix" "$API_KEY" | base64 -w0; echo; done
printf 'passfile: '; cat "$PGPASSFILE"
node -e 'console.log("words:", process.env.WORDS)'
sleep 1
`
const FAIL = `
node -e 'throw new Error("cannot use " + process.env.API_KEY + " at " + process.env.URL)'
`
const AGAIN = 'insert into keys select value from keys;\n'
const HOSTILE =
  '; rm -rf / $(touch pwned) `id` --host=evil <!channel> <@U024ANA> <http://evil.example|GO> \u202Egnp.exe'

/** Every form in which a secret is recognised, as a reader would search for it. */
function forms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  const aligned = [0, 1, 2].map((skip) => {
    const encoded = Buffer.concat([Buffer.alloc(skip), bytes])
      .toString('base64')
      .replaceAll('=', '')
    // The characters at both ends are mixed with what stands beside it.
    return encoded.slice(Math.ceil((skip * 8) / 6) + (skip > 0 ? 1 : 0), -2)
  })
  const json = JSON.stringify(secret).slice(1, -1)
  return [...new Set([secret, encodeURIComponent(secret), json, bytes.toString('hex'), ...aligned])]
}

let product: Product
let exported: string
let planted: readonly string[]
let umask: number
const argvs = new Set<string>()
let watching: NodeJS.Timeout | undefined

beforeAll(async () => {
  umask = process.umask(0)
  exported = mkdtempSync(join(tmpdir(), 'cutover-exported-'))
  product = await startProduct({
    pool: 'db',
    runbooks: {
      'leaky.yaml': RUNBOOK,
      'leaky/print.sh': PRINT,
      'leaky/fail.sh': FAIL,
      'leaky/again.sql': AGAIN,
    },
    bindings: async (server) => {
      const target = await server.createDatabase('leaky')
      const client = await server.connect(target)
      await client.query('create table keys (value text primary key)')
      await client.query('insert into keys values ($1)', [API_KEY])
      await client.end()
      const password = decodeURIComponent(new URL(target).password)
      planted = [...forms(API_KEY), ...(password.length >= 6 ? forms(password) : [])]
      return {
        environments: { staging: { live: false, secrets: { API_KEY, TARGET_URL: target } } },
      }
    },
  })
  watching = setInterval(seeArgvs, 40)
})
afterAll(async () => {
  clearInterval(watching)
  await product?.stop()
  rmSync(exported, { recursive: true, force: true })
  process.umask(umask)
})

function seeArgvs(): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      argvs.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))
    } catch {
      // It has ended.
    }
  }
}

/** Which of the planted forms stand in a text. */
const leaked = (text: string): readonly string[] => planted.filter((form) => text.includes(form))

async function done(who: string, ...words: string[]): Promise<string> {
  const ran = await product.cli(who, words)
  if (ran.code !== 0) throw new Error(`cutover ${words.join(' ')} ended with ${ran.code}:\n${ran.err}`)
  return ran.out
}

async function theCutover(): Promise<string> {
  const [one] = await product.log.list()
  if (one === undefined) throw new Error('there is no cutover')
  return one.id
}

const statusOf = async (step: string): Promise<string | undefined> =>
  (await product.log.load(await theCutover()))?.state.steps[step]?.status

/** Everything that Slack holds, the bytes of uploads as well. */
async function slack(): Promise<string> {
  const { channels } = (await product.control('/control/channels')) as {
    channels: readonly { name: string }[]
  }
  const messages = await Promise.all(
    channels.map(({ name }) => product.control(`/control/channels/${encodeURIComponent(name)}/messages`)),
  )
  const everything = [await product.control('/control/log'), ...messages]
  const files = [...JSON.stringify(messages).matchAll(/"url_private":"([^"]+)"/g)].map(([, url = '']) => url)
  const bytes = await Promise.all(files.map(async (url) => (await fetch(url)).text()))
  expect(bytes.join('')).toContain('[masked]')
  return [...everything.map((one) => JSON.stringify(one)), ...bytes].join('\n')
}

async function database(): Promise<string> {
  const client = await product.logServer.connect(product.logUrl)
  const { rows: tables } = await client.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'cutover'`,
  )
  const texts: string[] = []
  for (const { name } of tables) {
    const { rows } = await client.query(`select * from cutover.${name}`)
    for (const row of rows) {
      const { bytes, ...rest } = row as { readonly bytes?: unknown }
      texts.push(JSON.stringify(rest))
      if (Buffer.isBuffer(bytes)) texts.push(gunzipSync(bytes).toString())
    }
  }
  await client.end()
  return texts.join('\n')
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    yield path
    if (entry.isDirectory()) yield* filesBelow(path)
  }
}

const textsBelow = (folder: string, leftOut: RegExp): string =>
  [...filesBelow(folder)]
    .filter((path) => statSync(path).isFile() && !leftOut.test(path))
    .map((path) => `${path}\n${readFileSync(path, 'latin1')}`)
    .join('\n')

describe('T35 a secret in the output, in every form that is listed, and in errors', () => {
  it('is printed by steps that really did', async () => {
    await loginInSlack(product, 'ana')
    await done(
      'ana',
      'start',
      'leaky',
      '--environment=staging',
      '--at=+1s',
      '--holder',
      'lead=@ana',
      'observer=@giorgi',
      '--var',
      `words=${HOSTILE}`,
    )
    await eventually('the printing', async () => ((await statusOf('print')) === 'done' ? true : undefined))
    await eventually('the failure', async () => ((await statusOf('fail')) === 'failed' ? true : undefined))
    await done('ana', 'skip', 'fail', '--reason', HOSTILE)
    await eventually('its turn', async () => ((await statusOf('detail')) === 'due' ? true : undefined))
    await done('ana', 'run', 'detail')
    await eventually('the error', async () => ((await statusOf('detail')) === 'failed' ? true : undefined))
    const raw = textsBelow(join(product.folder, 'spool'), /^$/)
    for (const form of forms(API_KEY)) expect(raw.includes(Buffer.from(form).toString('latin1'))).toBe(true)
  })

  it('stands in no message, no upload, no form', async () => {
    const said = await eventually('the masked logs', async () => {
      const all = await slack()
      return /print[^"]*\.(log|txt)/.test(all) ? all : undefined
    })
    expect(leaked(said)).toEqual([])
    const sent = JSON.stringify(await product.control('/control/log'))
    expect(sent).toContain('&lt;!channel&gt;')
    expect(sent).not.toMatch(/<!channel>|<@U024ANA> <http/)
  })

  it('stands in no row of the log, the progress and the output', async () => {
    const text = await database()
    expect(text).toContain('[masked]')
    expect(leaked(text)).toEqual([])
  })

  it('stands in no log of a process, and in no file of the spool but the raw ones, which are deleted after some days', async () => {
    expect(leaked(await product.output())).toEqual([])
    for (const name of readdirSync(product.folder).filter((one) => one.endsWith('.log')))
      expect(leaked(readFileSync(join(product.folder, name), 'utf8'))).toEqual([])
    const others = [...filesBelow(join(product.folder, 'spool'))].filter(
      (path) => statSync(path).isFile() && !/\/(output\.raw\.log|facts\.json)$/.test(path),
    )
    expect(others.filter((path) => leaked(readFileSync(path, 'utf8')).length > 0)).toEqual([])
  })

  it('stands in no export, timeline, status or mail', async () => {
    const id = await theCutover()
    await done('ana', 'export', id, '--to', join(exported, 'evidence'))
    const told = [
      textsBelow(exported, /^$/),
      await done('ana', 'timeline', id),
      await done('ana', 'timeline', id, '--json'),
      await done('ana', 'status'),
      JSON.stringify(product.mail.messages()),
    ]
    expect(leaked(Buffer.from(told.join('\n')).toString())).toEqual([])
  })

  it('stands in no process list, and in the environment of neither serve nor worker', () => {
    expect(argvs.size).toBeGreaterThan(10)
    expect([...argvs].flatMap(leaked)).toEqual([])
    const { pid } = product.worker.process
    expect(leaked(readFileSync(`/proc/${pid}/environ`, 'utf8'))).toEqual([])
  })
})

describe('T34 text from outside that means something elsewhere', () => {
  it('reaches a program as one value, letter by letter, and starts nothing', () => {
    const printed = readFileSync(
      [...filesBelow(join(product.folder, 'spool'))].find((path) =>
        path.endsWith('print.1/output.raw.log'),
      ) ?? '',
      'utf8',
    )
    expect(printed).toContain(`words: ${HOSTILE}\n`)
    expect([...filesBelow(product.folder)].filter((path) => path.endsWith('pwned'))).toEqual([])
    const started = [...argvs].filter((argv) => argv.includes('--host=evil') && !argv.includes('main.js '))
    expect(started).toEqual([])
  })

  it('is refused when it is too long, and nothing is recorded', async () => {
    const id = await theCutover()
    const before = (await product.log.events(id)).length
    const ran = await product.cli('ana', ['note', 'x'.repeat(100_000)])
    expect(ran.code).toBe(2)
    expect(ran.err).toContain('at most 3,000 characters')
    expect(ran.err).not.toContain('    at ')
    expect((await product.log.events(id)).length).toBe(before)
  })
})

describe('what a whole run leaves behind, with a umask that closes nothing', () => {
  it('is for its user alone: spool, export, logins', () => {
    const folders = [
      join(product.folder, 'spool', 'db'),
      join(exported, 'evidence'),
      join(product.folder, 'config', 'ana', 'cutover'),
    ]
    const open = folders.flatMap((folder) =>
      [folder, ...filesBelow(folder)].filter((path) => (statSync(path).mode & 0o077) !== 0),
    )
    expect(open.map((path) => relative(product.folder, path))).toEqual([])
    const files = folders
      .flatMap((folder) => [...filesBelow(folder)])
      .filter((path) => statSync(path).isFile())
    expect(files.length).toBeGreaterThan(15)
    expect(files.filter((path) => (statSync(path).mode & 0o777) !== 0o600)).toEqual([])
  })
})
