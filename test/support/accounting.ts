import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { djangoProject } from './django.ts'
import { PYTHON } from './python.ts'
import { makePlaces, type Rehearsing } from './rehearsal.ts'

/** The ledger before its launch, as the environment `demo` of its runbook expects it. */
export interface Accounting {
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
  project.manage(url, 'migrate', 'ledger', '0001')
  project.manage(url, 'seed_demo', ...seed)
  return {
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
