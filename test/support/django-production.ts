import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { choosePort } from '../../src/cli/local/ports.ts'
import { djangoProject, type DjangoProject } from './django.ts'
import { PYTHON } from './python.ts'
import { makePlaces, type Rehearsing } from './rehearsal.ts'

/** The portfolio before its migrations, served on its database, as the environment `demo` of its runbook expects it. */
export interface DjangoProduction {
  readonly project: DjangoProject
  /** Where its service program writes down what was asked of it. */
  readonly state: string
  readonly service: (...words: readonly string[]) => void
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
  const call = (program: string, ...words: readonly string[]): void => {
    const named = Object.entries(vars).map(([name, value]) => [`CUTOVER_VAR_${name.toUpperCase()}`, value])
    const { status, stderr } = spawnSync(join(project.folder, program), words, {
      encoding: 'utf8',
      env: { ...Object.fromEntries(named), PATH: process.env['PATH'], DATABASE_URL: url },
    })
    if (status !== 0) throw new Error(`${[program, ...words].join(' ')}: ${stderr}`)
  }
  const service = (...words: readonly string[]) => call('service', ...words)
  call('prepare', url, ...seed)
  return {
    project,
    state,
    service,
    rehearsing: {
      runbook: 'django-production.yaml',
      environment: 'demo',
      folder: places.folder,
      secrets: { DATABASE_URL: url },
      vars,
    },
    stop: () => {
      service('stop')
      places.remove()
      return Promise.resolve()
    },
  }
}
