import { Command } from 'commander'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { addRecord } from '../../src/cli/commands/record.ts'
import { CommandEnd } from '../../src/cli/exit-codes.ts'
import { makeRecords } from '../../src/cli/serve/records.ts'
import { cutoverRoutes } from '../../src/http/routes/cutovers.ts'
import { startHttpServer } from '../../src/http/server.ts'
import { makeContacts } from '../../src/postgres/contacts.ts'
import { eventHash, type StoredEvent } from '../../src/postgres/hash.ts'
import { makeLogins } from '../../src/postgres/logins.ts'
import { storedEvents } from '../../src/postgres/verify.ts'
import { person } from '../support/cutover.ts'
import { quiet } from '../support/installation.ts'
import { say, startTestLog, type TestLog } from '../support/log.ts'
import { opening } from '../support/opened.ts'
import { writeLogin } from '../support/serving.ts'
import { ANA, aPlan } from '../support/plans.ts'

let test: TestLog
let id: string
let folder: string
let url: string
let close: () => Promise<void>

beforeAll(async () => {
  test = await startTestLog()
  folder = mkdtempSync(join(tmpdir(), 'cutover-verify-'))
  id = await opening(test.log, aPlan().do('stop').with({ live: false, targets: {} }).build())
  for (const text of ['one', 'two', 'three']) {
    await say(test.log, id, { type: 'note', text }, person(ANA))
  }
  const logins = makeLogins(test.pool)
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    logger: quiet,
    routes: cutoverRoutes({
      log: test.log,
      logins,
      contacts: makeContacts(test.pool),
      logger: quiet,
      directory: {
        people: async () => [],
        person: async (who) => ({ id: who, name: 'ana' }),
        group: async () => null,
      },
      runbooks: { list: async () => [], resolve: async () => ({ ok: false, problems: [] }) },
      records: makeRecords({ pool: test.pool, names: () => new Map() }),
    }),
  })
  url = server.url
  close = server.close
  await writeLogin(logins, ANA, { folder, url })
})
afterAll(async () => {
  await close()
  await test.stop()
  rmSync(folder, { recursive: true })
})
afterEach(() => {
  process.exitCode = undefined
})

/** What the command says, and its exit code. */
async function cutover(...words: readonly string[]): Promise<{ said: string; code: number }> {
  const told: string[] = []
  const program = new Command('cutover')
  addRecord(program, {
    environment: { CUTOVER_URL: url, XDG_CONFIG_HOME: join(folder, ANA) },
    words,
    out: (text) => void told.push(text),
    err: () => undefined,
    draw: () => undefined,
    isTty: false,
  })
  try {
    await program.parseAsync([...words], { from: 'user' })
    return { said: told.join('\n'), code: Number(process.exitCode ?? 0) }
  } catch (error) {
    if (error instanceof CommandEnd) return { said: error.message, code: error.exitCode }
    throw error
  }
}

const fourth = async () => (await storedEvents(test.pool, id))[3]?.hash ?? ''
const wrong = 'ab'.repeat(32)

describe('cutover verify ID', () => {
  it('holds the record to the head that it is given', async () => {
    const hash = await fourth()
    expect(await cutover('verify', id)).toEqual({
      said: `${id}: 4 events, the chain is whole. Head 4:${hash}.`,
      code: 0,
    })
    expect((await cutover('verify', id, '--head', hash)).code).toBe(0)
    expect((await cutover('verify', id, '--head', `4:${hash}`)).code).toBe(0)
  })

  it('ends with 1 when the record does not hold it, and says where', async () => {
    expect(await cutover('verify', id, '--head', wrong)).toEqual({
      said: `${id}: no event has the hash ${wrong}: the end was cut off or rewritten.`,
      code: 1,
    })
    expect(await cutover('verify', id, '--head', `3:${await fourth()}`)).toMatchObject({
      said: expect.stringContaining('event 3 has another hash than the anchor'),
      code: 1,
    })
    expect(await cutover('verify', id, '--head', `9:${wrong}`)).toMatchObject({
      said: expect.stringContaining('the record ends at event 4; the anchor is for event 9'),
      code: 1,
    })
  })

  it('refuses an abbreviated head, here and at the endpoint', async () => {
    expect(await cutover('verify', id, '--head', '7be1…1f09')).toMatchObject({
      said: expect.stringMatching(/^--head: “7be1…1f09” is not a whole hash.* HASH or POSITION:HASH/),
      code: 2,
    })
    const logins = JSON.parse(readFileSync(join(folder, ANA, 'cutover', 'logins.json'), 'utf8'))
    const answer = await fetch(new URL(`/v1/cutovers/${id}/verification?head=7be1`, url), {
      headers: { authorization: `Bearer ${logins[url]}` },
    })
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'bad request' }])
  })

  it('answers for a record that cannot be read any more', async () => {
    const spoiled = await opening(test.log, aPlan().do('stop').with({ live: false, targets: {} }).build())
    await test.tamper(`update cutover.event set data = '{' where cutover = $1`, [spoiled])
    expect(await cutover('verify', spoiled)).toEqual({
      said: `${spoiled}: event 1 ("cutover opened") was edited after it was written.`,
      code: 1,
    })
  })
})

describe('cutover verify DIR', () => {
  async function exported(name: string): Promise<{ dir: string; file: string; lines: string[] }> {
    const dir = join(folder, name)
    await cutover('export', id, '--to', dir)
    const file = join(dir, 'events.ndjson')
    return { dir, file, lines: readFileSync(file, 'utf8').trimEnd().split('\n') }
  }

  it('proves an export, alone and against a head', async () => {
    const { dir } = await exported('whole')
    expect((await cutover('verify', dir)).code).toBe(0)
    expect((await cutover('verify', dir, '--head', `4:${await fourth()}`)).code).toBe(0)
    expect((await cutover('verify', dir, '--head', wrong)).code).toBe(1)
  })

  it('finds an end that was cut off by the head alone', async () => {
    const { dir, file, lines } = await exported('cut')
    writeFileSync(file, `${lines.slice(0, 3).join('\n')}\n`)
    expect((await cutover('verify', dir)).code).toBe(0)
    expect(await cutover('verify', dir, '--head', `4:${await fourth()}`)).toEqual({
      said: `${id}: the record ends at event 3; the anchor is for event 4.`,
      code: 1,
    })
  })

  it('names the first event that is not what an earlier export has, in the log and in another export', async () => {
    const { dir: earlier } = await exported('earlier')
    expect(await cutover('verify', id, '--against', earlier)).toMatchObject({ code: 0 })
    const { dir, file, lines } = await exported('rewritten')
    let previous = '0'.repeat(64)
    const forged = lines.map((line) => {
      const row = { ...(JSON.parse(line.replace('two', 'too')) as StoredEvent), previous }
      previous = eventHash(row)
      return JSON.stringify({ ...row, hash: previous })
    })
    writeFileSync(file, `${forged.join('\n')}\n`)
    expect((await cutover('verify', dir)).code).toBe(0)
    expect(await cutover('verify', dir, '--against', earlier)).toEqual({
      said: `${id}: event 3 ("note added") is not what the earlier copy has there ("note added"): history was rewritten from here on.`,
      code: 1,
    })
    // It is the log that is held to the copy: this one was rewritten, and nobody knows which of the two is right.
    expect(await cutover('verify', id, '--against', dir)).toMatchObject({
      said: expect.stringContaining('event 3 ("note added") is not what the earlier copy has'),
      code: 1,
    })

    writeFileSync(file, `${[...lines.slice(0, 2), lines[3]].join('\n')}\n`)
    expect(await cutover('verify', id, '--against', dir)).toEqual({
      said: `${dir} proves nothing: event 3 is missing or out of order: event 4 stands in its place.`,
      code: 1,
    })
    expect(await cutover('verify', id, '--against', join(folder, 'nowhere'))).toMatchObject({
      said: expect.stringMatching(/^There is no folder .*nowhere\. Name the one that `cutover export`/),
      code: 2,
    })
    const other = await opening(test.log, aPlan().do('stop').with({ live: false, targets: {} }).build())
    expect(await cutover('verify', other, '--against', earlier)).toMatchObject({
      said: expect.stringContaining(`is the export of another cutover, ${id}. Nothing was compared.`),
      code: 2,
    })
  })

  it.each([
    ['null', /^Line 2 of events\.ndjson is no event of a record/],
    ['{"a":1}', /^Line 2 of events\.ndjson is no event of a record \(cutover: /],
    ['[]', /^Line 2 of events\.ndjson is no event of a record/],
    ['{"cutover', /^Line 2 of events\.ndjson is not JSON: the file was damaged there/],
  ])('says which line is damaged: %s', async (line, said) => {
    const { dir, file, lines } = await exported(`damaged-${Math.random().toString(36).slice(2)}`)
    writeFileSync(file, [lines[0], line, ...lines.slice(2)].join('\n'))
    expect(await cutover('verify', dir)).toEqual({ said: expect.stringMatching(said), code: 1 })
  })

  it('says what is no export', async () => {
    const file = join(folder, 'a-file')
    writeFileSync(file, '')
    expect(await cutover('verify', file)).toMatchObject({
      said: expect.stringContaining('is a file'),
      code: 2,
    })

    const empty = join(folder, 'empty')
    mkdirSync(empty)
    expect(await cutover('verify', empty)).toMatchObject({
      said: expect.stringContaining('holds no events.ndjson'),
      code: 2,
    })
    mkdirSync(join(empty, 'events.ndjson'))
    expect(await cutover('verify', empty)).toMatchObject({
      said: expect.stringContaining('events.ndjson is a folder'),
      code: 2,
    })
  })

  it('does not call an empty file whole', async () => {
    const { dir, file } = await exported('emptied')
    writeFileSync(file, '')
    expect(await cutover('verify', dir)).toMatchObject({
      said: expect.stringContaining('holds no event'),
      code: 1,
    })
  })
})
