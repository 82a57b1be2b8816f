import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aContext, failureOf, run, temporaryFolder } from '../support/attempt.ts'
import { startStorage } from '../support/storage.ts'

let storage: Awaited<ReturnType<typeof startStorage>>
let folder: ReturnType<typeof temporaryFolder>
beforeAll(async () => {
  storage = await startStorage()
})
afterAll(() => storage.stop())
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

const upload = (over: object = {}, at: object = {}) =>
  run(
    'files.upload',
    { file: join(folder.path, 'a.dump'), ...storage.reached, ...over },
    aContext(folder.path, at),
  )
const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex')
const stored = (key: string) => readFileSync(join(storage.directory, 'backups', `${key}._S3rver_object`))
let number = 0
const aKey = () => `night/${++number}/a.dump`

describe('files.upload', () => {
  it('uploads a file in parts and reads it back', async () => {
    const content = randomBytes(20 * 1024 ** 2)
    writeFileSync(join(folder.path, 'a.dump'), content)
    const key = aKey()
    const at = aContext(folder.path)

    const result = await run(
      'files.upload',
      { file: join(folder.path, 'a.dump'), ...storage.reached, key, sha256: sha256(content) },
      at,
    )

    expect(result.facts).toEqual({
      url: `s3://backups/${key}`,
      bytes: content.length,
      sha256: sha256(content),
      version: null,
      objects: 1,
    })
    expect(result.summary).toBe(`21 MB in 1 object at s3://backups/${key}, read back`)
    expect(sha256(stored(key))).toBe(sha256(content))
    expect(at.seen.some(({ label, done }) => label === 'uploading' && done < content.length)).toBe(true)
    expect(at.seen.at(-1)).toMatchObject({ label: 'reading back', done: content.length })
  })

  it('uploads a folder below its key, and the manifest of a backup with it', async () => {
    mkdirSync(join(folder.path, 'b.dir'))
    writeFileSync(join(folder.path, 'b.dir', 'toc.dat'), 'PGDMP toc')
    writeFileSync(join(folder.path, 'b.dir', '1.dat.gz'), 'rows')
    writeFileSync(join(folder.path, 'b.dir.manifest.json'), '{}')

    const result = await upload({ file: join(folder.path, 'b.dir'), key: 'b/b.dir' })

    expect(result.facts).toMatchObject({ objects: 3, bytes: 13, sha256: sha256('rowsPGDMP toc') })
    expect(stored('b/b.dir/toc.dat').toString()).toBe('PGDMP toc')
    expect(stored('b/b.dir.manifest.json').toString()).toBe('{}')
  })

  it('keeps the name of the file below a prefix', async () => {
    writeFileSync(join(folder.path, 'a.dump'), 'rows')
    const prefix = `month/${++number}`

    const result = await upload({ prefix })

    expect(result.facts).toMatchObject({ url: `s3://backups/${prefix}/a.dump` })
    expect(stored(`${prefix}/a.dump`).toString()).toBe('rows')
  })

  it('changes nothing when it runs again, and never writes over something else', async () => {
    const key = aKey()
    writeFileSync(join(folder.path, 'a.dump'), 'first')
    await upload({ key })
    expect((await upload({ key })).summary).toMatch(/was there already$/)

    writeFileSync(join(folder.path, 'a.dump'), 'other')
    const failure = await failureOf(upload({ key }))

    expect(failure.message).toBe(`s3://backups/${key} is there already and holds something else.`)
    expect(stored(key).toString()).toBe('first')
  })

  it('refuses a file that is not what was recorded, an empty one and a missing one before it sends anything', async () => {
    const before = readdirSync(join(storage.directory, 'backups'))
    writeFileSync(join(folder.path, 'a.dump'), 'x')
    expect((await failureOf(upload({ sha256: 'b'.repeat(64) }))).message).toMatch(
      /a\.dump is not what was recorded/,
    )
    writeFileSync(join(folder.path, 'a.dump'), '')
    expect((await failureOf(upload())).message).toMatch(/a\.dump is empty\.$/)
    expect((await failureOf(upload({ file: join(folder.path, 'none') }))).message).toMatch(
      /none is not there\.$/,
    )
    expect(readdirSync(join(storage.directory, 'backups'))).toEqual(before)
  })

  it.each([
    ['a bucket that is not there', { bucket: 'nowhere' }, 'there is no such bucket'],
    ['an access key that is not known', { access_key: 'NOBODY' }, 'it does not know the access key'],
    ['a port that nobody listens on', { endpoint: 'http://127.0.0.1:1' }, 'nothing listens there'],
  ])('says what is wrong with %s, without the keys', async (_, over, why) => {
    writeFileSync(join(folder.path, 'a.dump'), 'x')

    const failure = await failureOf(upload({ key: aKey(), ...over }))

    expect(failure.message).toContain(why)
    expect(JSON.stringify(failure)).not.toMatch(/S3RVER|NOBODY/)
  })

  it('asks the storage to encrypt', async () => {
    const seen: unknown[] = []
    const server = createServer((request, response) => {
      seen.push([request.method, request.headers['x-amz-server-side-encryption']])
      request.resume()
      if (request.method === 'HEAD') response.statusCode = 404
      response.end(request.method === 'GET' ? 'x' : undefined)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    writeFileSync(join(folder.path, 'a.dump'), 'x')
    try {
      await upload({ endpoint: `http://127.0.0.1:${port}`, sse: 'AES256' })
    } finally {
      server.closeAllConnections()
      server.close()
    }

    expect(seen).toEqual([
      ['HEAD', undefined],
      ['PUT', 'AES256'],
      ['GET', undefined],
    ])
  })

  it('stops when it is cancelled', async () => {
    writeFileSync(join(folder.path, 'a.dump'), randomBytes(20 * 1024 ** 2))
    const controller = new AbortController()
    const key = aKey()
    const progress = ({ label }: { label?: string }) => {
      if (label === 'uploading') controller.abort()
    }

    await expect(upload({ key }, { signal: controller.signal, progress })).rejects.toThrow(/abort/i)

    expect(() => stored(key)).toThrow(/ENOENT/)
  })
})
