import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aContext, check, failureOf, host, run, temporaryFolder } from '../support/attempt.ts'
import { anotherProcess, makeSqlite, readSqlite } from '../support/sqlite.ts'

let folder: ReturnType<typeof temporaryFolder>
let path: string
let others: Awaited<ReturnType<typeof anotherProcess>>[]
beforeEach(() => {
  folder = temporaryFolder()
  path = join(folder.path, 'ward.db')
  others = []
})
afterEach(async () => {
  for (const other of others) await other.end()
  folder.remove()
})

const source = (file = path) => ({ name: 'source', kind: 'sqlite', path: file })
const context = () => aContext(folder.path)
const shaOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')

async function other(sql: string, file = path) {
  const started = await anotherProcess(file, sql)
  others.push(started)
  return started
}

const WARD = `
  create table device (id integer primary key, name text);
  create table ping (device_id references device (id), at text);
  with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
    insert into device select i, 'device ' || i from n;
  insert into ping values (1, 'now'), (9999, 'orphan');
`

describe('sqlite.idle', () => {
  it('names the process that has the database open, although it is doing nothing', async () => {
    makeSqlite(path, WARD)
    const { pid } = await other('select 1 from device')

    const result = await check('sqlite.idle', { target: source() }, context())

    expect(result.green).toBe(false)
    expect(result.answer).toBe(`1 process has it open: node (pid ${pid})`)
    expect(result.facts).toMatchObject({ holders: 1, processes: [`${pid} node`], exclusiveLock: false })
  })

  it('sees who has nothing but the -wal open', async () => {
    makeSqlite(path, `pragma journal_mode = wal; ${WARD}`)
    await (await anotherProcess(path, 'insert into device (name) values (null)')).end()
    const reader = spawn('sh', ['-c', 'exec 3< "$1"; echo open; exec sleep 30', 'sh', `${path}-wal`])
    await once(reader.stdout, 'data')

    const result = await check('sqlite.idle', { target: source() }, context())
    reader.kill('SIGKILL')

    expect(result).toMatchObject({ green: false, measured: { value: 1, rows: 1 } })
    expect(result.answer).toContain(`(pid ${reader.pid})`)
  })

  it('is green when nobody has it open, with the lock as the proof, and leaves the content as it was', async () => {
    makeSqlite(path, WARD)
    const before = shaOf(path)

    const result = await check('sqlite.idle', { target: source() }, context())

    expect(result).toMatchObject({
      green: true,
      answer: '0 processes have it open, exclusive lock taken and given back',
    })
    expect(shaOf(path)).toBe(before)
  })

  it('turns green in a waiting check when the writer ends', async () => {
    makeSqlite(path, WARD)
    const writer = await anotherProcess(path, 'begin exclusive')
    setTimeout(() => void writer.end(), 300)

    const { code, samples } = await host(folder.path, 'sqlite.idle', {
      input: { target: source() },
      withinMs: 10_000,
      everyMs: 100,
    })

    expect(code).toBe(0)
    expect(samples[0]).toMatchObject({
      green: false,
      answer: `1 process has it open: node (pid ${writer.pid})`,
    })
    expect(samples.at(-1)).toMatchObject({ green: true })
  })

  it('says so where there is no file, and does not make one', async () => {
    expect((await failureOf(check('sqlite.idle', { target: source() }, context()))).message).toBe(
      `source: there is no file ${path}.`,
    )
    expect(existsSync(path)).toBe(false)
  })

  it('says so where the file is no database', async () => {
    writeFileSync(path, 'id,name\n1,a\n'.repeat(500))

    expect((await failureOf(check('sqlite.idle', { target: source() }, context()))).message).toBe(
      `Locking ${path} failed: it is no SQLite database, or it is encrypted.`,
    )
  })
})

describe('sqlite.backup', () => {
  it('makes a private, examined copy with its facts', async () => {
    makeSqlite(path, WARD)

    const { summary, facts } = await run(
      'sqlite.backup',
      { from: source(), stamp: '20261120-0230' },
      context(),
    )

    const file = join(folder.path, 'backups', 'ward.db.20261120-0230.bak')
    expect(facts).toEqual({
      file,
      bytes: statSync(file).size,
      sha256: shaOf(file),
      tables: 2,
      rows: 3002,
      foreignKeyViolations: 1,
      sameDevice: true,
    })
    expect(summary).toMatch(
      /^\d+ kB, 3,002 rows in 2 tables, sha256 [0-9a-f]{12}…, 1 row with a broken reference, on the same disk/,
    )
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder.path, 'backups')).mode & 0o777).toBe(0o700)
    expect(readdirSync(join(folder.path, 'backups'))).toEqual(['ward.db.20261120-0230.bak'])
  })

  it('copies what a WAL holds while its writer goes on, as of one moment', async () => {
    makeSqlite(path, `pragma journal_mode = wal; ${WARD}`)
    await other(`pragma wal_autocheckpoint = 0; insert into device (name) values ('only in the wal')`)
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0)

    const { facts } = await run('sqlite.backup', { from: source() }, context())

    expect(facts['rows']).toBe(3003)
    expect(
      readSqlite(String(facts['file']), `select count(*) c from device where name like 'only%'`),
    ).toEqual([{ c: 1 }])
  })

  it('is one moment of a database whose writer never rests', async () => {
    makeSqlite(path, `pragma journal_mode = wal; ${WARD}; create table blob (content)`)
    makeSqlite(path, 'insert into blob values (zeroblob(60000000))')
    others.push(await anotherProcess(path, 'select 1', `insert into device (name) values ('more')`))

    const { facts } = await run('sqlite.backup', { from: source() }, context())

    expect(facts['rows']).toBeGreaterThanOrEqual(3003)
    const [{ now }] = readSqlite(path, 'select count(*) as now from device') as [{ now: number }]
    expect(now + 3).toBeGreaterThan(Number(facts['rows']))
  })

  it('never writes over a backup: the second of one stamp gets a number, a given name is refused', async () => {
    makeSqlite(path, WARD)
    const first = await run('sqlite.backup', { from: source(), stamp: 's' }, context())
    const second = await run('sqlite.backup', { from: source(), stamp: 's' }, context())

    expect(String(second.facts['file'])).toBe(String(first.facts['file']).replace('.bak', '.2.bak'))
    const name = 'ward.db.s.bak'
    expect((await failureOf(run('sqlite.backup', { from: source(), name }, context()))).message).toBe(
      `There is already a file ${first.facts['file']}.`,
    )
  })

  it('says who has a locked database', async () => {
    makeSqlite(path, WARD)
    const { pid } = await other('begin exclusive')

    expect(await failureOf(run('sqlite.backup', { from: source() }, context()))).toEqual({
      message: `source: ${path} is locked; 1 process has it open: node (pid ${pid}).`,
      hint: 'Stop what writes to it, then try again.',
      changed: 'nothing was changed',
    })
  })

  it('refuses what is no database, and an empty file', async () => {
    writeFileSync(path, '-- a dump\n'.repeat(100))
    expect((await failureOf(run('sqlite.backup', { from: source() }, context()))).message).toBe(
      `source: ${path} is no SQLite database, or it is encrypted.`,
    )
    writeFileSync(path, '')
    expect((await failureOf(run('sqlite.backup', { from: source() }, context()))).message).toBe(
      `source: ${path} is empty.`,
    )
  })

  it('refuses a damaged database and leaves no copy', async () => {
    makeSqlite(path, WARD)
    const content = readFileSync(path)
    content.fill(0xab, 8192, 12_288)
    writeFileSync(path, content)

    const { message } = await failureOf(run('sqlite.backup', { from: source() }, context()))

    expect(message).toMatch(/damaged/)
    expect(existsSync(join(folder.path, 'backups')) && readdirSync(join(folder.path, 'backups'))).toEqual(
      false,
    )
  })

  it('stops when a person cancels, and leaves no half-made copy', async () => {
    makeSqlite(path, WARD)
    const controller = new AbortController()
    const stopping = aContext(folder.path, {
      signal: controller.signal,
      progress: ({ label }) => label === 'sha256' && controller.abort(),
    })

    await expect(run('sqlite.backup', { from: source() }, stopping)).rejects.toThrow('abort')

    expect(readdirSync(join(folder.path, 'backups'))).toEqual([])
  })

  it('refuses a folder that cannot be one', async () => {
    makeSqlite(path, WARD)

    expect(
      (await failureOf(run('sqlite.backup', { from: source(), to: join(path, 'x') }, context()))).message,
    ).toBe(`The backup folder ${path}/x cannot be made: a part of the path is no folder.`)
  })
})

describe('a full disk', () => {
  const small = () => join(folder.path, 'small')
  /** A disk of its own, where this user may mount one. */
  function withSmallDisk(size = '64k'): boolean {
    mkdirSync(small())
    return spawnSync('sh', ['-c', 'mount -t tmpfs -o "size=$1" tmpfs "$0"', small(), size]).status === 0
  }
  afterEach(() => {
    spawnSync('sh', ['-c', 'umount "$0"', small()])
  })

  it('is seen before a backup begins, with what is free and what is needed', async ({ skip }) => {
    if (!withSmallDisk()) skip('this user may not mount a small disk')
    makeSqlite(path, WARD)

    expect(await failureOf(run('sqlite.backup', { from: source(), to: small() }, context()))).toEqual({
      message: expect.stringMatching(
        new RegExp(String.raw`^The disk of ${small()} has \d+ kB free and \d+ kB are needed\.$`),
      ),
      hint: 'Make room there, or name a folder on another disk.',
      changed: 'nothing was changed',
    })
    expect(readdirSync(small())).toEqual([])
  })

  it('is said when another program fills it in the middle, and the half-made copy is removed', async ({
    skip,
  }) => {
    if (!withSmallDisk('46m')) skip('this user may not mount a small disk')
    makeSqlite(path, 'create table big (content); insert into big values (zeroblob(40000000))')
    const filler = join(small(), 'filler')
    const filling = aContext(folder.path, {
      progress: ({ label }) => {
        if (label === 'copying' && !existsSync(filler)) writeFileSync(filler, Buffer.alloc(12_000_000))
      },
    })

    const { message, changed } = await failureOf(
      run('sqlite.backup', { from: source(), to: small(), name: 'w.bak' }, filling),
    )

    expect(message).toBe(`Writing ${small()}/w.bak.partial failed: the disk is full.`)
    expect(changed).toBe('nothing was changed')
    expect(readdirSync(small())).toEqual(['filler'])
  })

  it('in the spool stops an action before it starts', async ({ skip }) => {
    if (!withSmallDisk()) skip('this user may not mount a small disk')
    const { runAction } = await import('../../src/actions/host.ts')
    writeFileSync(
      join(small(), 'request.json'),
      JSON.stringify({
        attempt: 'a.b.1',
        action: { name: 'sqlite.backup', input: { from: source() }, files: small() },
      }),
    )
    writeFileSync(join(small(), 'filler'), Buffer.alloc(40_000))
    makeSqlite(path, WARD)

    expect(await runAction('sqlite.backup', small())).toBe(1)

    expect(existsSync(join(folder.path, 'backups'))).toBe(false)
    expect(readdirSync(small()).sort()).toEqual(['filler', 'request.json'])
  })
})

describe('sqlite.restore', () => {
  async function aBackup() {
    makeSqlite(path, WARD)
    const { facts } = await run('sqlite.backup', { from: source(), stamp: 's' }, context())
    return { backup: String(facts['file']), sha256: String(facts['sha256']) }
  }

  it('puts the backup back and keeps what was there', async () => {
    const made = await aBackup()
    makeSqlite(path, `update device set name = 'damaged'`)
    chmodSync(path, 0o640)

    const { facts, summary } = await run('sqlite.restore', { to: source(), ...made, stamp: 'x' }, context())

    expect(shaOf(path)).toBe(made.sha256)
    expect(statSync(path).mode & 0o777).toBe(0o640)
    expect(facts).toMatchObject({
      file: path,
      rows: 3002,
      tables: 2,
      keptAs: `${path}.aside-x`,
      moved: [`${path}.aside-x`],
    })
    expect(summary).toContain(`the other one is kept as ${path}.aside-x`)
    expect(readSqlite(`${path}.aside-x`, 'select distinct name from device')).toEqual([{ name: 'damaged' }])
  })

  it('moves the -wal and -shm away with the database, so that nothing of them comes back', async () => {
    const made = await aBackup()
    makeSqlite(path, 'pragma journal_mode = wal')
    const writer = await anotherProcess(
      path,
      `pragma wal_autocheckpoint = 0; update device set name = 'in the wal'`,
    )
    await writer.end()
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0)

    const { facts } = await run('sqlite.restore', { to: source(), ...made, stamp: 'x' }, context())

    // Who may see every process needs no lock for the proof, and the lock would fold the -wal into the database.
    const whole = process.getuid?.() === 0 ? ['', '-wal', '-shm'] : ['']
    expect(facts['moved']).toEqual(expect.arrayContaining(whole.map((suffix) => `${path}.aside-x${suffix}`)))
    expect([existsSync(`${path}-wal`), existsSync(`${path}-shm`)]).toEqual([false, false])
    expect(readSqlite(path, `select count(*) c from device where name = 'in the wal'`)).toEqual([{ c: 0 }])
    expect(readSqlite(`${path}.aside-x`, `select count(*) c from device where name = 'in the wal'`)).toEqual([
      { c: 3000 },
    ])
  })

  it('does nothing the second time', async () => {
    const made = await aBackup()
    makeSqlite(path, 'delete from ping')
    await run('sqlite.restore', { to: source(), ...made, stamp: 'x' }, context())
    const before = readdirSync(folder.path).sort()

    const { summary, facts } = await run('sqlite.restore', { to: source(), ...made, stamp: 'x' }, context())

    expect(summary).toBe('source already is what the backup holds; nothing was moved')
    expect(facts['moved']).toEqual([])
    expect(readdirSync(folder.path).sort()).toEqual(before)
  })

  it('refuses while somebody has the database open, and changes nothing', async () => {
    const made = await aBackup()
    makeSqlite(path, 'delete from ping')
    const before = shaOf(path)
    const { pid } = await other('select 1 from device')

    expect(await failureOf(run('sqlite.restore', { to: source(), ...made }, context()))).toEqual({
      message: `source: ${path} is in use; 1 process has it open: node (pid ${pid}).`,
      hint: 'Stop the services that use it, then try again.',
      changed: 'nothing was changed',
    })
    expect(shaOf(path)).toBe(before)
    expect(readdirSync(folder.path).sort()).toEqual(['backups', 'ward.db'])
  })

  it('refuses a file that is not the recorded backup, a damaged one, and one that is not there', async () => {
    const made = await aBackup()
    const wrong = { ...made, sha256: 'ab'.repeat(32) }
    expect((await failureOf(run('sqlite.restore', { to: source(), ...wrong }, context()))).message).toBe(
      `${made.backup} is not the backup that was recorded: its sha256 is ${made.sha256.slice(0, 12)}…, not abababababab….`,
    )
    const content = readFileSync(made.backup)
    content.fill(0xab, 8192, 12_288)
    writeFileSync(made.backup, content)
    expect(
      (await failureOf(run('sqlite.restore', { to: source(), backup: made.backup }, context()))).message,
    ).toMatch(/damaged/)
    expect(
      (await failureOf(run('sqlite.restore', { to: source(), backup: '/nowhere/x.bak' }, context()))).message,
    ).toBe('There is no backup at /nowhere/x.bak.')
  })

  it('restores over a file that is no database any more, and where none is left', async () => {
    const made = await aBackup()
    writeFileSync(path, 'overwritten by mistake')
    await run('sqlite.restore', { to: source(), ...made, stamp: 'x' }, context())
    expect(readFileSync(`${path}.aside-x`, 'utf8')).toBe('overwritten by mistake')
    expect(shaOf(path)).toBe(made.sha256)

    const gone = join(folder.path, 'gone.db')
    const { facts } = await run('sqlite.restore', { to: source(gone), ...made }, context())
    expect(facts['keptAs']).toBeNull()
    expect(shaOf(gone)).toBe(made.sha256)
  })
})
