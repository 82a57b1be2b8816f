import { describe, expect, it } from 'vitest'
import { applicationNameOf } from '../../src/actions/application-name.ts'
import { actionsPage, catalogue, findAction } from '../../src/actions/catalogue.ts'
import { applicationName } from '../../src/process/environment.ts'

const names = Object.keys(catalogue())

describe('the catalogue', () => {
  it('knows the parameters of an action from its schema', () => {
    expect(catalogue()['sqlite.restore']).toMatchObject({
      kinds: ['run'],
      mutating: true,
      parameters: {
        to: {
          type: 'target',
          targets: ['sqlite'],
          required: true,
          description: 'The SQLite database to put back.',
        },
        backup: { type: 'path', required: true },
        sha256: { type: 'text', required: false },
      },
    })
    expect(catalogue()['command']).toMatchObject({
      kinds: ['run', 'check'],
      parameters: {
        argv: { type: 'list', required: true },
        cwd: { type: 'path', required: false },
        env: { type: 'map', required: false },
        read_only: { type: 'boolean', required: false },
        timeout: { type: 'text', required: false },
      },
    })
    expect(catalogue()['sql']?.parameters['target']).toMatchObject({
      type: 'target',
      targets: ['sqlite', 'postgres'],
    })
    expect(catalogue()['sql']?.parameters['limit']).toMatchObject({ type: 'int', required: false })
    expect(catalogue()['pg.apply']?.parameters['files']).toMatchObject({ type: 'file', required: true })
  })

  it('says which actions change nothing that would have to be undone', () => {
    const additive = names.filter(
      (name) => findAction(name)?.kinds.includes('run') && !findAction(name)?.mutating,
    )

    expect(additive).toContain('sqlite.backup')
    expect(additive).not.toContain('command')
    expect(additive).not.toContain('pg.set-aside')
  })

  it.each(names)('describes each parameter of %s by a sentence', (name) => {
    for (const { description } of Object.values(catalogue()[name]?.parameters ?? {})) {
      expect(description).toMatch(/^.{8,}[.)]$/su)
    }
    expect(findAction(name)?.summary).toMatch(/\.$/)
  })

  it('is the documentation: docs/actions.md is made from it, by `vitest -u`', async () => {
    await expect(actionsPage()).toMatchFileSnapshot('../../docs/actions.md')
  })
})

it.each(['ward.copy.1', `ward-ops-postgres-20261120-0230.${'copy-the-data-'.repeat(4)}.12`])(
  'the sessions of %s bear the name by which the worker looks for them',
  (attempt) => {
    expect(applicationNameOf(attempt)).toBe(applicationName(attempt))
    expect(applicationNameOf(attempt).length).toBeLessThanOrEqual(63)
  },
)
