import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { paperOf, sketchedState } from '../../src/cli/plan/print-plan.ts'
import { readRunbookFile } from '../../src/cli/runbook-file.ts'
import { paperHtml } from '../../src/report/paper/paper-html.ts'
import { paperMarkdown } from '../../src/report/paper/paper-markdown.ts'

const RUNBOOKS = fileURLToPath(new URL('../../runbooks/', import.meta.url))
const file = readRunbookFile('ward-ops-postgres', RUNBOOKS)

function paper(environment: string, holders: Readonly<Record<string, string>> = {}) {
  const plannedStart = Date.parse('2026-11-28T19:00:00Z')
  const state = sketchedState(file, { environment, plannedStart, vars: {}, choices: {}, holders })
  const files = new Map([...file.runbook.files].map(([path, { text }]) => [path, text]))
  return paperOf(state, { holders, files })
}

describe('cutover plan', () => {
  it('prints commands, queries, times, people, notices, ways back and files in full', () => {
    const text = paperMarkdown(paper('production', { lead: 'Ana, +995 555' }))
    for (const expected of [
      'production, LIVE · T-0 28 Nov 2026 23:00 (Asia/Tbilisi)',
      '| Migration lead (lead), with a stand-in | Ana, +995 555 |',
      '## Pre-migration checklist (T-1h · 28 Nov 2026 22:00 (Asia/Tbilisi))',
      'select version()',
      'Subject: Ward OPS maintenance begins 28 Nov 2026 23:00',
      '- Observer: GO / NO-GO, name, time: ____',
      'Way back: Put the SQLite backup back (undo-backup)',
      'bash -euo pipefail ward-ops/archive-backup.sh',
      '## Rolling back',
      'create table',
    ])
      expect(text.toLowerCase()).toContain(expected.toLowerCase())
  })

  it('says who is called, what is promised, what speaks against it, and all that is told and left to do', () => {
    const citadelbuy = readRunbookFile('citadelbuy', RUNBOOKS)
    const asked = { environment: 'production', plannedStart: Date.now(), vars: {}, choices: {}, holders: {} }
    const text = paperMarkdown(paperOf(sketchedState(citadelbuy, asked), { holders: {}, files: new Map() }))
    for (const expected of [
      '- Promised: restored within 60 min; what is restored is at most 30 min old',
      '### Who is called when nobody answers',
      '| 30 min | ',
      'the pager of incident',
      '### On call while it is guarded, in turn',
      '### It has failed when',
      '- [ ] Red or failed: Apply the seven migrations (migrate)',
      '### Left to do',
      '| Mend what staging showed | Database Monitor (DBA on call) | T-1d, before a live run |',
      '## Notices that wait for an occasion',
      'Any of these speaks against it:',
      '- Again: every ',
      '- [ ] Database Monitor (DBA on call) is available on the day',
      '- Status page: ',
    ])
      expect(text).toContain(expected)
  })

  it('has no heading with nothing below it', () => {
    const lines = paperMarkdown(paper('production')).split('\n\n')
    const empty = lines.filter(
      (line, index) => line.startsWith('### ') && (lines[index + 1] ?? '#').startsWith('#'),
    )
    expect(empty).toEqual([])
  })

  it('leaves out what does not apply, and says why', () => {
    const text = paperMarkdown(paper('production'))
    expect(text).toContain('Not applicable here: stop-jobs-by-machine ($control is people)')
    expect(text).not.toContain('/opt/ward-ops/bin/service jobs')
    expect(paperMarkdown(paper('demo'))).toContain('./ward-ops-service jobs stop')
  })

  it('is one page of HTML that loads nothing and shows what stands in it as text', () => {
    const html = paperHtml(paper('staging', { lead: '<script>alert(1)</script>' }))
    expect(html).not.toMatch(/<(script|link|img|iframe)|url\(|@import/)
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(html).toContain('@page { size: A4')
  })

  it('names what a live environment lets nobody set from outside', () => {
    const asked = { plannedStart: Date.now(), choices: {}, holders: {}, vars: { sqlite: '/tmp/other.db' } }
    expect(() => sketchedState(file, { ...asked, environment: 'production' })).toThrow(
      /"sqlite" is not asked for/,
    )
    const { plan } = sketchedState(file, { ...asked, environment: 'staging' })
    expect(plan.vars['sqlite']).toBe('/tmp/other.db')
  })
})
