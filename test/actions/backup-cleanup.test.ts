import { createHash } from 'node:crypto'
import { cpSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { findAction } from '../../src/actions/catalogue.ts'
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
  mkdirSync(at('local'))
  writeFileSync(at('local', 'a.dump'), 'PGDMP content')
  writeFileSync(at('local', 'a.dump.manifest.json'), '{}')
  writeFileSync(at('local', 'a.dump.2'), 'another backup with a name alike')
  cpSync(at('local'), at('far'), { recursive: true })
})
afterEach(() => folder.remove())

const at = (...names: string[]) => join(folder.path, ...names)
const sha256 = createHash('sha256').update('PGDMP content').digest('hex')
const cleanup = (over: object = {}, context = aContext(folder.path)) =>
  run(
    'backup.cleanup',
    { backup: at('local', 'a.dump'), sha256, copy: at('far', 'a.dump'), ...over },
    context,
  )
const local = () => readdirSync(at('local')).sort()
const ALL = ['a.dump', 'a.dump.2', 'a.dump.manifest.json']

it('deletes a backup and its manifest by name, lists them first, and keeps the copy', async () => {
  const context = aContext(folder.path)

  const result = await cleanup({}, context)

  expect(result.facts).toEqual({
    removed: [at('local', 'a.dump'), at('local', 'a.dump.manifest.json')],
    kept: [at('far', 'a.dump')],
    bytes: 13,
  })
  expect(context.lines).toEqual([
    `deletes ${at('local', 'a.dump')}`,
    `deletes ${at('local', 'a.dump.manifest.json')}`,
    `keeps ${at('far', 'a.dump')}`,
  ])
  expect(local()).toEqual(['a.dump.2'])
  expect(existsSync(at('far', 'a.dump'))).toBe(true)
})

it('changes nothing when it runs again', async () => {
  await cleanup()

  expect((await cleanup()).facts).toEqual({ removed: [], kept: [at('far', 'a.dump')], bytes: 0 })
})

it('keeps the backup where the copy is missing, differs, or is the same file by another name', async () => {
  expect((await failureOf(cleanup({ copy: at('far', 'none') }))).message).toMatch(/none is not there\.$/)
  writeFileSync(at('far', 'a.dump'), 'PGDMP cantent')
  expect((await failureOf(cleanup())).message).toMatch(/^The copy .* does not hold the backup: /)
  expect((await failureOf(cleanup({ copy: at('local', 'a.dump') }))).message).toMatch(
    /there is no other copy\.$/,
  )
  linkSync(at('local', 'a.dump'), at('far', 'linked.dump'))
  expect((await failureOf(cleanup({ copy: at('far', 'linked.dump') }))).message).toMatch(
    /there is no other copy\.$/,
  )

  expect(local()).toEqual(ALL)
})

it('deletes nothing that is not what was recorded, and takes no pattern', async () => {
  expect((await failureOf(cleanup({ backup: at('local', 'a.dump.2') }))).message).toMatch(
    /is not the backup that was recorded/,
  )
  expect((await cleanup({ backup: at('local', '*') })).facts['removed']).toEqual([])

  expect(local()).toEqual(ALL)
})

it('deletes a folder that holds a backup', async () => {
  mkdirSync(at('local', 'b.dir'))
  writeFileSync(at('local', 'b.dir', 'toc.dat'), 'PGDMP content')
  cpSync(at('local', 'b.dir'), at('far', 'b.dir'), { recursive: true })

  await cleanup({ backup: at('local', 'b.dir'), copy: at('far', 'b.dir') })

  expect(local()).toEqual(ALL)
})

it('goes on where a try before had deleted a part of a folder, by the names that were recorded', async () => {
  const parts = { 'a.dat': 'one', 'b.dat': 'two', 'toc.dat': 'PGDMP' }
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const whole = hash(Object.values(parts).join(''))
  const files = Object.entries(parts).map(([name, text]) => ({
    name,
    bytes: text.length,
    sha256: hash(text),
  }))
  mkdirSync(at('local', 'b.dir'))
  for (const [name, text] of Object.entries(parts)) writeFileSync(at('local', 'b.dir', name), text)
  cpSync(at('local', 'b.dir'), at('far', 'b.dir'), { recursive: true })
  writeFileSync(at('local', 'b.dir.manifest.json'), JSON.stringify({ sha256: whole, files }))
  const { bucket, ...reached } = storage.reached
  const dir = { backup: at('local', 'b.dir'), sha256: whole, copy: at('far', 'b.dir') }
  await run('files.upload', { file: at('far', 'b.dir'), bucket, ...reached }, aContext(folder.path))
  rmSync(at('local', 'b.dir', 'a.dat'))

  writeFileSync(at('local', 'b.dir', 'b.dat'), 'twö')
  expect((await failureOf(cleanup(dir))).message).toMatch(/is not the backup that was recorded/)
  writeFileSync(at('local', 'b.dir', 'b.dat'), 'two')
  const context = aContext(folder.path)
  const inStorage = { ...dir, copy: undefined, copy_url: `s3://${bucket}/b.dir`, ...reached }

  expect((await cleanup(inStorage, context)).facts['removed']).toEqual([
    at('local', 'b.dir', 'b.dat'),
    at('local', 'b.dir', 'toc.dat'),
    at('local', 'b.dir.manifest.json'),
  ])
  expect(context.lines[0]).toBe(`a try before had deleted a part of ${at('local', 'b.dir')}`)
  expect(local()).toEqual(ALL)
})

it('goes on where a try before had deleted all files of a folder, or all but the manifest', async () => {
  const manifest = JSON.stringify({ sha256, files: [{ name: 'toc.dat', sha256 }] })
  mkdirSync(at('far', 'b.dir'))
  writeFileSync(at('far', 'b.dir', 'toc.dat'), 'PGDMP content')
  writeFileSync(at('local', 'b.dir.manifest.json'), manifest)
  mkdirSync(at('local', 'b.dir'))
  const dir = { backup: at('local', 'b.dir'), copy: at('far', 'b.dir') }

  expect((await cleanup(dir)).facts['removed']).toEqual([at('local', 'b.dir.manifest.json')])
  expect(local()).toEqual(ALL)

  writeFileSync(at('local', 'b.dir.manifest.json'), manifest)
  expect((await cleanup(dir)).facts['removed']).toEqual([at('local', 'b.dir.manifest.json')])
  expect(local()).toEqual(ALL)

  writeFileSync(at('local', 'b.dir.manifest.json'), JSON.stringify({ sha256: 'of another one' }))
  expect((await cleanup(dir)).facts['removed']).toEqual([])
  expect(local()).toEqual([...ALL, 'b.dir.manifest.json'])
})

it('keeps the backup until the copy in storage has been read back', async () => {
  const { bucket, ...reached } = storage.reached
  const copy = { copy: undefined, copy_url: `s3://${bucket}/a.dump`, ...reached }
  expect((await failureOf(cleanup(copy))).message).toMatch(
    /^Reading the copy s3:\/\/backups\/a\.dump failed: /,
  )
  expect(local()).toEqual(ALL)
  await run('files.upload', { file: at('local', 'a.dump'), bucket, ...reached }, aContext(folder.path))

  expect((await cleanup(copy)).facts['kept']).toEqual(['s3://backups/a.dump'])
  expect(local()).toEqual(['a.dump.2'])
})

it('wants to know where the other copy is, and is declared as something that changes', () => {
  const action = findAction('backup.cleanup')

  expect(action?.mutating).toBe(true)
  expect(action?.prepare({ backup: 'a', sha256 })).toEqual({
    ok: false,
    problems: ['either `copy` or `copy_url` says where the copy is that is kept'],
  })
  expect(action?.prepare({ backup: 'a', sha256, copy_url: 's3://b/c' })).toEqual({
    ok: false,
    problems: ['a copy in storage needs `access_key` and `secret_key`'],
  })
})
