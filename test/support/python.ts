import { spawnSync } from 'node:child_process'

/** The first Python that has Django, Alembic's driver and PostgreSQL's; CI installs one and allows no skip. */
export const PYTHON: string | undefined = ['python3', '/usr/bin/python3'].find(
  (python) => spawnSync(python, ['-c', 'import django, psycopg2']).status === 0,
)

export const ALEMBIC: string | undefined = ['alembic', '/usr/bin/alembic'].find(
  (alembic) => spawnSync(alembic, ['--version']).status === 0,
)

/** Runs it and fails with what it said. Nothing is written beside the sources. */
export function python(
  argv: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): string {
  const [file = PYTHON ?? 'python3', ...words] = argv
  const { status, stdout, stderr } = spawnSync(file, words, {
    cwd,
    env: { PATH: process.env['PATH'], ...NO_BYTECODE, ...env },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  return stdout
}

export const NO_BYTECODE = { PYTHONDONTWRITEBYTECODE: '1' } as const

/** libpq's variables for a URL of the test server. */
export function libpq(url: string): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(url)
  return {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
  }
}
