import { spawnSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { djangoProject, type DjangoProject } from './django.ts'
import { libpq, PYTHON } from './python.ts'
import { makePlaces, type Rehearsing } from './rehearsal.ts'

/** The ledger before its launch, as the environment `demo` of its runbook expects it. */
export interface Accounting {
  readonly project: DjangoProject
  readonly folder: string
  /** Where its stand-ins write down what was asked of them, and its logs. */
  readonly state: string
  readonly rehearsing: Rehearsing
  readonly stop: () => Promise<void>
}

/** `url`: an empty database called `accounting`. `seed`: `--unbalanced` lets a migration fail. */
export function startAccounting(url: string, seed: readonly string[] = []): Accounting {
  const project = djangoProject('accounting/demo/src')
  const demo = join(project.folder, '..')
  const places = makePlaces('state')
  const state = join(places.folder, 'state')
  for (const log of ['app.log', 'db.log']) appendFileSync(join(state, log), '')
  const { status, stderr } = spawnSync(join(demo, 'prepare'), seed, {
    env: { ...libpq(url), PATH: process.env['PATH'], PYTHON },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`The ledger could not be prepared: ${stderr}`)
  return {
    project,
    folder: places.folder,
    state,
    rehearsing: {
      runbook: 'accounting.yaml',
      environment: 'demo',
      folder: places.folder,
      secrets: { ACCOUNTING_URL: url, S3_ACCESS_KEY: 'S3RVER', S3_SECRET_KEY: 'S3RVER' },
      vars: {
        python: PYTHON ?? 'python3',
        docker: join(demo, 'docker'),
        service: join(demo, 'service'),
        project: demo,
        state,
        app_log: join(state, 'app.log'),
        db_log: join(state, 'db.log'),
      },
    },
    stop: () => {
      places.remove()
      return Promise.resolve()
    },
  }
}
