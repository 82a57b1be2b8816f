import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCommand, TEXT_MAX, USAGE } from '../../src/bot/grammar.ts'
import { typedText } from '../../src/bot/typed-text.ts'

describe('the grammar', () => {
  it.each([
    ['', { verb: 'help' }],
    ['help', { verb: 'help' }],
    ['STATUS', { verb: 'status' }],
    ['start', { verb: 'start' }],
    ['start ward-ops-postgres', { verb: 'start', runbook: 'ward-ops-postgres' }],
    ['go', { verb: 'go' }],
    ['go all is green', { verb: 'go', reason: 'all is green' }],
    ['no-go the disk is full', { verb: 'no-go', reason: 'the disk is full' }],
    ['no-go', { verb: 'no-go' }],
    ['hold', { verb: 'hold' }],
    ['hold   two  spaces', { verb: 'hold', reason: 'two  spaces' }],
    ['abandon', { verb: 'abandon' }],
    ['round', { verb: 'round' }],
    ['postpone', { verb: 'postpone' }],
    ['resume', { verb: 'resume' }],
    ['rollback', { verb: 'rollback' }],
    ['rollback ward_ops counts differ', { verb: 'rollback', name: 'ward_ops', reason: 'counts differ' }],
    [
      'rollback ward_ops cancel counts differ',
      { verb: 'rollback', name: 'ward_ops', running: 'cancel', reason: 'counts differ' },
    ],
    ['postpone the disk is late', { verb: 'postpone', reason: 'the disk is late' }],
    ['postpone +30m the disk is late', { verb: 'postpone', time: '+30m', reason: 'the disk is late' }],
    ['postpone 02:30 later', { verb: 'postpone', time: '02:30', reason: 'later' }],
    ['postpone 2026-11-21 02:30 later', { verb: 'postpone', time: '2026-11-21 02:30', reason: 'later' }],
    ['round go votes are stale', { verb: 'round', gate: 'go', reason: 'votes are stale' }],
    ['assign lead <@U012ABC|ana>', { verb: 'assign', role: 'lead', person: 'U012ABC' }],
    [
      'assign lead <@U012ABC> she is here',
      { verb: 'assign', role: 'lead', person: 'U012ABC', reason: 'she is here' },
    ],
    ['change', { verb: 'change' }],
    ['change Hotfix 42', { verb: 'change', text: 'Hotfix 42' }],
    [
      'change Hotfix 42 because they cannot pay, because of it',
      { verb: 'change', text: 'Hotfix 42', reason: 'they cannot pay, because of it' },
    ],
    ['note a &lt; b &amp;&amp; c', { verb: 'note', text: 'a < b && c' }],
    ['login bcdfghjk', { verb: 'login', code: 'BCDF-GHJK' }],
    ['login BCDF-GHJK', { verb: 'login', code: 'BCDF-GHJK' }],
  ])('reads “%s”', (text, asked) => {
    expect(parseCommand(text)).toEqual(asked)
  })

  it.each([
    'note',
    'issue',
    'rollback ward_ops',
    'rollback ward_ops wait',
    'postpone +30m',
    'assign lead',
    'assign lead ana',
    'login 123',
    'status now',
    'hodl on',
    'note a\u0000b',
    `note ${'x'.repeat(TEXT_MAX)}`,
  ])('says how to write “%s”', (text) => {
    expect(parseCommand(text)).toMatchObject({ verb: 'unclear' })
  })

  it('reads or explains whatever is typed, and what it explains mentions nobody', () => {
    const words = fc.constantFrom(
      ...Object.keys(USAGE),
      '<!channel>',
      '<@U1|x>',
      '&lt;',
      '$(id)',
      '--flag',
      '`',
      '*',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string({ unit: 'binary' })), { maxLength: 6 }), (parts) => {
        const asked = parseCommand(parts.join(' '))
        if (asked.verb === 'unclear') expect(asked.message).not.toMatch(/<[!@#]/)
        else expect(USAGE).toHaveProperty([asked.verb])
      }),
    )
  })
})

describe('typed text', () => {
  it.each([
    ['<!channel> &amp; <@U012ABC|ana>', '@channel & @ana'],
    ['<#C012|ops> <!subteam^S1|@dba> <!subteam^S1>', '#ops @dba @subteam'],
    ['<https://a.example/x|a.example/x> <https://b.example>', 'a.example/x https://b.example'],
    ['&lt;!channel&gt;', '<!channel>'],
    ['&amp;lt;', '&lt;'],
  ])('of “%s” is “%s”', (given, plain) => {
    expect(typedText(given)).toBe(plain)
  })
})
