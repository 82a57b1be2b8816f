import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

/**
 * Who may import whom: folder → folders of `src` it may import from. One place where it is written, checked against
 * every import. A folder that is not listed fails.
 */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  app: ['domain'],
  runbook: ['domain'],
  templates: ['domain'],
  report: ['domain', 'app', 'templates'],
  bot: ['domain', 'app', 'templates', 'report'],
  jobs: ['domain', 'app'],
  actions: ['domain'],
  process: [],
  postgres: ['domain', 'app'],
  mail: ['domain', 'app', 'templates'],
  webhooks: ['domain', 'app'],
  http: ['domain', 'app', 'report'],
  workspace: [],
  cli: [
    'domain',
    'app',
    'runbook',
    'templates',
    'report',
    'bot',
    'jobs',
    'actions',
    'process',
    'postgres',
    'mail',
    'webhooks',
    'http',
    'workspace',
  ],
}

/** Packages that only one folder may know. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@slack/bolt': ['bot'],
  '@slack/web-api': ['bot'],
  bullmq: ['jobs'],
  ioredis: ['jobs'],
  pg: ['postgres', 'actions', 'cli'],
  handlebars: ['templates'],
  nodemailer: ['mail'],
  'ical-generator': ['mail'],
  yaml: ['runbook'],
  '@lydell/node-pty': ['actions'],
  'tap-parser': ['actions'],
  'fast-xml-parser': ['actions'],
  execa: ['process', 'actions', 'cli'],
  commander: ['cli'],
}

const SRC = resolve(import.meta.dirname, '../../src')

interface Import {
  readonly file: string
  readonly specifier: string
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path)
    return entry.name.endsWith('.ts') ? [path] : []
  })
}

function imports(): Import[] {
  return sources(SRC).flatMap((file) =>
    [
      ...readFileSync(file, 'utf8').matchAll(
        /^(?:import|export)\b[^'"]*?from '([^']+)'|\bimport\('([^']+)'\)/gm,
      ),
    ].map((match) => ({ file, specifier: match[1] ?? match[2] ?? '' })),
  )
}

function folderOf(path: string): string {
  return relative(SRC, path).split('/')[0] ?? ''
}

function describeImport({ file, specifier }: Import): string {
  return `${relative(SRC, file)} imports ${specifier}`
}

describe('the layers', () => {
  it('has an entry for every folder of src', () => {
    const folders = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory())

    expect(folders.map((folder) => folder.name).filter((name) => !(name in LAYERS))).toEqual([])
  })

  it('lets no folder import from one that it may not know', () => {
    const forbidden = imports()
      .filter(({ specifier }) => specifier.startsWith('.'))
      .filter(({ file, specifier }) => {
        const [from, to] = [folderOf(file), folderOf(resolve(dirname(file), specifier))]
        return from !== to && !LAYERS[from]?.includes(to)
      })

    expect(forbidden.map(describeImport)).toEqual([])
  })

  it('keeps the domain free of libraries and of Node', () => {
    const foreign = imports().filter(
      ({ file, specifier }) => folderOf(file) === 'domain' && !specifier.startsWith('.'),
    )

    expect(foreign.map(describeImport)).toEqual([])
  })

  it('keeps each outside package behind its adapter', () => {
    const misplaced = imports().filter(({ file, specifier }) => {
      const allowed = PACKAGES[specifier]
      return allowed !== undefined && !allowed.includes(folderOf(file))
    })

    expect(misplaced.map(describeImport)).toEqual([])
  })

  it('lets the runner import Node only, for it is copied away from everything else', () => {
    const builtin = new Set(builtinModules.map((name) => `node:${name}`))
    const foreign = imports().filter(
      ({ file, specifier }) => relative(SRC, file) === 'process/runner.ts' && !builtin.has(specifier),
    )

    expect(foreign.map(describeImport)).toEqual([])
  })

  it('reads process.env in the command only', () => {
    const readers = sources(SRC).filter(
      (file) => folderOf(file) !== 'cli' && /\bprocess\.env\b/.test(readFileSync(file, 'utf8')),
    )

    expect(readers.map((file) => relative(SRC, file))).toEqual([])
  })
})
