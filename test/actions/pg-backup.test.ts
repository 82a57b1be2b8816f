import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findAction } from '../../src/actions/catalogue.ts'
import { copyBackup } from '../../src/actions/pg/backup/copies.ts'
import { readManifest } from '../../src/actions/pg/backup/manifest.ts'
import type { TestContext } from '../support/attempt.ts'
import { aContext, failureOf, run, temporaryFolder } from '../support/attempt.ts'
import { eachOnItsOwnDatabase } from '../support/databases.ts'
import type { TestPostgres } from '../support/postgres.ts'
import type { PostgresTarget } from '../../src/actions/targets.ts'

let folder: ReturnType<typeof temporaryFolder>
let server: TestPostgres
let main: PostgresTarget
let client: Client
eachOnItsOwnDatabase('saved', (own) => {
  server = own.server
  main = own.main
  client = own.client
})
beforeEach(async () => {
  folder = temporaryFolder()
  await client.query(`
    create type mood as enum ('glad', 'sad');
    create table ward (id int primary key, name text not null, mood mood, note json, price numeric(8,2));
    insert into ward select i, 'Zimmer ' || i || ' für ü', case i % 2 when 0 then 'glad'::mood else 'sad' end,
      json_build_object('i', i), i * 1.5 from generate_series(1, 3000) i;
    create schema "Other One";
    create table "Other One"."Mixed ""case" (a text, b int[], c tsvector, d timestamptz default '2026-11-20 02:00+00');
    insert into "Other One"."Mixed ""case" values (null, '{1,2}', 'a b'), ('x', null, null), ('x', null, null);
    create table empty_one ();
    create table stay (id bigserial primary key, ward int references ward);
    insert into stay (ward) select i from generate_series(1, 100) i;
    create view glad as select * from ward where mood = 'glad';
    create table parted (day date, n int) partition by range (day);
    create table parted_1 partition of parted for values from ('2026-01-01') to ('2027-01-01');
    insert into parted values ('2026-02-03', 7)`)
})
afterEach(() => folder.remove())

const context = (over: object = {}): TestContext => aContext(folder.path, over)
const backup = (over: object = {}, at = context()) =>
  run('pg.backup', { from: main, to: join(folder.path, 'backups'), name: 'ward.dump', ...over }, at)
const testRestore = (over: object = {}, at = context()) =>
  run('pg.test-restore', { backup: join(folder.path, 'backups', 'ward.dump'), target: main, ...over }, at)
const file = () => join(folder.path, 'backups', 'ward.dump')
const sha256sum = (path: string) => execFileSync('sha256sum', [path]).toString().split(' ')[0]
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
const scratches = async () =>
  (await client.query(`select datname from pg_database where datname like 'cutover_scratch_%'`)).rows

/** A program of that name that does what the script says, in a folder for `tools`. */
function standIn(name: string, script: string): string {
  const tools = join(folder.path, 'tools')
  mkdirSync(tools, { recursive: true })
  writeFileSync(join(tools, name), `#!/bin/bash\n${script}\n`)
  chmodSync(join(tools, name), 0o755)
  return tools
}

const real = (name: string) => execFileSync('which', [name]).toString().trim()

describe('pg.backup', () => {
  it('saves a database with a manifest, closed to others, and a test restore proves it', async () => {
    const result = await backup()

    expect(result.facts).toMatchObject({
      file: file(),
      manifest: `${file()}.manifest.json`,
      bytes: statSync(file()).size,
      sha256: sha256sum(file()),
      tables: 5,
      rows: 3104,
      format: 'custom',
      compression: 'gzip:1',
      copies: [],
      warnings: 0,
    })
    expect(modeOf(file())).toBe('600')
    expect(modeOf(`${file()}.manifest.json`)).toBe('600')
    expect(modeOf(join(folder.path, 'backups'))).toBe('700')
    expect(readdirSync(join(folder.path, 'backups')).sort()).toEqual(['ward.dump', 'ward.dump.manifest.json'])

    const proven = await testRestore({ sha256: result.facts['sha256'] })

    expect(proven.facts).toMatchObject({ tables: 5, rows: 3104, startedAt: result.facts['startedAt'] })
    expect(proven.summary).toMatch(/^3,104 rows in 5 tables restored and equal, /)
    expect(await scratches()).toEqual([])
  })

  it('saves into a folder by several connections', async () => {
    const result = await backup({ format: 'directory', jobs: 2 })
    const names = readdirSync(file()).sort()

    expect(names).toContain('toc.dat')
    expect(modeOf(file())).toBe('700')
    expect(new Set(names.map((name) => modeOf(join(file(), name))))).toEqual(new Set(['600']))
    expect(result.facts['sha256']).toBe(
      execFileSync('bash', ['-c', `cat ${names.join(' ')} | sha256sum`], { cwd: file() })
        .toString()
        .split(' ')[0],
    )
    expect((await testRestore()).facts).toMatchObject({ rows: 3104 })

    const data = names.find((name) => name.endsWith('.dat.gz')) ?? ''
    const flipped = readFileSync(join(file(), data))
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1
    writeFileSync(join(file(), data), flipped)
    expect((await failureOf(testRestore())).message).toContain(
      `is damaged: ${data} is not what was written, sha256 `,
    )
  })

  it('counts and hashes what pg_dump saves while writers go on', async () => {
    const writer = await server.connect(main.url)
    const ended = new AbortController()
    const writes = (async () => {
      for (let at = 10_000; !ended.signal.aborted; at += 1) {
        await writer.query(
          `with a as (insert into ward values ($1, 'new')), b as (update ward set name = name || '!' where id = $2)
           insert into stay (ward) values ($2)`,
          [at, 1 + (at % 3000)],
        )
      }
    })()
    try {
      await backup({ format: 'directory' })
    } finally {
      ended.abort()
      await writes
    }

    expect((await testRestore()).summary).toMatch(/restored and equal/)
  })

  it('names a backup after its database and never writes over one', async () => {
    const first = await backup({ name: undefined, stamp: 'gamma' })
    const second = await backup({ name: undefined, stamp: 'gamma' })
    const failure = await failureOf(backup({ name: String(first.facts['file']).split('/').at(-1) }))

    expect(first.facts['file']).toMatch(/\/saved_\d+\.gamma\.dump$/)
    expect(second.facts['file']).toMatch(/\/saved_\d+\.gamma\.2\.dump$/)
    expect(failure.message).toBe(`There is already a backup ${String(first.facts['file'])}.`)
  })

  it('refuses a server that is newer than its tool before anything is written', async () => {
    const tools = standIn('pg_dump', 'echo "pg_dump (PostgreSQL) 9.2.18"')

    const failure = await failureOf(backup({ tools }))

    expect(failure.message).toMatch(/^main is a PostgreSQL 1\d, and .*\/tools\/pg_dump is of version 9\.$/)
    expect(failure.hint).toMatch(/postgresql-client-1\d/)
    expect(existsSync(join(folder.path, 'backups'))).toBe(false)
  })

  it.each([
    ['nothing', 'true', 'ended well and left an empty backup.'],
    ['another thing', 'echo ok > "$out"', 'ended well and left something that is no backup.'],
    [
      'an error on its terminal',
      'echo "PGDMP" > "$out"; echo "pg_dump: error: query failed: disk" >&2',
      'Dumping main failed: pg_dump: error: query failed: disk',
    ],
  ])('finds a tool that exits 0 and leaves %s', async (_, does, message) => {
    const tools = standIn(
      'pg_dump',
      `[ "$1" = --version ] && exec ${real('pg_dump')} --version
       for word; do case "$word" in --file=*) out="\${word#--file=}";; esac; done
       ${does}`,
    )

    const failure = await failureOf(backup({ tools }))

    expect(failure.message).toContain(message)
    expect(failure.changed).toBe('nothing was changed; what it had written was removed')
    expect(readdirSync(join(folder.path, 'backups'))).toEqual([])
  })

  it('compresses by zstd where the tool knows it, and by gzip where it was built without', async () => {
    const tools = standIn(
      'pg_dump',
      `[ "$1" = --version ] && { echo "pg_dump (PostgreSQL) 17.2"; exit 0; }
       words=()
       for word; do case "$word" in
         --compress=zstd:1) echo "pg_dump: error: this build does not support compression with ZSTD" >&2; exit 1;;
         --compress=gzip:1) words+=(--compress=1);;
         *) words+=("$word");;
       esac; done
       exec ${real('pg_dump')} "\${words[@]}"`,
    )

    expect((await backup({ tools })).facts['compression']).toBe('gzip:1')
  })

  it('shows what pg_dump says of a lock that it waits for in vain', async () => {
    const other = await server.connect(main.url)
    await other.query('begin; lock table ward in access exclusive mode')
    const tools = standIn('pg_dump', `exec ${real('pg_dump')} "$@" --lock-wait-timeout=200ms`)

    const failure = await failureOf(backup({ tools }))

    expect(failure.message).toContain('another session holds a lock on a table')
    expect(readdirSync(join(folder.path, 'backups'))).toEqual([])
  })

  it('does not wait for what a wrapper of the tool left behind, with its stderr open', async () => {
    const tools = join(folder.path, 'wrapped')
    mkdirSync(tools)
    const left = join(folder.path, 'left.pid')
    const script = `if [ "$1" = --version ]; then exec pg_dump --version; fi\nsleep 30 & echo $! > ${left}\nexec pg_dump "$@"`
    writeFileSync(join(tools, 'pg_dump'), `#!/bin/bash\n${script}\n`)
    chmodSync(join(tools, 'pg_dump'), 0o755)
    const began = performance.now()

    const { facts } = await backup({ tools })

    expect(performance.now() - began).toBeLessThan(20_000)
    expect(facts).toMatchObject({ rows: 3104 })
    process.kill(Number(readFileSync(left, 'utf8')))
  }, 40_000)

  it('is no backup where the disk did not take it, though pg_dump ended well', async () => {
    const handle = await open(folder.path)
    const handles: FileHandle = Object.getPrototypeOf(handle)
    await handle.close()
    vi.spyOn(handles, 'sync').mockRejectedValueOnce(Object.assign(new Error('i/o error'), { code: 'EIO' }))

    const failure = await failureOf(backup().finally(() => vi.restoreAllMocks()))

    expect(failure.message).toBe(`Writing ${file()} to the disk failed: the disk gives an error.`)
    expect(readdirSync(join(folder.path, 'backups'))).toEqual([])
  })

  it('copies to other folders, reads the copies back, and a copy is a backup of its own', async () => {
    const result = await backup({ copies: [join(folder.path, 'second')], same_device: 'warn' })
    const copy = join(folder.path, 'second', 'ward.dump')

    expect(result.facts['copies']).toEqual([copy])
    expect(sha256sum(copy)).toBe(result.facts['sha256'])
    expect(modeOf(copy)).toBe('600')
    expect((await testRestore({ backup: copy })).facts).toMatchObject({ rows: 3104 })
  })

  it.each(['custom', 'directory'])(
    'never takes the place of another copy (%s): a name is refused before anything is written, a stamp gets a number',
    async (format) => {
      const second = join(folder.path, 'second')
      const places = { copies: [second], same_device: 'warn', format }
      await backup(places)
      const older = readdirSync(second)
      const sum = statSync(join(second, 'ward.dump')).mtimeMs
      rmSync(file(), { recursive: true })
      rmSync(`${file()}.manifest.json`)

      const failure = await failureOf(backup(places))

      expect(failure.message).toBe(`There is already a backup ${join(second, 'ward.dump')}.`)
      expect(failure.changed).toBe('nothing was changed')
      expect(readdirSync(join(folder.path, 'backups'))).toEqual([])
      expect(readdirSync(second)).toEqual(older)
      expect(statSync(join(second, 'ward.dump')).mtimeMs).toBe(sum)

      const stamped = { ...places, name: undefined, stamp: 'night' }
      const { facts } = await backup(stamped)
      rmSync(String(facts['file']), { recursive: true })
      expect(String((await backup(stamped)).facts['file'])).toMatch(/\.night\.2\.(dump|dir)$/)
    },
  )

  it('copies onto the same content nothing, and not onto what came there while it was dumped', async () => {
    const second = join(folder.path, 'second')
    await backup()
    const manifest = await readManifest(file())
    mkdirSync(second, { mode: 0o700 })
    const at = context()
    const copy = () =>
      copyBackup(file(), second, { manifest, log: at.log, signal: at.signal, progress: () => undefined })
    await copy()
    rmSync(join(second, 'ward.dump.manifest.json'))

    expect(await copy()).toBe(join(second, 'ward.dump'))
    expect(at.lines).toEqual([
      `${join(second, 'ward.dump')} is there already and holds the same; nothing was written`,
    ])
    expect((await testRestore({ backup: join(second, 'ward.dump') })).facts).toMatchObject({ rows: 3104 })

    writeFileSync(join(second, 'ward.dump'), 'an older backup')
    const failure = await failureOf(copy())
    expect(failure.changed).toBe(`nothing was written there; the backup is kept at ${file()}`)
    expect(readFileSync(join(second, 'ward.dump'), 'utf8')).toBe('an older backup')
  })

  it('has jobs only where several connections write', () => {
    const input = { from: main, to: 'backups', jobs: 4 }

    expect(findAction('pg.backup')?.prepare(input)).toEqual({
      ok: false,
      problems: ['`jobs` is for `format: directory`: one file is written by one connection'],
    })
    expect(findAction('pg.backup')?.prepare({ ...input, format: 'directory' })).toMatchObject({ ok: true })
  })

  it('refuses a copy on the disk of the backup', async () => {
    const failure = await failureOf(backup({ copies: [join(folder.path, 'second')] }))

    expect(failure.message).toMatch(/^A copy is no second one there: .*\/second is on the same disk as /)
    expect(readdirSync(join(folder.path, 'backups'))).toEqual([])
  })

  it('refuses a folder that others may write to', async () => {
    mkdirSync(join(folder.path, 'open'))
    chmodSync(join(folder.path, 'open'), 0o777)

    expect((await failureOf(backup({ to: join(folder.path, 'open') }))).message).toBe(
      `Others may write to the folder ${join(folder.path, 'open')}.`,
    )
  })

  it('holds the backup against what the runbook expects, and keeps it', async () => {
    const failure = await failureOf(backup({ expect: { size: '> 100 MB', age: '< 1h' } }))

    expect(failure.message).toMatch(
      /^The backup is not as expected: its size is \d+ kB, expected > 100 MB\.$/,
    )
    expect(failure.changed).toBe(`nothing was changed; the backup is kept at ${file()}`)
    expect(existsSync(file())).toBe(true)
  })

  it('compares its size with the one before', async () => {
    await backup({ name: 'before.dump' })
    await client.query('truncate ward cascade')

    const failure = await failureOf(backup({ previous: join(folder.path, 'backups', 'before.dump') }))

    expect(failure.message).toMatch(/it has \d+ % of the size of the previous one, expected >= 50 %/)
  })

  it('stops when it is cancelled, on the server too, and leaves nothing', async () => {
    await client.query(
      'create table slow as select i, repeat(md5(i::text), 20) as t from generate_series(1, 200000) i',
    )
    const controller = new AbortController()
    const at = context({ signal: controller.signal })
    const begun = setInterval(() => existsSync(`${file()}.partial`) && controller.abort(), 5)

    await expect(backup({}, at)).rejects.toThrow(/abort/i)
    clearInterval(begun)

    expect(readdirSync(join(folder.path, 'backups'))).toEqual([])
    await expect
      .poll(
        async () =>
          (
            await client.query(
              `select query from pg_stat_activity where application_name = 'cutover:ward.step.1'`,
            )
          ).rows,
      )
      .toEqual([])
  })
})

describe('pg.test-restore', () => {
  beforeEach(async () => {
    await backup()
  })

  it('finds a flipped bit by its sha256', async () => {
    const bytes = readFileSync(file())
    bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1
    writeFileSync(file(), bytes)

    const failure = await failureOf(testRestore())

    expect(failure.message).toMatch(/^The backup .*ward\.dump is damaged: sha256 .{13} instead of /)
    expect(failure.hint).toBe('Do not restore it. Use another copy, or make a new backup.')
    expect(await scratches()).toEqual([])
  })

  it('finds a cut-off and an empty backup', async () => {
    truncateSync(file(), 5000)
    expect((await failureOf(testRestore())).message).toMatch(/ is cut off: 5,000 bytes instead of /)

    truncateSync(file(), 0)
    expect((await failureOf(testRestore())).message).toMatch(/ is empty: 0 B instead of /)
  })

  it('finds a backup that was cut off when it was written, though its sha256 is right', async () => {
    truncateSync(file(), statSync(file()).size - 200)
    adjustManifest({ bytes: statSync(file()).size, sha256: sha256sum(file()) })
    execFileSync('pg_restore', ['--list', file()])

    const failure = await failureOf(testRestore())

    expect(failure.message).toContain('the backup is cut off')
    expect(failure.changed).toBe('nothing was changed; the scratch database was dropped')
    expect(await scratches()).toEqual([])
  })

  it('finds rows that are not the ones that were there', async () => {
    await client.query(`update ward set note = '{"i":0}' where id = 7; delete from stay where id > 90`)
    const manifest = readFileSync(`${file()}.manifest.json`, 'utf8')
    await backup({ name: 'later.dump' })
    const later = JSON.parse(readFileSync(join(folder.path, 'backups', 'later.dump.manifest.json'), 'utf8'))
    writeFileSync(
      join(folder.path, 'backups', 'later.dump.manifest.json'),
      JSON.stringify({ ...later, content: JSON.parse(manifest).content }),
    )

    const failure = await failureOf(testRestore({ backup: join(folder.path, 'backups', 'later.dump') }))

    expect(failure.message).toBe(
      'The backup does not hold what the database held: public.stay has 90 rows instead of 100; public.ward has 3,000 rows, but not the same ones.',
    )
    expect(await scratches()).toEqual([])
  })

  it('refuses a backup without a manifest, with a broken one, with one of another, and with another sha256', async () => {
    expect((await failureOf(testRestore({ sha256: 'a'.repeat(64) }))).message).toMatch(
      /and aaaaaaaaaaaa… was recorded\.$/,
    )
    adjustManifest({ file: 'another.dump' })
    expect((await failureOf(testRestore())).message).toMatch(
      /is the one of another\.dump, not of ward\.dump\.$/,
    )
    writeFileSync(`${file()}.manifest.json`, '{')
    expect((await failureOf(testRestore())).message).toMatch(/^The manifest .* is damaged\.$/)
    expect((await failureOf(testRestore({ backup: join(folder.path, 'no.dump') }))).message).toMatch(
      /no\.dump is not there\.$/,
    )
  })

  it('drops the scratch database when it is cancelled', async () => {
    const controller = new AbortController()
    const at = context({ signal: controller.signal })
    const log = at.log
    const cancelling = {
      ...at,
      log: (line: string) => {
        log(line)
        if (line.startsWith('made the scratch')) setTimeout(() => controller.abort(), 30)
      },
    }

    await expect(testRestore({}, cancelling)).rejects.toThrow(/abort/i)

    expect(at.lines.at(-1)).toMatch(/^dropped the scratch database cutover_scratch_/)
    expect(await scratches()).toEqual([])
  })

  it('drops what an attempt of the same step left when it was killed, and nothing else', async () => {
    const left = 'cutover_scratch_0123456789abcdef'
    const others = 'cutover_scratch_fedcba9876543210'
    await client.query(`create database ${left}`)
    await client.query(`comment on database ${left} is 'scratch database of ward.step.0'`)
    await client.query(`create database ${others}`)
    await client.query(`comment on database ${others} is 'scratch database of ward.stepping.0'`)

    await testRestore()

    expect(await scratches()).toEqual([{ datname: others }])
    await client.query(`drop database ${others}`)
  })

  it('says when its user may not create databases', async () => {
    await client.query("drop role if exists reader; create role reader login password 'reading'")
    const target = { ...main, url: main.url.replace(/\/\/[^@/]*@/, '//reader:reading@') }

    const failure = await failureOf(testRestore({ target }))

    expect(failure.message).toMatch(/permission denied to create database/)
  })
})

function adjustManifest(over: object) {
  const path = `${file()}.manifest.json`
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...over }))
}
