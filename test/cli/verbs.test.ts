import { execa } from 'execa'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Person } from '../../src/app/ports.ts'
import { cutoverRoutes } from '../../src/http/routes/cutovers.ts'
import { loginRoutes } from '../../src/http/routes/logins.ts'
import { startHttpServer } from '../../src/http/server.ts'
import { makeContacts } from '../../src/postgres/contacts.ts'
import { makeLogins } from '../../src/postgres/logins.ts'
import { quiet, startInstallation, type Installation } from '../support/installation.ts'
import { ANA, aPlan, BEN, HOUR } from '../support/plans.ts'
import { openInLog, writeLogin } from '../support/serving.ts'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const PEOPLE: readonly Person[] = [
  { id: ANA, name: 'ana' },
  { id: BEN, name: 'ben' },
]

let installation: Installation
let folder: string
let url: string
let close: () => Promise<void>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-verbs-'))
  installation = await startInstallation()
  const logins = makeLogins(installation.pool)
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    logger: quiet,
    routes: [
      ...loginRoutes({ logins, days: 1 }),
      ...cutoverRoutes({
        log: installation.log,
        logins,
        contacts: makeContacts(installation.pool),
        logger: quiet,
        directory: {
          people: async () => PEOPLE,
          person: async (id) => PEOPLE.find((one) => one.id === id) ?? null,
          group: async () => null,
        },
        runbooks: { list: async () => [], resolve: async () => ({ ok: false, problems: ['None.'] }) },
        records: { timeline: async () => null, exported: async () => null, verify: async () => null },
      }),
    ],
  })
  ;({ url, close } = server)
  await writeLogin(logins, ANA, { folder, url })
})
afterAll(async () => {
  await close()
  await installation.stop()
  rmSync(folder, { recursive: true })
})

/** `cutover …` as Ana; a URL of its own has no login. */
function cutover(words: readonly string[], at = url) {
  return execa(process.execPath, [MAIN, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, XDG_CONFIG_HOME: join(folder, ANA), CUTOVER_URL: at },
    extendEnv: false,
    reject: false,
    timeout: 60_000,
  })
}

async function opened(id: string): Promise<string> {
  await openInLog(installation.log, id)
  await installation.until(id, (state) => state.steps['stop']?.status === 'due')
  return id
}

/** A `serve` of that address which treats every request like this. */
async function serving(answer: Parameters<typeof createServer>[1]) {
  const server = createServer(answer ?? (() => undefined))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('a verb of the command line', () => {
  it('is done: 0, and holds without being told why', async () => {
    const id = await opened('verbdone')
    const ran = await cutover(['hold', '--cutover', id])

    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
    expect((await installation.log.load(id))?.state.held).toBeDefined()
  })

  it('ends otherwise: 1, when what is waited for will not come', async () => {
    const id = await opened('verbgone')
    expect((await cutover(['abandon', '--cutover', id, '--reason', 'no more'])).exitCode).toBe(0)

    const ran = await cutover(['status', '--cutover', id, '--wait', 'closed'])

    expect(ran.exitCode).toBe(1)
    expect(ran.stderr).toContain('is abandoned; "closed" will not come')
  })

  it.each([
    [
      ['status', '--wait', 'closed', '--timeout', 'abc'],
      /'abc' is invalid.*whole number.*Nothing was changed/,
    ],
    [['hold', '--revision', 'abc'], /'abc' is invalid.*whole number.*Nothing was changed/],
    [['rollback', 'shop', '--reason', 'x', '--running', 'foo'], /'foo' is invalid.*one of wait, cancel/],
    [['tick', 'stop', '--result', 'maybe'], /'maybe' is invalid.*one of done, failed, na/],
    [['skip', 'stop'], /Say why: add --reason/],
    [['assign', 'lead', '@nobody'], /Nobody is called @nobody/],
    [['move', 'stop', 'soon', '--reason', 'x'], /"soon" is no time/],
  ])('is not understood: 2, for %j', async (words, said) => {
    const id = await opened(`verb-${words[0]}-${words.length}`)
    const before = (await installation.log.events(id)).length
    const ran = await cutover([...words, '--cutover', id])

    expect(ran.exitCode).toBe(2)
    expect(ran.stderr).toMatch(said)
    expect((await installation.log.events(id)).length).toBe(before)
  })

  it('is refused: 3, and says why', async () => {
    const id = await opened('verbrefused')
    const ran = await cutover(['rollback', 'shop', '--reason', 'x', '--cutover', id])

    expect(ran.exitCode).toBe(3)
    expect(ran.stderr).not.toBe('')
  })

  it('is stale: 4, when the step has changed since', async () => {
    const id = await opened('verbstale')
    const revision = String((await installation.log.load(id))?.state.steps['stop']?.revision)
    await cutover(['tick', 'stop', '--cutover', id])

    const ran = await cutover(['untick', 'stop', '--reason', 'x', '--revision', revision, '--cutover', id])

    expect(ran.exitCode).toBe(4)
  })

  it('waits for a person: 6', async () => {
    const id = await opened('verbwaits')
    const ran = await cutover(['status', '--cutover', id, '--wait', 'stop', '--timeout', '1'])

    expect(ran.exitCode).toBe(6)
    expect(ran.stderr).toContain('"stop" has not come in 1 s')
  })

  it('closes an issue by the number that `status` shows', async () => {
    const id = await opened('verbissue')
    await cutover(['issue', 'the lights are off', '--cutover', id])
    const shown = await cutover(['status', '--cutover', id])
    const closed = await cutover(['issue-close', '1', 'on again', '--cutover', id])

    expect(shown.stdout).toMatch(/Open issues\n {2}1: the lights are off/)
    expect(closed.exitCode).toBe(0)
    expect((await cutover(['status', '--cutover', id])).stdout).not.toContain('Open issues')
  })

  it('says how bad an issue is and whose it is, and what is left to do', async () => {
    const id = await opened('verbteam')
    const at = ['--cutover', id]
    const done = async (...words: string[]) =>
      expect(await cutover([...words, ...at])).toMatchObject({ exitCode: 0 })

    await done('issue', 'the pool is full', '--severity', 'high', '--kind', 'process', '--owner', '@ben')
    await done('issue-change', '1', '--severity', 'critical', '--owner', 'communicator')
    await done('followup-add', 'Tell the auditors', '--owner', 'lead', '--due', '+5h')
    await done('followup-add', 'Buy disks')
    await done('followup-waive', 'f2', '--reason', 'there are some')
    await done('user-report', 'it is slow', '--ticket', 'SUP-7', '--count', '3')

    const { stdout } = await cutover(['status', ...at])
    expect(stdout).toContain('1: the pool is full (critical)')
    expect(stdout).toMatch(/Follow-ups .*\n {2}f1: Tell the auditors, \w+, due \d{4}-/)
    expect(stdout).not.toContain('Buy disks')
    expect((await installation.log.load(id))?.state).toMatchObject({
      issues: [{ kind: 'process', owner: 'communicator' }],
      userReports: [{ count: 3, ticket: 'SUP-7' }],
    })
    expect(await cutover(['issue', 'x', '--severity', 'awful', ...at])).toMatchObject({ exitCode: 2 })
    expect(await cutover(['accept', 'main', '--reason', 'x', ...at])).toMatchObject({ exitCode: 3 })
    expect((await cutover(['take-on', ...at])).stderr).toContain('Nobody is called for anything')
    // Eleven processes, one after the other.
  }, 60_000)

  it('allows a change during a freeze, with a reason', async () => {
    const window = { lengthMs: HOUR, freezeMs: 2 * HOUR, zone: 'Europe/Berlin' }
    const id = await openInLog(installation.log, 'verbchange', aPlan().do('stop').with({ window }).build())
    const at = ['--cutover', id]
    expect(await cutover(['change', 'Hotfix 42', ...at])).toMatchObject({ exitCode: 2 })
    expect(await cutover(['change', 'Hotfix 42', '--reason', 'they cannot pay', ...at])).toMatchObject({
      exitCode: 0,
    })
    const { stdout } = await cutover(['status', ...at])
    expect(stdout).toMatch(/Changed {4}Hotfix 42, allowed by @ana .*: they cannot pay/)
  })

  it('keeps how a person is reached until the cutover is forgotten', async () => {
    const id = await opened('verbcontact')
    const at = ['--cutover', id]
    expect((await cutover(['contact', '--phone', 'call me', ...at])).exitCode).toBe(3)
    expect((await cutover(['contact', ...at])).exitCode).toBe(2)
    expect((await cutover(['contact', '--phone', '+49 30 123', ...at])).exitCode).toBe(0)
    expect((await cutover(['contacts', ...at])).stdout).toContain('Lead: @ana, +49 30 123')

    expect((await cutover(['forget', id])).exitCode).toBe(3)
    await cutover(['abandon', '--reason', 'over', ...at])
    expect((await cutover(['forget', id])).exitCode).toBe(0)
    expect((await cutover(['contacts', ...at])).stdout).not.toContain('+49')
  })

  it('says who could not act if Slack were away', async () => {
    const id = await opened('verblogin')
    const { stdout } = await cutover(['status', '--cutover', id])

    expect(stdout).toMatch(/Without a login.*@ben/)
    expect(stdout).not.toMatch(/Without a login.*@ana/)
  })
})

describe('a verb that gets no answer: 5', () => {
  it('was not recorded when nothing listens there', async () => {
    const gone = await serving(() => undefined)
    await gone.close()
    const ran = await cutover(['hold', '--cutover', 'x', '--reason', 'x'], gone.url)

    expect(ran.exitCode).toBe(5)
    expect(ran.stderr).toMatch(/cannot be reached: nothing listens there\. Nothing was recorded\./)
    expect(ran.stderr).not.toContain('--key')
  })

  it('may be recorded when the answer was lost, and shows the line that counts once', async () => {
    const id = await opened('verblost')
    // The request arrives at the real endpoint; its answer does not come back.
    const lossy = await serving((incoming, response) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => {
        void fetch(new URL(incoming.url ?? '', url), {
          method: incoming.method ?? 'GET',
          headers: { authorization: incoming.headers.authorization ?? '' },
          ...(incoming.method === 'POST' ? { body: Buffer.concat(chunks) } : {}),
        }).then(async (answer) => {
          const body = await answer.text()
          if (incoming.method === 'POST') incoming.socket.destroy()
          else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body)
        })
      })
    })
    await writeLogin(makeLogins(installation.pool), ANA, { folder, url: lossy.url })
    const ran = await cutover(['hold', '--cutover', id, '--reason', "it's odd"], lossy.url)
    await writeLogin(makeLogins(installation.pool), ANA, { folder, url })
    await lossy.close()

    expect(ran.exitCode).toBe(5)
    const line = /\n {2}cutover (hold --cutover verblost --reason 'it'\\''s odd' --key (\S+))$/.exec(
      ran.stderr,
    )
    expect(line).not.toBeNull()
    const words = ['hold', '--cutover', id, '--reason', "it's odd", '--key', line?.[2] ?? '']
    const again = await cutover(words)
    expect(again).toMatchObject({ exitCode: 0 })
    expect(again.stdout).toContain('recorded before, under the same key')
    const holds = (await installation.log.events(id)).filter(({ type }) => type === 'cutover held')
    expect(holds).toHaveLength(1)
  })

  it('is only to be tried again when it was a question', async () => {
    const mute = await serving((incoming) => incoming.socket.destroy())
    const ran = await cutover(['list'], mute.url)
    await mute.close()

    expect(ran.exitCode).toBe(5)
    expect(ran.stderr).toMatch(/broke off without an answer\. Nothing was changed; try again\./)
    expect(ran.stderr).not.toContain('--key')
  })

  it.each(['nonsense', 'localhost:7420', 'ftp://there'])('CUTOVER_URL=%s is no address: 2', async (at) => {
    const ran = await cutover(['hold', '--reason', 'x'], at)

    expect(ran.exitCode).toBe(2)
    expect(ran.stderr).toContain(`CUTOVER_URL: "${at}" is no address`)
    expect(ran.stderr).toContain('Nothing was recorded.')
  })
})

describe('cutover exec', () => {
  it('runs a command by hand, shows its output, and records it with its step, without secrets', async () => {
    const id = await opened('execdone')
    const script = 'console.log("reloaded with " + process.env.SHOP_PASSWORD); process.exit(4)'
    const ran = await execa(
      process.execPath,
      [MAIN, 'exec', 'stop', '--cutover', id, '--to', 'kept', '--', process.execPath, '-e', script],
      {
        cwd: folder,
        env: {
          PATH: process.env['PATH'],
          HOME: folder,
          XDG_CONFIG_HOME: join(folder, ANA),
          CUTOVER_URL: url,
          SHOP_PASSWORD: 'correct horse',
        },
        extendEnv: false,
        reject: false,
      },
    )
    const notes = (await installation.log.events(id)).filter((event) => event.type === 'note added')
    const [file = ''] = readdirSync(join(folder, 'kept'))

    expect(ran).toMatchObject({ exitCode: 4, stdout: 'reloaded with correct horse' })
    expect(notes).toMatchObject([
      {
        data: {
          step: 'stop',
          text: expect.stringMatching(/^by hand on .+ exit 4 after .+, output sha256 [0-9a-f]{12}$/),
        },
      },
    ])
    expect(JSON.stringify(notes)).not.toContain('correct horse')
    expect(readFileSync(join(folder, 'kept', file), 'utf8')).toBe('reloaded with [masked]\n')
    expect(statSync(join(folder, 'kept', file)).mode & 0o777).toBe(0o600)
  })

  it('runs nothing for a step that there is not, and says so of a program that there is not', async () => {
    const id = await opened('execnone')
    const mark = join(folder, 'ran')
    const wrongStep = await cutover(['exec', 'stpo', '--cutover', id, '--', 'touch', mark])
    const noProgram = await cutover(['exec', 'stop', '--cutover', id, '--', 'no-such-program'])

    expect(wrongStep).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('Did you mean "stop"?') })
    expect(noProgram).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('could not be started') })
    expect(existsSync(mark)).toBe(false)
    expect((await installation.log.events(id)).some((event) => event.type === 'note added')).toBe(false)
  })
})
