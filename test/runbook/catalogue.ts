import type { ActionCatalogue, ActionSpec, ParameterSpec, ValueType } from '../../src/domain/catalogue.ts'

/** A catalogue of the shape that the real one has, so that these tests stand on the language alone. */
type Written = ParameterSpec['type'] | 'sqlite' | 'postgres'

function action(
  name: string,
  given: {
    readonly kinds: ActionSpec['kinds']
    readonly mutating?: boolean
    readonly hasParts?: true
    readonly needs?: Readonly<Record<string, Written>>
    readonly takes?: Readonly<Record<string, Written>>
    readonly facts?: Readonly<Record<string, ValueType>>
  },
): readonly [string, ActionSpec] {
  const parameters = (written: Readonly<Record<string, Written>>, required: boolean) =>
    Object.entries(written).map(([parameter, type]) => [parameter, spec(type, required)] as const)
  return [
    name,
    {
      name,
      kinds: given.kinds,
      summary: `${name}.`,
      mutating: given.mutating ?? false,
      ...(given.hasParts === true ? { hasParts: true } : {}),
      parameters: Object.fromEntries([
        ...parameters(given.needs ?? {}, true),
        ...parameters(given.takes ?? {}, false),
      ]),
      facts: given.facts ?? {},
      problems: () => [],
    },
  ]
}

function spec(type: Written, required: boolean): ParameterSpec {
  const description = 'As documented.'
  return type === 'sqlite' || type === 'postgres'
    ? { type: 'target', targets: [type], required, description }
    : { type, required, description, ...(type === 'target' ? { targets: ['sqlite', 'postgres'] } : {}) }
}

export const CATALOGUE: ActionCatalogue = Object.fromEntries([
  action('command', {
    kinds: ['run', 'check'],
    mutating: true,
    needs: { argv: 'list' },
    takes: {
      cwd: 'path',
      env: 'map',
      read_only: 'boolean',
      answers: 'list',
      tty: 'boolean',
      errors: 'text',
      results: 'json',
      expect_tests: 'list',
    },
    facts: { exit: 'int' },
  }),
  action('script', {
    kinds: ['run'],
    mutating: true,
    needs: { file: 'file' },
    takes: {
      cwd: 'path',
      env: 'map',
      answers: 'list',
      tty: 'boolean',
      errors: 'text',
      results: 'json',
      expect_tests: 'list',
    },
  }),
  action('sql', {
    kinds: ['check'],
    needs: { target: 'target', query: 'text' },
    takes: { params: 'list' },
    facts: { rows: 'int', value: 'text' },
  }),
  action('http', {
    kinds: ['check'],
    needs: { url: 'text' },
    takes: { headers: 'map' },
    facts: { status: 'int' },
  }),
  action('file', {
    kinds: ['check'],
    needs: { path: 'path' },
    takes: { sha256: 'text' },
    facts: { bytes: 'int' },
  }),
  action('log', { kinds: ['check'], needs: { path: 'path', pattern: 'text' } }),
  action('sqlite.idle', { kinds: ['check'], needs: { target: 'sqlite' } }),
  action('sqlite.backup', {
    kinds: ['run'],
    needs: { from: 'sqlite' },
    takes: { to: 'path', name: 'text', stamp: 'text' },
    facts: { file: 'path', bytes: 'int', sha256: 'text', sameDevice: 'boolean' },
  }),
  action('sqlite.restore', {
    kinds: ['run'],
    mutating: true,
    needs: { backup: 'path', to: 'sqlite' },
    takes: { sha256: 'text' },
  }),
  action('sqlite.copy', {
    kinds: ['run'],
    mutating: true,
    needs: { from: 'sqlite', to: 'postgres' },
    takes: { workers: 'int', strict: 'boolean' },
    facts: { rows: 'int' },
  }),
  action('compare', {
    kinds: ['run'],
    needs: { source: 'target', target: 'target' },
    facts: { differences: 'int' },
  }),
  action('pg.apply', {
    kinds: ['run'],
    mutating: true,
    hasParts: true,
    needs: { target: 'postgres', files: 'file' },
  }),
  action('pg.set-aside', {
    kinds: ['run'],
    mutating: true,
    needs: { target: 'postgres' },
    takes: { stamp: 'text' },
  }),
  action('pg.backup', {
    kinds: ['run'],
    needs: { from: 'postgres', to: 'path' },
    facts: { file: 'path', bytes: 'int', sha256: 'text' },
  }),
  action('pg.test-restore', {
    kinds: ['run'],
    needs: { backup: 'path', target: 'postgres' },
    takes: { sha256: 'text' },
  }),
  action('pg.restore', {
    kinds: ['run'],
    mutating: true,
    needs: { backup: 'path', target: 'postgres' },
    takes: { sha256: 'text' },
  }),
  action('pg.drop-kept', {
    kinds: ['run'],
    mutating: true,
    needs: { target: 'postgres', database: 'text', oid: 'int' },
  }),
  action('pg.drain', { kinds: ['run'], mutating: true, needs: { target: 'postgres' } }),
  action('backup.cleanup', {
    kinds: ['run'],
    mutating: true,
    needs: { backup: 'path', sha256: 'text' },
    takes: { copy: 'path' },
  }),
])
