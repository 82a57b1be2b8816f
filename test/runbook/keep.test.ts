import { describe, expect, test } from 'vitest'
import { codesOf, findingOf, planOf, runbookText } from './support.ts'

const CLEANUP = (at: string) => `- run: Delete the backup
  uses: backup.cleanup
  with: { backup: /srv/b.dump, sha256: "${'0'.repeat(64)}", copy: /mnt/b.dump }
  irreversible: a copy stays
  at: ${at}
`

describe('keep', () => {
  test('makes a follow-up of what nobody deletes, and tells workers how long output stays', () => {
    const plan = planOf(runbookText('- do: X', 'keep: { logs: 30d, dumps: 7d, exports: forever }\n'))

    expect(plan.keepLogsMs).toBe(30 * 86_400_000)
    expect(plan.followUps).toEqual([
      {
        id: 'keep-dumps',
        title: 'Delete what was kept until now: dumps',
        owner: 'lead',
        due: { kind: 'after', step: 'completed', ms: 7 * 86_400_000 },
        beforeLive: false,
      },
    ])
  })

  test('lets a backup be deleted when its time is over, and not before', () => {
    const head = 'keep: { backups: 7d }\n'

    expect(codesOf(runbookText(CLEANUP('{ after: completed +7d }'), head))).not.toContain('deleted-too-early')
    expect(
      findingOf('deleted-too-early', runbookText(CLEANUP('{ after: completed +1d }'), head)),
    ).toMatchObject({
      severity: 'error',
      hint: 'Give the step `at: { after: completed +7d }`.',
    })
    expect(
      codesOf(runbookText(CLEANUP('{ after: completed +900d }'), 'keep: { backups: forever }\n')),
    ).toContain('deleted-too-early')
  })

  test('counts the time of the phase where the step has none', () => {
    const inPhase = (at: string) =>
      runbookText(CLEANUP('T-0'), 'keep: { backups: 7d }\n')
        .replace('at: T-0\n', `at: ${at}\n`)
        .replace('  at: T-0\n', '')

    expect(codesOf(inPhase('{ after: completed +7d }'))).not.toContain('deleted-too-early')
    expect(codesOf(inPhase('{ after: completed +6d }'))).toContain('deleted-too-early')
  })
})
