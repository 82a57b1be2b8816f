import { describe, expect, it } from 'vitest'
import { postMortemMarkdown } from '../../src/report/post-mortem.ts'
import { pullRequestMarkdown } from '../../src/report/pull-request.ts'
import { timelineOf } from '../../src/report/timeline-of.ts'
import type { Timeline } from '../../src/report/timeline.ts'
import { NAMES, night, rolledBackNight } from './ward-night.ts'

const timeline = timelineOf(night, { names: NAMES, head: `7be1${'0'.repeat(56)}1f09` })
const HOUR = 3_600_000

/** The same night, looked back on. */
const lookedBack: Timeline = {
  ...timeline,
  issues: [
    {
      id: 'issue-1',
      text: 'lag on the *replica*',
      severity: 'high',
      kind: 'technical',
      by: 'U01LEAD',
      at: timeline.times.openedAt,
      step: 'Copy the data',
      output: 'relation "orders" is locked. Nothing was changed.',
      owner: 'observer',
      closedAt: timeline.times.openedAt + HOUR,
      resolution: 'the report was cancelled',
    },
    {
      id: 'issue-2',
      text: 'the notice went out late',
      severity: 'low',
      kind: 'communication',
      by: 'U02OBSERVER',
      at: timeline.times.openedAt,
    },
  ],
  metrics: [
    { name: 'p95', unit: 'ms', before: 400, after: 300, changePercent: -25, isBetter: true },
    { name: 'errors', before: 0, after: null, changePercent: null, isBetter: null },
  ],
  debrief: { wentWell: [{ by: 'U01LEAD', text: 'calm voices' }], improve: [] },
  followUps: [
    {
      id: 'fu-1',
      title: 'Drop the old database',
      owner: 'lead',
      dueAt: timeline.times.openedAt + 240 * HOUR,
      source: 'runbook',
      waived: false,
    },
    {
      id: 'fu-2',
      title: 'Load test',
      owner: 'observer',
      dueAt: timeline.times.openedAt,
      source: 'person',
      closedAt: timeline.times.openedAt,
      waived: true,
      said: 'no budget',
    },
  ],
  userReports: [{ from: timeline.times.openedAt, count: 3 }],
}

describe('post-mortem.md', () => {
  const document = postMortemMarkdown(lookedBack)

  it('sums the night up in a few lines, with what did not go as planned', () => {
    expect(document).toContain('# Post-mortem: Ward OPS from SQLite to PostgreSQL')
    expect(document).toContain('**Completed 03:10 · 39 min of 60 min')
    expect(document).toContain('- Rolled back: no')
    expect(document).toContain('- 2 issues, 1 of them open')
    expect(document).toContain('- 3 reports from users')
  })

  it('puts steps and decisions in the order in which they happened', () => {
    const [copy, go] = [document.indexOf('| Copy the data |'), document.indexOf('| Go or no-go? (round 2)')]

    expect(go).toBeGreaterThan(0)
    expect(copy).toBeGreaterThan(go)
  })

  it('tells each issue with its owner, its output and how it ended', () => {
    expect(document).toContain('- **issue-1** lag on the \\*replica\\* (high, technical), opened')
    expect(document).toContain('owned by observer; closed')
    expect(document).toContain('after 60 min: the report was cancelled')
    expect(document).toContain('  - output: relation "orders" is locked. Nothing was changed.')
    expect(document).toContain('by Giorgi Maisuradze; **open**')
  })

  it('shows metrics before and after, and says what nobody measured', () => {
    expect(document).toContain('| p95 | 400 ms | 300 ms | -25 %, better |')
    expect(document).toContain('| errors | 0 | not measured |  |')
  })

  it('lists who does what by when, and why something is not done', () => {
    expect(document).toMatch(/\| Drop the old database \| lead \| .+ \| open \|/)
    expect(document).toMatch(/\| Load test \| observer \| .+ \| waived: no budget \|/)
  })

  it('leaves to people what only they can say', () => {
    expect(document).toContain('- calm voices (Nino Beridze)')
    expect(document).toContain('_Nobody has written anything yet._')
    expect(document).toContain('_To be written by people who were there._')
  })

  it('says that and when it was rolled back', () => {
    expect(postMortemMarkdown(timelineOf(rolledBackNight, { names: NAMES }))).toContain(
      '- Rolled back: yes, begun',
    )
  })
})

describe('pull-request.md', () => {
  it('holds times, operators, commands and results of what machines ran', () => {
    const record = pullRequestMarkdown(timeline)

    expect(record.split('\n')[0]).toMatch(/^### Ward OPS from SQLite to PostgreSQL: Completed/)
    expect(record).toMatch(
      /\| Copy the data \| `sqlite\.copy` \| 02:38 · 2 min 20 s \| done \| Giorgi Maisuradze, db-1 \|/,
    )
    expect(record).toContain(`head \`7be1${'0'.repeat(56)}1f09\``)
  })

  it('is cut at a line when it would not fit a comment, and says so', () => {
    const [step] = timeline.steps.filter(({ kind }) => kind === 'run')
    if (step === undefined) throw new Error('The night has no run.')
    const record = pullRequestMarkdown({
      ...timeline,
      steps: Array.from({ length: 400 }, (_, n) => ({ ...step, title: `Run ${n}` })),
    })

    expect(record.length).toBeLessThan(21_000)
    expect(record).toMatch(/\nCut here; the whole record is in timeline\.md\.\n$/)
  })
})
