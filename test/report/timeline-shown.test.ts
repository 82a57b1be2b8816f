import { describe, expect, test } from 'vitest'
import type { Plan } from '../../src/domain/plan.ts'
import { timelineBlocks } from '../../src/report/timeline-blocks.ts'
import { timelineMarkdown } from '../../src/report/timeline-markdown.ts'
import { timelineOf } from '../../src/report/timeline-of.ts'
import { validateBlocks } from '../../src/workspace/block-limits.ts'
import {
  aDo,
  aRun,
  LEAD,
  NAMES,
  night,
  OBSERVER,
  opening,
  plan,
  ran,
  recorded,
  rolledBackNight,
  type Happening,
} from './ward-night.ts'

const timeline = timelineOf(night, { names: NAMES, head: `7be1${'0'.repeat(56)}1f09` })
const markdown = timelineMarkdown(timeline)

describe('timeline.md', () => {
  test('opens with the verdict, the durations and the people', () => {
    expect(markdown.split('\n').slice(0, 10)).toEqual([
      '# Ward OPS from SQLite to PostgreSQL',
      '',
      '**Completed 03:10 · 39 min of 60 min · down for 38 min · 4 deviations · 3 setbacks**',
      '',
      '- LIVE on production, cutover `ward-1`',
      '- planned for 21 Nov 2026 02:30 (Asia/Tbilisi), window 60 min; began 21 Nov 2026 02:31 (Asia/Tbilisi)',
      '- backup 1 min 52 s · migrate 2 min 50 s · verify 44 s · maintenance 38 min',
      '- lead: Nino Beridze',
      '- observer: Giorgi Maisuradze',
      '- all times in Asia/Tbilisi',
    ])
  })

  test('puts planned beside actual, and says who and what came out', () => {
    expect(markdown).toContain(
      '| Copy the data | 02:32 · 10 min | 02:38 · 2 min 20 s | done | Giorgi Maisuradze, db-1 | 3,012,884 rows |',
    )
    const back = timelineMarkdown(timelineOf(rolledBackNight, { names: NAMES, rehearsal: timeline }))
    expect(back).toContain('| step | planned | rehearsed | actual | result | who | what came out |')
    expect(back).toContain(
      '| Copy the data | 02:32 · 10 min | 2 min 20 s | 02:35 · 2 min 20 s | done, undone |',
    )
    expect(back).toContain('| Set the copy aside (rollback) |')
  })

  test('gives each decision with its votes and evidence, and each notice as it was sent', () => {
    for (const line of [
      '- Go or no-go? closed without a decision: the deadline passed',
      '  - GO 02:18 Nino Beridze as lead on 1 of 1, stale: No incident is open turned red',
      '- Go or no-go? (round 2): GO 02:28 by Nino Beridze and Giorgi Maisuradze on 1 of 1 criteria',
      '  - met: No incident is open: confirmed by the lead',
      '- 03:10 Announce completion, ops: slack to \\#ops',
      '  > Please report anything odd.',
      '- 03:20 Giorgi Maisuradze: the office confirms',
      '- 01:32 Snapshot Redis: skipped by Giorgi Maisuradze: "no Redis in \\*this\\* environment"',
    ]) {
      expect(markdown.split('\n')).toContain(line)
    }
  })

  test('text from outside cannot leave its cell or its line', () => {
    const hostile = timelineOf(
      recorded([
        opening(),
        [
          0,
          OBSERVER,
          { type: 'step skipped', data: { step: 'redis', reason: 'a | b\n# c <script> [x](y) `d`' } },
        ],
      ]),
    )
    const row = timelineMarkdown(hostile)
      .split('\n')
      .find((line) => line.startsWith('| Snapshot Redis'))

    expect(row).toMatch(/\| a \\\| b \\# c \\<script\\> \\\[x\\\]\(y\) \\`d\\` \|$/)
  })
})

describe('the message', () => {
  test('is what Slack takes, with the verdict first and mentions and dates of its own', () => {
    const { text, blocks } = timelineBlocks(timeline)

    expect(validateBlocks('message', blocks)).toEqual([])
    expect(text).toBe(
      'Ward OPS from SQLite to PostgreSQL: Completed 03:10 (Asia/Tbilisi) · 39 min of 60 min · down for 38 min · 4 deviations · 3 setbacks',
    )
    expect(JSON.stringify(blocks[0])).toContain(
      '*Completed <!date^1795216200^{time}|23:10 UTC> · 39 min of 60 min',
    )
    expect(JSON.stringify(blocks)).toContain('by <@U01LEAD> and <@U02OBSERVER> on 1 of 1 criteria')
    expect(JSON.stringify(blocks)).toMatch(/record `\d+:7be1[0-9a-f]{56}1f09`/)
  })

  test('a rehearsal says so first', () => {
    const rehearsal = timelineOf(recorded([opening({ ...plan, live: false, environment: 'staging' }, false)]))
    const { text, blocks } = timelineBlocks(rehearsal)

    expect(text).toMatch(/^REHEARSAL · /)
    expect(JSON.stringify(blocks[0])).toContain('*REHEARSAL* · ')
  })

  test('every beginning of a log gives a message that Slack takes', () => {
    for (const events of [night, rolledBackNight]) {
      for (let length = 1; length <= events.length; length++) {
        const { blocks } = timelineBlocks(timelineOf(events.slice(0, length)))
        expect(validateBlocks('message', blocks)).toEqual([])
      }
    }
  })

  test('a runbook of two hundred steps with long and hostile texts still fits, and what is left out is counted', () => {
    const long = `<!channel> *${'x'.repeat(400)}* | \n\u0000 😀`
    const many = Array.from({ length: 200 }, (_, index) =>
      index % 2 === 0
        ? aDo(`s${index}`, `${index} ${long}`)
        : aRun(`s${index}`, `${index} ${long}`, 'sqlite.copy'),
    )
    const large: Plan = {
      ...plan,
      success: [],
      title: long,
      phases: [
        { id: 'all', title: long, at: { kind: 'elapsed', ms: 0 }, steps: many.map((step) => step.id) },
      ],
      steps: {
        ...Object.fromEntries(many.map((step) => [step.id, step])),
        complete: plan.steps['complete']!,
      },
    }
    const happenings: Happening[] = many.flatMap((step, index): Happening[] =>
      step.kind === 'do'
        ? [[index, OBSERVER, { type: 'step skipped', data: { step: step.id, reason: long } }]]
        : ran(index, LEAD, step.id, {
            seconds: 30,
            summary: long,
            failed: { message: long, hint: '', changed: long },
          }),
    )
    const rounds = Array.from({ length: 30 }, (_, index): Happening[] => [
      [
        300 + index,
        LEAD,
        { type: 'gate opened', data: { gate: 'complete', round: index + 1, reason: long } },
      ],
      [
        300 + index,
        LEAD,
        { type: 'round closed', data: { gate: 'complete', round: index + 1, why: 'deadline' } },
      ],
    ]).flat()
    const result = timelineOf(recorded([opening(large), ...happenings, ...rounds]))
    const { text, blocks } = timelineBlocks(result)

    expect(validateBlocks('message', blocks)).toEqual([])
    // The cells of a table are raw: Slack reads nothing into them.
    expect(JSON.stringify(blocks.filter((block) => block.type !== 'table'))).not.toContain('<!channel>')
    expect(text).not.toContain('<!channel>')
    const table = JSON.stringify(blocks.find((block) => block.type === 'table'))
    const shown = table
      .split('"type":"raw_text","text":"')
      .filter((cell) => /^\d+ &lt;|^\d+ </.test(cell)).length
    expect(table).toContain(`… ${201 - shown} more in timeline.md`)
    expect(JSON.stringify(blocks)).toMatch(/… and \d+ more in timeline\.md/)
  })
})
