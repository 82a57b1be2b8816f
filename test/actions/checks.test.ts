import { createHash } from 'node:crypto'
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findAction } from '../../src/actions/catalogue.ts'
import { aContext, check, host, temporaryFolder } from '../support/attempt.ts'

let folder: ReturnType<typeof temporaryFolder>
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())
const context = () => aContext(folder.path)

describe('http', () => {
  type Answer = (request: IncomingMessage, response: ServerResponse) => void
  let base = ''
  const answers = new Map<string, Answer>()
  const server = createServer((request, response) => {
    const answer = answers.get(request.url ?? '')
    if (answer) answer(request, response)
    else response.writeHead(404).end('no such page')
  })
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  const ask = (path: string, more: object = {}) =>
    check('http', { url: `${base}${path}`, ...more }, context())

  it('measures status, body and JSON', async () => {
    answers.set('/health', (request, response) => {
      response.end(JSON.stringify({ status: request.method, token: request.headers['x-token'] }))
    })

    const result = await ask('/health', { headers: { 'x-token': 'k' } })

    expect(result.green).toBe(true)
    expect(result.answer).toMatch(/^200 in \d+ ms$/)
    expect(result.measured).toMatchObject({ status: 200, json: { status: 'GET', token: 'k' } })
  })

  it('shows what a server says when it is not well', async () => {
    answers.set('/ill', (_, response) => response.writeHead(503).end('database is\nlocked'))

    const result = await ask('/ill')

    expect(result).toMatchObject({ green: false, measured: { status: 503 } })
    expect(result.answer).toMatch(/^503 in \d+ ms: database is locked$/)
  })

  it('follows a redirect on its host, and none to another', async () => {
    answers.set('/old', (_, response) => response.writeHead(302, { location: '/new' }).end())
    answers.set('/new', (_, response) => response.end('here'))
    answers.set('/away', (_, response) =>
      response.writeHead(302, { location: 'http://elsewhere.example/x' }).end(),
    )
    answers.set('/loop', (_, response) => response.writeHead(302, { location: '/loop' }).end())

    expect((await ask('/old')).measured.body).toBe('here')
    expect(await ask('/away')).toMatchObject({
      green: false,
      answer: expect.stringMatching(/^302 in \d+ ms, sent on to elsewhere\.example, another host$/),
    })
    expect((await ask('/loop')).measured.status).toBe(302)
  })

  it('gives up after its time', async () => {
    answers.set('/slow', () => undefined)
    answers.set('/drip', (_, response) => {
      const timer = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(timer))
    })

    expect((await ask('/slow', { timeout: '150ms' })).answer).toMatch(/: no answer within 150 ms$/)
    expect((await ask('/drip', { timeout: '150ms' })).answer).toMatch(/: no answer within 150 ms$/)
  })

  it('reads no more of a body than it needs', async () => {
    let sent = 0
    answers.set('/huge', (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(100_000, 'x'))) sent += 100_000
        response.once('drain', more)
      }
      more()
    })

    const result = await ask('/huge')

    expect(result.answer).toMatch(/^200 in \d+ ms, more than 1\.0 MB$/)
    expect(result.measured.body).toBeUndefined()
    expect(sent).toBeLessThan(50_000_000)
  })

  it('is red, not broken, where nobody listens or the name is unknown', async () => {
    const gone = createServer()
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
    const { port } = gone.address() as AddressInfo
    await new Promise((resolve) => gone.close(resolve))
    expect(await check('http', { url: `http://127.0.0.1:${port}/` }, context())).toMatchObject({
      green: false,
      answer: `127.0.0.1:${port}: nobody listens there`,
      measured: {},
    })
    expect((await check('http', { url: 'http://127.0.0.1:6000/' }, context())).answer).toBe(
      '127.0.0.1:6000: web clients refuse to use this port',
    )
    const { answer } = await check('http', { url: 'http://no-such-host.invalid/' }, context())
    expect(answer).toMatch(/^no-such-host\.invalid: the host (is not known|name could not be looked up)$/)
  })

  it.each(['ftp://h/x', 'file:///etc/passwd', 'http://user:secret@h/', 'not an address'])(
    'refuses %s',
    (url) => {
      expect(findAction('http')!.prepare({ url }).ok).toBe(false)
    },
  )
})

describe('file', () => {
  it('measures size and age and compares the content', async () => {
    const path = join(folder.path, 'w.bak')
    writeFileSync(path, 'x'.repeat(5000))
    utimesSync(path, new Date(), new Date(Date.now() - 7_500_000))
    const sha256 = '0'.repeat(64)

    expect(await check('file', { path }, context())).toMatchObject({
      green: true,
      answer: '5.0 kB, 2 h 5 min old',
      measured: { size: 5000 },
    })
    const wrong = await check('file', { path, sha256 }, context())
    expect(wrong.green).toBe(false)
    expect(wrong.answer).toBe(
      `5.0 kB, 2 h 5 min old, sha256 ${String(wrong.facts['sha256']).slice(0, 12)}… is not 000000000000…`,
    )
    const right = await check('file', { path, sha256: wrong.facts['sha256'] }, context())
    expect(right).toMatchObject({ green: true, measured: { size: 5000 } })
  })

  it('takes a folder of files as one: the size of all, the age of the newest, the content in order of names', async () => {
    const path = join(folder.path, 'b.dir')
    mkdirSync(path)
    writeFileSync(join(path, 'toc.dat'), 'toc')
    writeFileSync(join(path, '1.dat'), 'rows')
    utimesSync(join(path, 'toc.dat'), new Date(), new Date(Date.now() - 60_000))
    utimesSync(join(path, '1.dat'), new Date(), new Date(Date.now() - 7_500_000))
    const sha256 = createHash('sha256').update('rowstoc').digest('hex')

    expect(await check('file', { path, sha256 }, context())).toMatchObject({
      green: true,
      measured: { size: 7 },
      facts: { sha256 },
    })
    expect((await check('file', { path }, context())).answer).toBe('7 B, 1 min old')
  })

  it('is red where there is none, and where a folder holds no files or more than files', async () => {
    mkdirSync(join(folder.path, 'd', 'e'), { recursive: true })

    const answers = ['x', 'd', 'd/e'].map(
      async (name) => (await check('file', { path: join(folder.path, name) }, context())).answer,
    )

    expect(await Promise.all(answers)).toEqual([
      `${folder.path}/x does not exist`,
      `${folder.path}/d is a folder that holds more than files`,
      `${folder.path}/d/e is an empty folder`,
    ])
  })
})

describe('log', () => {
  const path = () => join(folder.path, 'app.log')
  const input = (more: object = {}) => ({ path: path(), pattern: 'ERROR|OperationalError', ...more })
  const say = (...lines: string[]) => appendFileSync(path(), lines.map((line) => `${line}\n`).join(''))

  it('counts what is new since its first look, known noise left out', async () => {
    say('ERROR long ago')
    const attempt = context()

    expect(await check('log', input({ ignore: ['favicon'] }), attempt)).toMatchObject({
      green: true,
      measured: { lines: 0 },
    })
    say('INFO fine', 'ERROR favicon', 'ERROR no such table: ping', 'sqlite3.OperationalError: locked')

    const result = await check('log', input({ ignore: ['favicon'] }), attempt)
    expect(result).toMatchObject({ green: false, measured: { lines: 2 } })
    expect(result.answer).toBe('2 of 4 new lines match, newest: sqlite3.OperationalError: locked')
    say('INFO fine again')
    expect((await check('log', input({ ignore: ['favicon'] }), attempt)).answer).toBe(
      '2 of 5 new lines match, newest: sqlite3.OperationalError: locked',
    )
  })

  it('looks from the beginning, or from the mark of an earlier look', async () => {
    say('ERROR one')
    const whole = await check('log', input({ since: 'beginning' }), context())
    expect(whole.measured.lines).toBe(1)
    say('ERROR two', 'fine')

    const fresh = temporaryFolder()
    const later = await check('log', input({ since: whole.facts['mark'] }), aContext(fresh.path))
    fresh.remove()

    expect(later.answer).toBe('1 of 2 new lines match, newest: ERROR two')
  })

  it('waits for a line to be finished before it counts', async () => {
    say('start')
    const attempt = context()
    await check('log', input(), attempt)
    appendFileSync(path(), 'ERR')
    expect((await check('log', input(), attempt)).answer).toBe('0 of 0 new lines match')
    appendFileSync(path(), 'OR whole\n')

    expect((await check('log', input(), attempt)).measured.lines).toBe(1)
  })

  it('follows a log that is rotated, and one that is cut to nothing', async () => {
    say('start')
    const attempt = context()
    await check('log', input(), attempt)
    say('ERROR before')
    renameSync(path(), `${path()}.1`)
    say('ERROR after')

    expect(await check('log', input(), attempt)).toMatchObject({ measured: { lines: 2 } })
    truncateSync(path())
    say('ERROR x')
    expect((await check('log', input(), attempt)).measured.lines).toBe(3)
  })

  it('says that lines may be missing when the marked file is gone', async () => {
    say('start')
    const attempt = context()
    await check('log', input(), attempt)
    renameSync(path(), `${path()}.7`)
    say('fresh')

    expect((await check('log', input(), attempt)).answer).toBe(
      '0 of 1 new line match; the log was rotated twice, lines between may be missing',
    )
  })

  it('takes binary noise and lines without end', async () => {
    say('start')
    const attempt = context()
    await check('log', input(), attempt)
    appendFileSync(
      path(),
      Buffer.concat([
        Buffer.from([0xff, 0xfe, 0]),
        Buffer.alloc(3_000_000, 'a'),
        Buffer.from(' ERROR\nERROR short\n'),
      ]),
    )

    expect((await check('log', input(), attempt)).answer).toBe('1 of 2 new lines match, newest: ERROR short')
  })

  it('is red where there is no log', async () => {
    expect(await check('log', input(), context())).toMatchObject({
      green: false,
      answer: `${path()} does not exist or may not be read`,
    })
  })

  it('adds up over a watch, in which a burst is seen and stays', async () => {
    say('start')
    setTimeout(() => say('ERROR once'), 120)
    const checks = [{ id: 'errors', title: 'No errors', uses: 'log', with: input() }]

    const { code, facts } = await host(folder.path, 'watch', { input: { checks, forMs: 400, everyMs: 50 } })

    expect(code).toBe(3)
    expect(facts.answer).toMatch(
      /^No errors: 1 of 1 new line match, newest: ERROR once, \d+ of \d+ samples out of bounds$/,
    )
    rmSync(path())
  })

  it.each(['(', '[a-'])('refuses %s as a pattern', (pattern) => {
    expect(findAction('log')!.prepare({ path: 'x', pattern }).ok).toBe(false)
  })
})
