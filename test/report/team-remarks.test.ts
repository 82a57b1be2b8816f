import { expect, test } from 'vitest'
import { timelineMarkdown } from '../../src/report/timeline-markdown.ts'
import { timelineOf } from '../../src/report/timeline-of.ts'
import { atStart } from '../support/cutover.ts'
import { acknowledgement, ANA, aPlan, at, BEN, CAI, MINUTE, onStep } from '../support/plans.ts'

test('the timeline tells of issues, who was called, who was there, checkpoints, users and the debrief', () => {
  const c = atStart(
    aPlan()
      .phase('Backup', at(0), [onStep('look')])
      .check('look')
      .decide('go', { approvers: { lead: 1 }, criteria: [acknowledgement('observer', 'present')] })
      .with({ escalation: [{ afterMs: 5 * MINUTE, roles: ['communicator'] }] })
      .build(),
  )
  c.work('look', { verdict: 'red', summary: '0 bytes' })
  c.by(ANA, { type: 'override', step: 'look', reason: 'known' })
  c.by(BEN, { type: 'ack' })
  c.by(ANA, { type: 'issue', text: 'the pool is full', severity: 'high', kind: 'process' })
  c.by(BEN, { type: 'change issue', issue: '1', owner: 'lead' })
  c.wait(5 * MINUTE)
  c.by(CAI, { type: 'take on' })
  c.by(ANA, { type: 'close issue', issue: '1', text: 'doubled it' })
  c.go(ANA, 'go')
  c.go(BEN, 'go')
  c.by(ANA, { type: 'accept checkpoint', phase: 'Backup', reason: 'an empty table' })
  c.by(CAI, { type: 'user report', text: 'login fails', count: 2, ticket: 'SUP-1' })
  c.by(BEN, { type: 'add follow-up', title: 'Buy disks' })
  c.by(ANA, { type: 'waive follow-up', followUp: 'f1', reason: 'there are some' })
  const text = timelineMarkdown(timelineOf(c.events, { names: new Map() }))
  for (const said of [
    'issue 1 (high, process): the pool is full',
    'issue 1 is now owner lead',
    'issue 1 closed: doubled it',
    'nobody had it, so level 1 was called: communicator',
    'issue/1 taken on',
    'observer is present',
    'checkpoint of "Backup" FAILED',
    'gone on although the checkpoint of "Backup" had failed',
    'users report (2): login fails [SUP-1]',
    'follow-up f1: Buy disks',
    'follow-up f1 waived',
  ])
    expect(text.replaceAll('\\', '')).toContain(said)
})
