import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Program, ProgramPlace } from '../../src/actions/action.ts'
import { findAction } from '../../src/actions/catalogue.ts'
import { targetEnvironment } from '../../src/actions/programs/target-environment.ts'
import { aContext, check, failureOf, temporaryFolder } from '../support/attempt.ts'

let folder: ReturnType<typeof temporaryFolder>
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

const place = (over: Partial<ProgramPlace> = {}): ProgramPlace => ({
  attempt: 'ward.copy.2',
  folder: folder.path,
  files: folder.path,
  cwd: folder.path,
  vars: { 'backup-folder': '/srv/b', days: 7 },
  environment: {
    PATH: process.env['PATH'],
    HOME: '/h',
    SLACK_BOT_TOKEN: 'no',
    CUTOVER_X: 'no',
    BASH_ENV: '/evil',
  },
  ...over,
})

async function programOf(name: string, input: unknown, at = place()): Promise<Program> {
  const prepared = findAction(name)!.prepare(input)
  if (!prepared.ok) throw new Error(prepared.problems.join('; '))
  return prepared.action.program!(at)
}

const start = ({ argv, env, cwd }: Program) =>
  spawnSync(argv[0], argv.slice(1), { env: { ...env }, cwd, encoding: 'utf8' })

describe('command', () => {
  it('hands each word over as it is', async () => {
    const program = await programOf('command', {
      argv: ['printf', '%s|', 'a b', '$(id)', '; rm -rf x', '*', 7],
    })

    expect(program.argv[0]).toMatch(/^\/.*printf$/)
    expect(start(program).stdout).toBe('a b|$(id)|; rm -rf x|*|7|')
  })

  it('gives a program the vars, what the runbook names, and nothing else of the worker', async () => {
    const program = await programOf('command', { argv: ['env'], env: { MODE: 'fast', LIMIT: 3 } })

    expect(start(program).stdout.trimEnd().split('\n').sort()).toEqual(
      [
        'CUTOVER_VAR_BACKUP_FOLDER=/srv/b',
        'CUTOVER_VAR_DAYS=7',
        'HOME=/h',
        'LIMIT=3',
        'MODE=fast',
        `PATH=${process.env['PATH']}`,
        'PGAPPNAME=cutover:ward.copy.2',
      ].sort(),
    )
  })

  it('refuses a program that is not there before anything starts', async () => {
    expect(await failureOf(programOf('command', { argv: ['migrate-everything', '--now'] }))).toEqual({
      message: 'The program migrate-everything is not on this host.',
      hint: 'Install it, or add its folder to the PATH of the worker.',
      changed: 'nothing was started',
    })
    writeFileSync(join(folder.path, 'plain.txt'), '')
    expect((await failureOf(programOf('command', { argv: ['./plain.txt'] }))).hint).toBe(
      `Put it at ${folder.path}/plain.txt and make it executable, or correct the runbook.`,
    )
  })

  it.each(['psql', 'bash'])('says that %s is missing where it is', async (tool) => {
    const bare = place({ environment: { PATH: '/nowhere' } })
    writeFileSync(join(folder.path, 'step.sh'), 'true\n')
    const program =
      tool === 'bash'
        ? programOf('script', { file: 'step.sh' }, bare)
        : programOf('command', { argv: [tool] }, bare)

    expect((await failureOf(program)).message).toBe(`The program ${tool} is not on this host.`)
  })

  it('refuses a working folder that is not there', async () => {
    expect((await failureOf(programOf('command', { argv: ['true'], cwd: 'absent' }))).message).toBe(
      `The working folder ${folder.path}/absent is not on this host.`,
    )
  })

  it('finds a program in its own working folder', async () => {
    mkdirSync(join(folder.path, 'bin'))
    writeFileSync(join(folder.path, 'bin', 'hello'), '#!/bin/sh\npwd\n')
    chmodSync(join(folder.path, 'bin', 'hello'), 0o755)

    const program = await programOf('command', { argv: ['./hello'], cwd: 'bin' })

    expect(start(program).stdout.trim()).toBe(join(folder.path, 'bin'))
  })

  it.each([[[]], [['']], [['a', 'b\0c']]])('refuses %j as a command', (argv) => {
    expect(findAction('command')!.prepare({ argv }).ok).toBe(false)
  })
})

describe('command as a check', () => {
  it('measures exit code, output and lines', async () => {
    const argv = ['sh', '-c', 'echo one; echo two >&2; exit 3']

    const result = await check('command', { argv, read_only: true }, aContext(folder.path))

    expect(result).toMatchObject({ green: false, measured: { exit: 3, lines: 2 } })
    expect(result.answer).toMatch(/^exit 3, 2 lines: (one|two)$/)
  })

  it('ends a program that takes too long, and does not wait for what it left behind', async () => {
    const argv = ['sh', '-c', 'sleep 30 & echo started; sleep 30']
    const began = performance.now()

    const result = await check('command', { argv, read_only: true, timeout: '300ms' }, aContext(folder.path))

    expect(performance.now() - began).toBeLessThan(3000)
    expect(result.answer).toBe('no end after 300 ms')
    expect(result.green).toBe(false)
  })

  it('keeps little of an endless output and counts all of it', async () => {
    const argv = ['seq', '1', '300000']

    const result = await check('command', { argv, read_only: true }, aContext(folder.path))

    expect(result.answer).toBe('exit 0, 300,000 lines: 300000')
    expect(String(result.measured.output).length).toBeLessThanOrEqual(64 * 1024)
  })
})

describe('script', () => {
  const write = (text: string) => writeFileSync(join(folder.path, 'step.sh'), text)

  it('stops at the first failure, also inside a pipe, and at an unset variable', async () => {
    write('false | cat\necho still here\n')
    expect(start(await programOf('script', { file: 'step.sh' }))).toMatchObject({ status: 1, stdout: '' })

    write('echo "$CUTOVER_VAR_DAYS"\necho "$NOT_SET"\necho still here\n')
    expect(start(await programOf('script', { file: 'step.sh' }))).toMatchObject({ status: 1, stdout: '7\n' })
  })

  it('refuses one that is not pinned, one with Windows line ends, and one outside the runbook', async () => {
    expect((await failureOf(programOf('script', { file: 'gone.sh' }))).message).toBe(
      'The script gone.sh is not among the files pinned with the runbook.',
    )
    write('set -e\r\necho\r\n')
    expect((await failureOf(programOf('script', { file: 'step.sh' }))).message).toBe(
      'The script step.sh has Windows line ends, which bash reads as part of the words.',
    )
    expect(findAction('script')!.prepare({ file: '../../etc/passwd' }).ok).toBe(false)
  })
})

describe('a target handed to a command', () => {
  const target = (url: string, database?: string) => ({
    name: 'main',
    kind: 'postgres' as const,
    url,
    ...(database === undefined ? {} : { database }),
  })

  it('is taken apart into the variables of libpq, with the password in a private file', async () => {
    const url = 'postgresql://ward%40ops:p%3Ass%5Cw@db.internal:6432/ops?sslmode=require'

    const environment = await targetEnvironment(target(url, 'ward_ops'), folder.path)

    expect(environment).toMatchObject({
      PGHOST: 'db.internal',
      PGPORT: '6432',
      PGUSER: 'ward@ops',
      PGDATABASE: 'ward_ops',
      PGSSLMODE: 'require',
    })
    const passfile = environment['PGPASSFILE']!
    expect(readFileSync(passfile, 'utf8')).toBe('*:*:*:*:p\\:ss\\\\w\n')
    expect(statSync(passfile).mode & 0o777).toBe(0o600)
    expect(JSON.stringify(environment)).not.toContain('p:ss')
    expect(Object.keys(environment)).not.toContain('PGPASSWORD')
  })

  it('reaches a program by `env`', async () => {
    const main = target('postgres://u@127.0.0.1:5555/d')

    const program = await programOf('command', { argv: ['env'], env: { target: main } })

    expect(start(program).stdout).toContain('PGDATABASE=d')
    expect(start(program).stdout).not.toContain('postgres://')
  })

  it('is refused with an option that the tools of PostgreSQL would refuse', async () => {
    expect(
      (await failureOf(targetEnvironment(target('postgres://u@h/d?schema=public'), folder.path))).message,
    ).toBe('The URL of target main has the option "schema", which PostgreSQL\'s tools refuse.')
    expect((await failureOf(targetEnvironment(target('mysql://u@h/d'), folder.path))).message).toBe(
      'The URL of target main is no PostgreSQL URL.',
    )
  })

  it('may be a socket, where the OS user is who logs in', async () => {
    const environment = await targetEnvironment(target('postgres:///ward?host=/run/postgresql'), folder.path)

    expect(environment).toMatchObject({ PGHOST: '/run/postgresql', PGPORT: '5432', PGDATABASE: 'ward' })
    expect(Object.keys(environment)).not.toContain('PGUSER')
    expect((await failureOf(targetEnvironment(target('postgres://127.0.0.1'), folder.path))).message).toBe(
      'The URL of target main names no database.',
    )
  })

  it('is a path where it is SQLite', async () => {
    expect(await targetEnvironment({ name: 's', kind: 'sqlite', path: '/data/w.db' }, folder.path)).toEqual({
      CUTOVER_TARGET_PATH: '/data/w.db',
    })
  })
})
