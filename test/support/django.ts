import { PYTHON, libpq, python } from './python.ts'
import { RUNBOOKS } from './rehearsal.ts'

/** One of the Django projects that lie beside the runbooks. */
export interface DjangoProject {
  readonly folder: string
  /** `manage.py` on a database of the test server. Gives what it said. */
  readonly manage: (url: string, ...words: readonly string[]) => string
}

/** `django-production/demo`: the folder of `manage.py`. */
export function djangoProject(path: string): DjangoProject {
  const folder = `${RUNBOOKS}${path}`
  return {
    folder,
    manage: (url, ...words) =>
      python([PYTHON ?? 'python3', 'manage.py', ...words], { cwd: folder, env: libpq(url) }),
  }
}
