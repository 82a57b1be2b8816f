import { execa } from 'execa'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { handleCommand } from '../../src/app/handle-command.ts'
import { person } from '../support/cutover.ts'
import { startInstallation, type Installation } from '../support/installation.ts'
import { opening } from '../support/opened.ts'
import { ANA, aPlan } from '../support/plans.ts'
import { startWorkerProcess } from '../support/worker-process.ts'

const LOGGER = new URL('../../dist/cli/logger.js', import.meta.url).href

/** Lines that a process of its own writes, as the product does: to its standard error. */
async function written(script: string, env: Readonly<Record<string, string>> = {}) {
  const { stderr } = await execa(
    process.execPath,
    ['--input-type=module', '--eval', `import { makeLogger } from '${LOGGER}'\n${script}`],
    { env },
  )
  return stderr.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('a line of the log', () => {
  it('about an attempt bears its cutover', async () => {
    const lines = await written(`
      const logger = makeLogger('info', 'worker')
      logger.info({ attempt: 'ghk3w8xz.copy.1' }, 'one')
      logger.info({ attempt: 'ghk3w8xz.copy.1', cutover: 'other' }, 'two')
      logger.info({ pool: 'db' }, 'three')`)

    expect(lines.map(({ cutover }) => cutover)).toEqual(['ghk3w8xz', 'other', undefined])
  })

  it('has of an error what says where it came from, and none of what a driver hangs on it', async () => {
    const [line] = await written(`
      const error = new TypeError('broken', { cause: Object.assign(new Error('below'), { code: '23505', detail: 'row' }) })
      Object.assign(error, { config: { headers: { authorization: 'Bearer of-bad-news' } }, detail: 'Failing row: Ana' })
      makeLogger('info', 'serve').warn({ error }, 'failed')`)

    expect(line?.['error']).toMatchObject({
      type: 'TypeError',
      message: 'broken',
      cause: { message: 'below', code: '23505' },
    })
    expect(JSON.stringify(line)).not.toMatch(/Bearer|Failing row|"detail"/)
  })

  it('hides each secret in every form, also one that was changed while the process ran', async () => {
    const secret = 'pä$$/w0rd+&= x'
    const url = 'postgres://cutover:s3cr3t-of-log@log/cutover'
    const lines = await written(
      `
      let secrets = [process.env.SECRET, process.env.URL, 'short']
      const logger = makeLogger('info', 'serve', () => secrets)
      const { SECRET, URL: url } = process.env
      logger.info({ cutover: 'ghk3w8xz', raw: SECRET, url: encodeURIComponent(SECRET) }, SECRET)
      logger.warn({ error: new Error('at ' + Buffer.from(SECRET).toString('base64')) }, 'failed')
      logger.info({ reason: url }, 'password s3cr3t-of-log, token xoxb-1234567890-abc')`,
      { SECRET: secret, URL: url },
    )
    const text = JSON.stringify(lines)

    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
      expect(text).not.toContain(form)
    expect(text).not.toMatch(/s3cr3t-of-log|xoxb-1234567890/)
    expect(lines[0]).toMatchObject({ cutover: 'ghk3w8xz', msg: '[masked]' })
    expect(lines).toHaveLength(3)
  })
})

describe('the log of a whole run', () => {
  let installation: Installation
  const told: { fields: Record<string, unknown>; message: string }[] = []
  const telling = (fields: object, message: string) => void told.push({ fields: { ...fields }, message })

  beforeAll(async () => {
    installation = await startInstallation({ logger: { info: telling, warn: telling, error: telling } })
  })
  afterAll(() => installation.stop())

  it('names the cutover on every line about it, the attempt on every line about one, and no secret', async () => {
    const { log, until, url, folder } = installation
    const secret = randomBytes(12).toString('hex')
    const worker = await startWorkerProcess({ url, folder, secrets: { PASSWORD: secret } })
    const argv = ['bash', '-c', `echo "$TOKEN"; exit 3`]
    const cutover = await opening(
      log,
      aPlan()
        .run('good', { begin: 'auto', work: { uses: 'command', with: { argv: ['true'] } } })
        .run('bad', {
          begin: 'auto',
          work: { uses: 'command', with: { argv, env: { TOKEN: { $: 'secret', name: 'PASSWORD' } } } },
        })
        .run('missing', { begin: 'auto', work: { uses: 'command', with: { argv: ['/no/such/program'] } } })
        .with({ live: false, environment: 'staging', targets: {} })
        .build(),
    )
    await until(cutover, ({ steps }) => steps['bad']?.status === 'failed')
    const answer = { actor: person(ANA), key: 'mark' }
    await handleCommand(log, cutover, { type: 'skip', step: 'bad', reason: 'a test' }, answer)
    await until(cutover, ({ steps }) => steps['missing']?.status === 'failed')
    await worker.stop()

    const lines = worker
      .output()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const all = [...lines.map((line) => JSON.stringify(line)), ...told.map((line) => JSON.stringify(line))]
    expect(all.filter((line) => line.includes(secret))).toEqual([])
    const aboutIt = lines.filter((line) => JSON.stringify(line).includes(`${cutover}.`))
    expect(aboutIt.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(['starting', 'report running', 'report ended']),
    )
    expect(aboutIt.filter((line) => line['cutover'] !== cutover || line['attempt'] === undefined)).toEqual([])
    const ofLeader = told.filter(({ fields }) => JSON.stringify(fields).includes(cutover))
    expect(
      ofLeader.filter(({ fields }) => fields['cutover'] !== cutover && fields['attempt'] === undefined),
    ).toEqual([])
  })
})
