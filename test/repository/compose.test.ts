import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { Environment, readConfig } from '../../src/cli/config.ts'
import { cutoverProgram } from '../../src/cli/program.ts'
import { silentTerminal } from './commands.ts'
import { read } from './files.ts'

const Service = z.object({
  image: z.string(),
  command: z.array(z.string()).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: z.array(z.union([z.string(), z.object({ source: z.string(), mode: z.number() })])).default([]),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  stop_grace_period: z.string().optional(),
  pid: z.string().optional(),
})
const Compose = z.object({
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.null()),
  secrets: z.record(z.string(), z.object({ environment: z.string() })),
})

const text = read('docker-compose.yml')
const { services, volumes, secrets } = Compose.parse(parse(text, { merge: true }))
const ours = Object.entries(services).filter(([, { image }]) => image === 'cutover')

/** A value as Compose fills it in when the variable is set to nothing. */
const filled = (value: string) => value.replace(/\$\{\w+(?::-([^}]*)|:\?[^}]*)?\}/g, '$1')

describe('docker-compose.yml', () => {
  it('runs serve and worker, and brings the log up to date before', () => {
    expect(ours.map(([name]) => name)).toEqual(['serve', 'worker', 'migrate'])
    for (const name of ['serve', 'worker']) {
      expect(services[name]?.depends_on['migrate']?.condition).toBe('service_completed_successfully')
    }
  })

  it.each(ours)('%s has a command and options that there are', (_, { command = [] }) => {
    const [name, ...options] = command
    const known = cutoverProgram(silentTerminal).commands.find((one) => one.name() === name)

    expect(options.filter((option) => !known?.options.some(({ long }) => long === option))).toEqual([])
    expect(known).toBeDefined()
  })

  it.each(ours)('%s has settings that there are, with values that are taken', (_, { environment }) => {
    expect(Object.keys(environment).filter((name) => !(name in Environment.shape))).toEqual([])
    expect(() =>
      readConfig(Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, filled(value)]))),
    ).not.toThrow()
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
    expect(services['serve']?.volumes).toEqual(['./runbooks:/app/runbooks:ro'])
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

  it('names only services, volumes and secrets that it has, and gives our own the password for their user alone', () => {
    const all = Object.values(services)
    const named = all.flatMap((service) => service.volumes.map((volume) => volume.split(':')[0] ?? ''))

    expect(
      all.flatMap(({ depends_on }) => Object.keys(depends_on)).filter((name) => !(name in services)),
    ).toEqual([])
    expect(named.filter((name) => /^\w/.test(name) && !(name in volumes))).toEqual([])
    for (const [, service] of ours) {
      expect(service.secrets).toMatchObject([{ source: Object.keys(secrets)[0], mode: 0o400 }])
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
