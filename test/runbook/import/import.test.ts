import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { catalogue } from '../../../src/actions/catalogue.ts'
import { hasErrors } from '../../../src/runbook/finding.ts'
import { importRunbook } from '../../../src/runbook/import/import-runbook.ts'
import type { Import } from '../../../src/runbook/import/import-runbook.ts'
import { checkTemplate } from '../../../src/templates/check-template.ts'

const imported = (text: string, file = 'RUNBOOK.md'): Import =>
  importRunbook({
    text,
    file,
    catalogue: catalogue(),
    checkTemplate: ({ text: template, media, roles }) => checkTemplate(template, media, { roles }),
  })

const sample = (name: string): Import =>
  imported(readFileSync(join(import.meta.dirname, 'samples', name), 'utf8'), name)

interface Step {
  readonly id: string
  readonly [key: string]: unknown
}
interface Draft {
  readonly window: { readonly length: string }
  readonly roles: Readonly<Record<string, { readonly title: string }>>
  readonly phases: readonly {
    readonly phase: string
    readonly at?: string
    readonly steps: readonly Step[]
  }[]
  readonly success?: readonly unknown[]
  readonly follow_ups?: readonly unknown[]
  readonly rollback?: {
    readonly options?: Readonly<Record<string, { readonly title: string; readonly steps: readonly Step[] }>>
    readonly triggers?: Readonly<Record<string, readonly { readonly text: string }[]>>
  }
}

const draftOf = ({ yaml }: Import): Draft => parse(yaml)
const stepsOf = (made: Import): Step[] => draftOf(made).phases.flatMap(({ steps }) => steps)
const codes = (made: Import): string[] => made.findings.map(({ code }) => code)

describe('a runbook in Markdown, imported', () => {
  const billing = sample('clock-times.md')

  it('validates at once, with no error', () => {
    expect(billing.validation.findings.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(billing.validation.runbook?.head.owner).toBe('payments-platform')
  })

  it('plans by the clock from the time at which the work begins', () => {
    const { phases, window } = draftOf(billing)

    expect(phases.map(({ phase, at }) => [phase, at])).toEqual([
      ['Last looks', 'T-30m'],
      ['Start of the maintenance', 'T-0'],
      ['Go/No-Go', 'T+15m'],
      ['Move', 'T+20m'],
      ['Not placed yet', undefined],
    ])
    expect(window.length).toBe('90m')
  })

  it('takes its roles from a table that has a column for them', () => {
    expect(Object.values(draftOf(billing).roles).map(({ title }) => title)).toEqual([
      'Cutover lead',
      'DBA',
      'Support engineer',
    ])
  })

  it('looks by itself where SQL only asks, one check for each question, named by its comment', () => {
    const checks = stepsOf(billing).filter((step) => 'check' in step && 'sql' in step)

    expect(checks.map((step) => step['check'])).toEqual([
      'Lag in bytes',
      'Open transactions older than a minute',
    ])
  })

  it('runs what changes something, and says that nobody knows yet how it is undone', () => {
    const [run] = stepsOf(billing).filter(({ id }) => id === 'stop-the-invoicer')

    expect(run).toMatchObject({
      run: 'Stop the invoicer',
      script: 'billing-moves-to-the-new-cluster/stop-the-invoicer.sh',
      irreversible: expect.stringContaining('nobody has said yet'),
      help: '- It takes up to a minute\n- It must say `inactive`',
      estimate: '5m-10m',
    })
    expect(billing.files.find(({ path }) => path === run?.['script'])?.text).toContain(
      'systemctl stop invoicer',
    )
  })

  it('makes one decision of a go/no-go, with what must hold and what must not', () => {
    const [gate] = stepsOf(billing).filter((step) => 'decide' in step)

    expect(gate).toMatchObject({
      decide: 'Go/No-Go',
      no_go: 'postpone',
      criteria: [
        { confirm: 'The banner is up' },
        { confirm: 'The invoicer is stopped' },
        { confirm: 'Not so: An incident is open' },
      ],
      help: 'After NO-GO: Tell support; Write down why.',
    })
  })

  it('keeps several ways back, and what calls for them', () => {
    const { rollback } = draftOf(billing)

    expect(Object.values(rollback?.options ?? {}).map(({ title }) => title)).toEqual([
      'Option A: point back',
      'Option B: restore',
    ])
    expect(rollback?.triggers).toMatchObject({
      immediate: [{ text: 'The totals differ' }, { text: 'Invoices are sent twice' }],
      consider: [{ text: 'The queue grows' }],
    })
  })

  it('makes notices of templates, fills in what is known, and names what is not', () => {
    const start = billing.files.find(({ path }) => path.endsWith('/start.hbs'))?.text

    expect(start).toBe(
      '---\nsubject: Billing pauses at {{time planned.start}}\n---\n' +
        'Billing pauses at {{time planned.start}} and is back by {{time planned.end}}. ' +
        'Ask {{person lead}}. Ticket [TICKET NUMBER].\n',
    )
    expect(billing.findings.filter(({ code }) => code === 'unknown-placeholder')).toHaveLength(1)
  })

  it('links what an appendix repeats, and marks what has no place', () => {
    const appendix = billing.pieces.filter(({ line }) => line > 115)

    expect(appendix).toMatchObject([
      { text: 'Switch the banner on', as: 'repeat of', where: 'switch-the-banner-on' },
      { text: 'Walk the dog', as: 'unplaced' },
    ])
    expect(stepsOf(billing).map((step) => step['do'])).toContain('Unplaced: Walk the dog')
  })

  it('keeps success and open tasks, those before the live run apart', () => {
    expect(draftOf(billing).success).toHaveLength(2)
    expect(draftOf(billing).follow_ups).toMatchObject([
      { before: 'live' },
      { title: 'Remove the old cluster' },
    ])
  })
})

describe('what a shell would remember', () => {
  const shop = sample('shell-state.md')

  it('stays with a person, with the reason, when it means another host, a terminal or a later step', () => {
    expect(codes(shop)).toEqual(
      expect.arrayContaining(['by-hand', 'shell-state', 'dead-anchor', 'secret-in-text']),
    )
    const [ssh, script, cd] = stepsOf(shop)
    expect([ssh, script, cd].every((step) => step !== undefined && 'do' in step)).toBe(true)
    expect(ssh?.['help']).toContain('    ssh shop-db\n    cd /opt/shop')
  })

  it('loses its passwords before it becomes a draft', () => {
    expect(`${shop.yaml}${shop.files.map(({ text }) => text).join('')}`).not.toContain('verysecret')
  })

  it('becomes checks where it only asks addresses and questions', () => {
    const looks = stepsOf(shop).filter((step) => 'check' in step)

    expect(looks.map((step) => step['http'] ?? step['sql'])).toEqual([
      { target: 'main', query: 'select 1' },
      { url: 'https://shop.example.org/health' },
      { url: 'https://shop.example.org/health/db' },
      { target: 'main', query: 'SELECT count(*) FROM orders' },
    ])
  })
})

describe('strange Markdown', () => {
  it('with a fence that nobody closed says where, and keeps what follows', () => {
    const made = sample('unclosed.md')

    expect(made.findings.filter(({ code }) => code === 'unclosed-fence')).toMatchObject([{ line: 7 }])
    expect(stepsOf(made)).toHaveLength(3)
  })

  it('without headings is one phase, and says so', () => {
    const made = sample('no-headings.md')

    expect(codes(made)).toContain('no-headings')
    expect(stepsOf(made).map((step) => step['do'])).toEqual(['stop the importer', 'copy the table'])
  })

  it('with lists five deep keeps the deepest behind those above it', () => {
    const [stop] = stepsOf(sample('no-headings.md'))

    expect(stop?.['items']).toEqual(['on host one: as the user `importer`: not as root: never with kill -9'])
  })

  it('with nothing in it gives a draft that says so', () => {
    const made = imported('')

    expect(hasErrors(made.validation.findings)).toBe(false)
    expect(stepsOf(made)).toMatchObject([{ id: 'write-steps' }])
  })

  it('always gives a draft without errors in which every piece has a place', () => {
    const line = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.constantFrom(
        '# A', '## T-1 hour: b', '### Go/No-Go', '- [ ] x', '  - y', '1. z', '```bash', '```sql', '```', 'psql -c "drop table a"',
        'select 1;', 'delete from a;', 'curl http://x.example/', '| Role | Phone |', '|---|---|', '| DBA | 1 |', '**If no-go:**',
        '## Rollback', '## Communication Templates', 'Subject: [TIME]', '## Appendix', '- a: ____', 'ssh x', 'export A=1', '> q', '---',
      ), // prettier-ignore
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const made = imported(lines.join('\n'))
        expect(made.validation.findings.filter(({ severity }) => severity === 'error')).toEqual([])
        expect(made.pieces.filter(({ as }) => as === '')).toEqual([])
      }),
      { numRuns: 60 },
    )
  })
})
