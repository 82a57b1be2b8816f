import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aContext, check, host, prepare, temporaryFolder } from '../support/attempt.ts'
import { startNameServer, type NameServer } from '../support/name-server.ts'

const OLD = '198.51.100.4'
const NEW = '203.0.113.7'

let folder: ReturnType<typeof temporaryFolder>
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())
const context = () => aContext(folder.path)

describe('dns', () => {
  let one: NameServer
  let other: NameServer
  beforeAll(async () => {
    one = await startNameServer()
    other = await startNameServer()
  })
  afterAll(async () => {
    await one.close()
    await other.close()
  })
  const ask = (more: object = {}) =>
    check(
      'dns',
      { name: 'api.example.org', resolvers: [one.at, other.at], timeout: '300ms', ...more },
      context(),
    )
  const both = (ttl: number, ...values: readonly string[]) => {
    for (const server of [one, other]) server.say('A api.example.org', { values, ttl })
  }

  it('is green when each name server answers as expected, and says for how long', async () => {
    both(300, NEW)
    const result = await ask({ answers: [NEW] })

    expect(result).toMatchObject({
      green: true,
      answer: `${NEW}, which may be kept for 5 min at all 2 name servers`,
      facts: { answers: [NEW], stale: [], servers: 2, ttl: 300 },
      measured: { value: NEW, rows: 0 },
    })
  })

  it('names the server that still says the old address, and how long it may go on', async () => {
    both(60, NEW)
    other.say('A api.example.org', { values: [OLD], ttl: 238 })
    const result = await ask({ answers: [NEW] })

    expect(result.green).toBe(false)
    expect(result.answer).toBe(
      `1 of 2 name servers as expected; ${other.at}: ${OLD}, which may be kept for 3 min 58 s`,
    )
    expect(result.facts).toEqual({ answers: [OLD, NEW].toSorted(), stale: [other.at], servers: 2, ttl: 238 })
    expect(result.measured).toMatchObject({ rows: 1 })
  })

  it('is red when an old address is answered beside the new one', async () => {
    both(60, NEW, OLD)
    expect(await ask({ answers: [NEW] })).toMatchObject({ green: false, measured: { rows: 2 } })
    expect(await ask({ answers: [NEW, OLD] })).toMatchObject({ green: true })
  })

  it('waits until the old answer has run out', async () => {
    both(2, OLD)
    const before = one.asked()
    setTimeout(() => both(2, NEW), 150)
    const { code, facts, samples } = await host(folder.path, 'dns', {
      input: { name: 'api.example.org', answers: [NEW], resolvers: [one.at] },
      withinMs: 10_000,
      everyMs: 50,
    })

    expect({ code, verdict: facts.verdict }).toEqual({ code: 0, verdict: 'green' })
    expect(samples[0]).toMatchObject({
      green: false,
      answer: expect.stringContaining(`${OLD}, which may be kept`),
    })
    expect(one.asked() - before).toBe(samples.length)
  })

  it('without expected answers wants all name servers to say the same', async () => {
    both(60, NEW, OLD)
    expect(await ask()).toMatchObject({ green: true, measured: { value: `${OLD}, ${NEW}` } })
    other.say('A api.example.org', { values: [NEW], ttl: 60 })
    expect(await ask()).toMatchObject({ green: false, measured: { rows: 1 } })
  })

  it('reads IPv6 in any form, and names', async () => {
    one.say('AAAA api.example.org', { values: ['2001:db8::7'], ttl: 60 })
    one.say('CNAME www.example.org', { values: ['New.example.org'], ttl: 60 })
    const at = { resolvers: [one.at] }

    expect(await ask({ ...at, type: 'AAAA', answers: ['2001:0DB8:0:0::7'] })).toMatchObject({
      green: true,
      measured: { value: '2001:db8::7' },
    })
    expect(
      await ask({ ...at, name: 'www.example.org', type: 'CNAME', answers: ['new.example.org.'] }),
    ).toMatchObject({ green: true, facts: { ttl: null } })
  })

  it('says of each name server why it has no answer', async () => {
    one.say('A silent.example.org', null)
    const silent = await ask({ name: 'silent.example.org' })
    expect(silent.green).toBe(false)
    expect(silent.answer).toContain(`${one.at}: no answer within 300 ms; ${other.at}: knows no such name`)
    // Nothing to hold against what is expected: the answer says why.
    expect(silent.measured).toEqual({})

    one.say('A empty.example.org', { values: [], ttl: 0 })
    const empty = await ask({ name: 'empty.example.org', resolvers: [one.at, '127.0.0.1:1'] })
    expect(empty.answer).toContain(`${one.at}: knows the name, but nothing of this type`)
    expect(empty.answer).toMatch(/127\.0\.0\.1:1: (?:nobody answers there|no answer within)/)
  })

  it('stops when it is cancelled', async () => {
    one.say('A silent.example.org', null)
    const cancel = new AbortController()
    const input = { name: 'silent.example.org', resolvers: [one.at], timeout: '30s' }
    const asked = check('dns', input, aContext(folder.path, { signal: cancel.signal }))
    cancel.abort()
    await expect(asked).rejects.toThrow()
  })

  it('refuses what is no name, and a name server that is no address', () => {
    expect(() => prepare('dns', { name: 'https://example.org' })).toThrow('name: this is no name of a host')
    expect(() => prepare('dns', { name: 'a.example.org', resolvers: ['ns.example.org'] })).toThrow(
      'a name server is an IP address',
    )
  })
})

describe('http.backends', () => {
  let base = ''
  let answer: RequestListener = (_, response) => response.end()
  let connections = 0
  const server = createServer((request, response) => answer(request, response))
  server.on('connection', () => (connections += 1))
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  const ask = (more: object = {}) => check('http.backends', { url: `${base}/`, ...more }, context())

  /** A balancer that sends every tenth request to green. */
  const canary = (): RequestListener => {
    let asked = 0
    return (_, response) => {
      asked += 1
      const release = asked % 10 === 0 ? 'green' : 'blue'
      response.setHeader('x-served-by', release).end(JSON.stringify({ release }))
    }
  }

  it('counts who answers by a header, on a connection of its own each time', async () => {
    answer = canary()
    connections = 0
    const result = await ask({ header: 'X-Served-By', times: 20, backend: 'green' })

    expect(connections).toBe(20)
    expect(result).toMatchObject({
      green: false,
      answer: '20 answers asked for: blue 18, green 2; green has 10 %',
      facts: { backends: ['blue 18', 'green 2'], asked: 20, failed: 0, share: 10 },
      measured: { value: 10, rows: 2, json: { blue: 18, green: 2 } },
    })
  })

  it('counts by a field of the JSON', async () => {
    answer = canary()
    expect(await ask({ json: 'release' })).toMatchObject({
      green: true,
      measured: { json: { blue: 9, green: 1 } },
    })
    expect((await ask({ json: 'version', times: 1 })).answer).toContain('without version 1')
  })

  it('counts by the address that answered where nothing else says who it is', async () => {
    answer = (_, response) => response.end()
    expect(await ask({ times: 3 })).toMatchObject({
      green: true,
      answer: '3 answers asked for: 127.0.0.1 3',
      measured: { value: 1, rows: 1 },
    })
  })

  it('is judged by the share that is expected', async () => {
    answer = canary()
    const input = { url: `${base}/`, header: 'x-served-by', times: 20, backend: 'green' }
    const expected = (text: string, value: number) => ({
      input,
      expect: { value: { op: '>=' as const, value, text } },
    })
    expect((await host(folder.path, 'http.backends', expected('>= 5 %', 5))).facts).toMatchObject({
      verdict: 'green',
    })
    expect((await host(folder.path, 'http.backends', expected('>= 50 %', 50))).facts).toMatchObject({
      verdict: 'red',
    })
  })

  it('is green only when every answer is well', async () => {
    let asked = 0
    answer = (_, response) => {
      asked += 1
      if (asked === 3) response.writeHead(503).end()
      else if (asked === 4) response.destroy()
      else response.end()
    }
    const result = await ask({ times: 5 })

    expect(result.green).toBe(false)
    expect(result.answer).toContain('1 × status 503; 1 × the connection was cut')
    expect(result.facts).toMatchObject({ failed: 2 })
  })

  it('says why nobody answers', async () => {
    expect(await ask({ url: 'http://127.0.0.1:1/', times: 2 })).toMatchObject({
      green: false,
      answer: '2 answers asked for: none came; 2 × nobody listens there',
      measured: {},
    })
    answer = () => undefined
    expect((await ask({ times: 1, timeout: '100ms' })).answer).toContain('1 × no answer within 100 ms')
    expect(() => prepare('http.backends', { url: base, header: 'a', json: 'b' })).toThrow('not both')
  })
})
