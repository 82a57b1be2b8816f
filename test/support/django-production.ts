import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { choosePort } from '../../src/cli/local/ports.ts'
import { djangoProject } from './django.ts'
import { libpq, PYTHON } from './python.ts'
import { makePlaces, type Rehearsing } from './rehearsal.ts'

/** The portfolio before its migrations, served on its database, as the environment `demo` of its runbook expects it. */
export interface DjangoProduction {
  readonly rehearsing: Rehearsing
  readonly stop: () => Promise<void>
}

/** `url`: an empty database called `building`, on a server without an archive of its WAL. */
export async function startDjangoProduction(
  url: string,
  seed: readonly string[] = [],
): Promise<DjangoProduction> {
  const project = djangoProject('django-production/demo')
  const places = makePlaces('state')
  const state = join(places.folder, 'state')
  const port = String(await choosePort())
  const vars = {
    python: PYTHON ?? 'python3',
    app: project.folder,
    service: join(project.folder, 'service'),
    smoke_tests: join(project.folder, 'smoke-tests'),
    base_url: `http://127.0.0.1:${port}`,
    health: `http://127.0.0.1:${port}/health`,
    port,
    pitr: 'no',
    state,
    app_log: join(state, 'app.log'),
    slow_log: join(state, 'slow.log'),
  }
  mkdirSync(state, { recursive: true })
  const call = (...words: readonly string[]) =>
    spawnSync(vars.service, words, {
      encoding: 'utf8',
      env: {
        ...Object.fromEntries(
          Object.entries(vars).map(([name, value]) => [`CUTOVER_VAR_${name.toUpperCase()}`, value]),
        ),
        PATH: process.env['PATH'],
        ...libpq(url),
      },
    })
  project.manage(url, 'migrate', 'building', '0002')
  project.manage(url, 'seed_demo', ...seed)
  const { status, stderr } = call('start', 'portfolio:2026.10')
  if (status !== 0) throw new Error(`The portfolio did not start: ${stderr}`)
  return {
    rehearsing: {
      runbook: 'django-production.yaml',
      environment: 'demo',
      folder: places.folder,
      secrets: { DATABASE_URL: url },
      vars,
    },
    stop: () => {
      call('stop')
      places.remove()
      return Promise.resolve()
    },
  }
}
