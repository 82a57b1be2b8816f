import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { Environment, readConfig } from '../../src/cli/config.ts'
import { cutoverProgram } from '../../src/cli/program.ts'
import { poolLogin } from '../../src/postgres/pool-logins.ts'
import { ROLES } from '../../src/postgres/roles.ts'
import { silentTerminal, visibleCommands } from './commands.ts'
import { read } from './files.ts'

const Service = z.object({
  image: z.string(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: z.array(z.union([z.string(), z.object({ source: z.string(), mode: z.number() })])).default([]),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  stop_grace_period: z.string().optional(),
  pid: z.string().optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
})
const Compose = z.object({
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.null()),
  secrets: z.record(z.string(), z.object({ environment: z.string() })),
})

const text = read('docker-compose.yml')
const { services, volumes, secrets } = Compose.parse(parse(text, { merge: true }))
const ours = Object.entries(services).filter(([, { image }]) => image === 'cutover')
/** Those whose command is Cutover's own; the others have a script. */
const processes = ours.filter(([, { entrypoint }]) => entrypoint === undefined)

/** A value as Compose fills it in when the variable is set to nothing. */
const filled = (value: string) => value.replace(/\$\{\w+(?::-([^}]*)|:\?[^}]*)?\}/g, '$1')

describe('docker-compose.yml', () => {
  it('runs serve and worker, and brings the log up to date before', () => {
    expect(ours.map(([name]) => name)).toEqual(['serve', 'worker', 'migrate'])
    for (const name of ['serve', 'worker']) {
      expect(services[name]?.depends_on['migrate']?.condition).toBe('service_completed_successfully')
    }
  })

  it.each(processes)('%s has a command and options that there are', (_, { command = [] }) => {
    const [name, ...options] = command
    const known = cutoverProgram(silentTerminal).commands.find((one) => one.name() === name)

    expect(options.filter((option) => !known?.options.some(({ long }) => long === option))).toEqual([])
    expect(known).toBeDefined()
  })

  it('migrates, and makes the logins, with commands and options that there are', () => {
    const script = services['migrate']?.command?.join('\n') ?? ''
    const calls = [...script.matchAll(/\bcutover ([a-z][^\n]*)$/gm)].map((call) => call[1] ?? '')
    const all = visibleCommands(cutoverProgram(silentTerminal))

    expect(calls).toHaveLength(3)
    for (const call of calls) {
      const known = all.findLast(({ path }) => call === path || call.startsWith(`${path} `))
      const options = [...call.matchAll(/--[a-z-]+/g)].map(([option]) => option)
      const long = known?.command.options.map((option) => option.long)
      expect(options.filter((option) => long?.includes(option) !== true)).toEqual([])
    }
  })

  it.each(ours)('%s has settings that there are, with values that are taken', (_, { environment }) => {
    expect(Object.keys(environment).filter((name) => !(name in Environment.shape))).toEqual([])
    expect(() =>
      readConfig(Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, filled(value)]))),
    ).not.toThrow()
  })

  it('runs our own without capabilities', () => {
    for (const [, service] of ours) {
      expect(service).toMatchObject({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
    }
  })

  it('takes from .env what .env.example names', () => {
    const taken = [...text.matchAll(/\$\{(\w+)/g), ...text.matchAll(/environment: (\w+)/g)].map(
      (one) => one[1],
    )

    expect(taken.filter((name) => !read('.env.example').includes(`\n#${name}=`))).toEqual([])
  })

  it('gives no Slack token to the worker, and no folder of a host to the bot but the runbooks', () => {
    expect(
      Object.keys(services['worker']?.environment ?? {}).filter((name) => name.includes('SLACK')),
    ).toEqual([])
    expect(services['serve']?.volumes.filter((volume) => volume.startsWith('.'))).toEqual([
      './runbooks:/app/runbooks:ro',
    ])
  })

  it('waits long for the steps that run in the worker, and lets the next one see their processes', () => {
    expect(services['worker']).toMatchObject({
      command: ['worker', '--drain'],
      stop_grace_period: '6h',
      pid: 'host',
    })
  })

  it('keeps queued steps: no eviction, and a file that is appended to', () => {
    expect(services['queue']?.command?.join(' ')).toBe(
      'redis-server --appendonly yes --maxmemory-policy noeviction',
    )
  })

  it('listens on this host only', () => {
    const open = Object.values(services).flatMap(({ ports }) =>
      ports.filter((port) => !port.startsWith('127.0.0.1:')),
    )

    expect(open).toEqual([])
  })

  it('names only services, volumes and secrets that it has, and gives the owner’s password to the user of `migrate` alone', () => {
    const all = Object.values(services)
    const named = all.flatMap((service) => service.volumes.map((volume) => volume.split(':')[0] ?? ''))

    expect(
      all.flatMap(({ depends_on }) => Object.keys(depends_on)).filter((name) => !(name in services)),
    ).toEqual([])
    expect(named.filter((name) => /^\w/.test(name) && !(name in volumes))).toEqual([])
    expect(services['migrate']?.secrets).toMatchObject([{ source: Object.keys(secrets)[0], mode: 0o400 }])
  })

  it('gives serve and worker logins of their own at the log, and the owner’s password to neither', () => {
    const url = (name: string) => filled(services[name]?.environment['CUTOVER_DATABASE_URL'] ?? '')
    expect(new URL(url('serve')).username).toBe(ROLES.serve)
    expect(new URL(url('worker')).username).toBe(poolLogin(filled('${CUTOVER_POOL:-db}')))
    for (const name of ['serve', 'worker']) {
      const { volumes: own = [], secrets: known, environment } = services[name] ?? {}
      const login = own.find((volume) => volume.startsWith(`${name}-login:`))
      expect(login).toBe(`${name}-login:/var/lib/cutover-login:ro`)
      expect(environment?.['CUTOVER_DATABASE_PASSWORD_FILE']).toMatch(/^\/var\/lib\/cutover-login\//)
      expect(known).toEqual([])
      expect(services['migrate']?.volumes).toContain(`${name}-login:/logins/${name}`)
    }
  })
})

it('the image is built from what .dockerignore lets in, and does not run as root', () => {
  const file = read('Dockerfile')
  const copied = [...file.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
    (match[1] ?? '').split(' '),
  )
  const letIn = read('.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1))

  expect(copied.filter((path) => !letIn.includes(path.split('/')[0] ?? ''))).toEqual([])
  expect(file.match(/^USER (.+)$/m)?.[1]).toBe('node')
})
