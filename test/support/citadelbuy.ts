import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from 'pg'
import { RUNBOOKS } from './rehearsal.ts'
import type { TestPostgres } from './postgres.ts'

const DEMO = join(RUNBOOKS, 'citadelbuy', 'demo')

/** CitadelBuy before its migrations, as the environment `demo` of its runbook expects it, in a folder of its own. */
export interface CitadelBuy {
  /** Vars of the runbook: where its services answer. */
  readonly vars: Readonly<Record<string, string>>
  /** Programs in place of kubectl, gh, az and Prisma. */
  readonly standIns: string
  /** Every call of kubectl, gh and az so far, as lines. */
  readonly calls: () => readonly string[]
  /** What the cluster and GitHub are like now, file by file. */
  readonly surroundings: () => Readonly<Record<string, string>>
  /** Runs a program of it on its database, as a step with `env: { target: main }` would. */
  readonly run: (
    program: string,
    words: readonly string[],
    place?: { readonly cwd: string },
  ) => { readonly status: number | null; readonly stderr: string }
  readonly stop: () => Promise<void>
}

/** Fills an empty database called `citadelbuy` and starts the services on it. */
export async function startCitadelBuy(
  folder: string,
  server: TestPostgres,
  database: string,
): Promise<CitadelBuy> {
  cpSync(DEMO, folder, { recursive: true })
  await fill(await server.connect(database))
  const services = spawn(process.execPath, ['shop.mjs', '.', database], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = (await once(services.stdout, 'data')) as [Buffer]
  const at = String(said).trim()
  return {
    vars: {
      api_health: `${at}/health`,
      api_health_db: `${at}/health/db`,
      web: `${at}/`,
      metrics: `${at}/metrics.json`,
    },
    standIns: join(folder, 'bin'),
    calls: () => {
      const file = join(folder, 'calls.log')
      return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
    },
    surroundings: () =>
      Object.fromEntries(
        ['cluster', 'github'].flatMap((below) =>
          readdirSync(join(folder, below)).map((name) => [
            `${below}/${name}`,
            readFileSync(join(folder, below, name), 'utf8').trim(),
          ]),
        ),
      ),
    run: (program, words, { cwd } = { cwd: '.' }) =>
      spawnSync(program, words, {
        cwd: join(folder, cwd),
        encoding: 'utf8',
        env: { ...process.env, ...variablesOf(database) },
      }),
    stop: async () => {
      services.kill()
      if (services.exitCode === null && services.signalCode === null) await once(services, 'exit')
    },
  }
}

function variablesOf(database: string): Readonly<Record<string, string>> {
  const url = new URL(database)
  return {
    PGHOST: url.hostname,
    PGPORT: url.port,
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: url.pathname.slice(1),
  }
}

async function fill(client: Client) {
  for (const file of ['schema.sql', 'data.sql']) await client.query(readFileSync(join(DEMO, file), 'utf8'))
  await client.end()
}
