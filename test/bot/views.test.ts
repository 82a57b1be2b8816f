import { describe, expect, test } from 'vitest'
import { desired } from '../../src/bot/projection/desired.ts'
import { needMessage } from '../../src/bot/views/need.ts'
import { statusText } from '../../src/cli/views/status-text.ts'
import { atStart } from '../support/cutover.ts'
import { ANA, aPlan, at, BEN, CAI, HOUR, MINUTE, SECOND, T0 } from '../support/plans.ts'
import { buttons, expectWithinLimits, flat, messages, night, shown, toCopy, toGate } from './support/shown.ts'

describe('the board', () => {
  test('says where we are, who is waited for, and until when one can turn back', () => {
    const c = toCopy()
    const text = shown(c, 'board')

    expect(text).toContain('Shop to PostgreSQL · production · LIVE')
    expect(text).toContain('RUNNING · phase 3 of 3, migrate')
    expect(text).toContain(`Waiting for  <@${ANA}> <@${BEN}> <@${CAI}>: Copy the data`)
    expect(text).toContain('Go or no-go? GO')
    expect(text).toContain(`by <@${ANA}> and <@${BEN}> on 2 of 2 criteria`)
    expect(text).toContain('maintenance since')
    expect(text).toMatch(/Turn back by {2}<!date\^\d+\^{time}\|[\d:]+ UTC>/)
    expect(text).toContain('[Hold]\n[Roll back…]\n[Plan]')
  })

  test('shows how far the running step is, with what is left', () => {
    const c = toCopy()
    c.by(ANA, { type: 'run', step: 'copy' })
    const attempt = c.begin('copy')
    c.now += 100 * SECOND
    const progress = new Map([
      [attempt, { attempt, done: 2_100_000, total: 3_000_000, unit: 'rows', tail: '', at: c.now }],
    ])

    expect(shown(c, 'board', { progress })).toContain(
      '▓▓▓▓▓▓▓▓▓░░░░░ 70 % · 2,100,000 of 3,000,000 rows · 21,000 rows/s · 43 s left',
    )
  })

  test('stays the same within a minute, so that it need not be sent', () => {
    const c = toCopy()
    c.now = Math.ceil(c.now / MINUTE) * MINUTE
    const before = shown(c, 'board')
    c.now += 59 * SECOND

    expect(shown(c, 'board')).toBe(before)
  })

  test('offers to resume, and not to hold, while the cutover is held', () => {
    const c = toCopy()
    c.by(BEN, { type: 'hold', reason: 'a <noise>' })

    const text = shown(c, 'board')
    expect(text).toContain(`HELD by <@${BEN}>`)
    expect(text).toContain('a &lt;noise&gt;')
    expect(text).toContain('[Resume…]')
    expect(text).not.toContain('[Hold]')
  })
})

describe('a phase card', () => {
  test('has a line for each step with its state in words, and a button of its own', () => {
    const c = toCopy()
    const text = shown(c, 'phase/migrate/1')

    expect(text).toContain('Phase 3 of 3: migrate · 1 of 4 done')
    expect(text).toContain(`✓ done  stop\nby <@${ANA}>`)
    expect(text).toContain('→ due  Copy the data')
    expect(text).toContain('· to come  start')
    expect(buttons(c, 'phase/migrate/1')).toContainEqual({
      action: 'step.run',
      value: { cutover: 'c1', subject: 'copy', revision: c.step('copy').revision },
    })
  })

  test('is cut into pages of fifteen when its phase opens, and keeps them', () => {
    let plan = aPlan().phase('long', at(0))
    for (let n = 0; n < 40; n += 1) plan = plan.do(`s${n}`, { parallel: true })
    const c = atStart(plan.build())
    const keys = () => messages(c).flatMap(({ key }) => (key.startsWith('phase/') ? [key] : []))

    expect(keys()).toEqual(['phase/long/1', 'phase/long/2', 'phase/long/3'])
    for (let n = 0; n < 20; n += 1) c.tick(ANA, `s${n}`)
    expect(keys()).toEqual(['phase/long/1', 'phase/long/2', 'phase/long/3'])
    expect(shown(c, 'phase/long/2')).toContain('s15')
  })

  test('appears when its phase is come to', () => {
    const c = toGate()

    expect(messages(c).map(({ key }) => key)).not.toContain('phase/migrate/1')
  })
})

describe('what needs a person', () => {
  test('mentions the holder of the role, says what it holds up, and cannot be made to shout', () => {
    const c = atStart(night.build())
    const text = shown(c, 'need/announce/0')

    expect(text).toContain(`<@${CAI}>  announce — blocks 6 steps`)
    expect(text).toContain('Tell &lt;!channel&gt; &amp; friends')
    expect(text).toContain('[Done]\n[Failed…]\n[Not applicable…]\n[Skip…]')
  })

  test('asks everybody who holds a role about a step that belongs to nobody', () => {
    expect(shown(toCopy(), 'need/copy/0')).toContain(`<@${ANA}> <@${BEN}> <@${CAI}>  Copy the data`)
  })

  test('shrinks to one line that says what was done, by whom', () => {
    const c = toGate()
    const settled = messages(c, { posted: ['need/announce/0'] }).find(({ key }) => key === 'need/announce/0')

    expect(settled).toMatchObject({ onlyIfPosted: true, settled: true })
    expect(settled && flat(settled.content)).toContain(`✓ Done by <@${CAI}>`)
    expect(settled && flat(settled.content)).not.toContain('[')
  })

  test('tells of a step that stopped: the message, what changed, the hint, the trigger, the choices', () => {
    const c = toCopy()
    c.by(ANA, { type: 'run', step: 'copy' })
    c.work('copy', {
      outcome: 'failed',
      exit: 3,
      durationMs: 192_000,
      summary: 'Exit 3.',
      error: {
        message: 'relation "orders" is locked',
        hint: 'Ask pid 4121.',
        changed: 'Nothing was copied.',
      },
    })
    const text = shown(c, 'need/copy/1')

    expect(text).toContain('Copy the data — FAILED after 3 min 12 s (attempt 1, exit 3)')
    expect(text).toContain('relation "orders" is locked')
    expect(text).toContain('Changed: Nothing was copied.')
    expect(text).toContain('The trigger “the copy breaks” says: roll back at once.')
    expect(text).toContain('This takes two people')
    expect(text).toContain('[Retry…]\n[Skip…]\n[Go on anyway…]\n[It succeeded…]\n[Roll back…]')
  })

  test('ends each of its sentences with one stop, whatever the worker said', () => {
    const c = toCopy()
    c.by(ANA, { type: 'run', step: 'copy' })
    const attempt = c.attempt('copy')
    c.worker({ type: 'claim', attempt, worker: 'w1', host: 'h1' })
    c.worker({ type: 'refuse', attempt, why: 'No bindings for the environment demo.', hint: 'Add it.' })
    c.advance()

    expect(needMessage(c.state, 'copy').text).toContain(
      '“Copy the data” stopped: No bindings for the environment demo. Please decide how to go on.',
    )
  })

  test('tells the trigger that a watch met by its breaches, with what was seen', () => {
    const plan = aPlan()
      .phase('p', at(0))
      .watch('look', { breach: 'errors' })
      .with({
        rollback: {
          name: 'shop',
          approvers: {},
          before: [],
          after: [],
          options: [],
          triggers: [{ id: 'errors', text: 'errors double', urgency: 'consider', steps: [] }],
        },
      })
      .build()
    const c = atStart(plan)
    const attempt = c.begin('look')
    c.worker({ type: 'report breach', attempt, check: 'look-ok', answer: '9 %' })
    c.end('look')
    const text = shown(c, 'need/look/1')

    expect(text).toContain('9 %')
    expect(text).toContain('The trigger “errors double” says: consider rolling back.')
  })

  test('says who has asked for something that takes two, and is a new message for the next attempt', () => {
    const c = toCopy()
    c.by(ANA, { type: 'run', step: 'copy' })
    c.work('copy', { outcome: 'failed', exit: 1 })
    c.by(ANA, { type: 'retry', step: 'copy', reason: 'the lock is gone' })
    expect(shown(c, 'need/copy/1')).toContain(
      `<@${ANA}> wants to try again: the lock is gone\nA second person must confirm`,
    )

    c.by(BEN, { type: 'retry', step: 'copy', reason: '' })
    c.work('copy', { outcome: 'failed', exit: 1 })
    expect(shown(c, 'need/copy/2')).toContain('attempt 2')
    expect(shown(c, 'need/copy/1', { posted: ['need/copy/1'] })).toContain(`▸ Tried again by <@${BEN}>`)
  })

  test('says plainly that nobody knows, and offers what may be declared', () => {
    const c = toCopy()
    c.by(ANA, { type: 'run', step: 'copy' })
    const attempt = c.begin('copy')
    c.worker({ type: 'report unknown', attempt, why: 'The host db-2 was restarted.' })
    c.advance()
    const text = shown(c, 'need/copy/1')

    expect(text).toContain('Copy the data — UNKNOWN. The host db-2 was restarted.')
    expect(text).toContain('Nothing is retried by itself.')
    expect(text).toContain('[It succeeded…]\n[It failed…]')
    expect(text).toContain('[Try again…]')
  })

  test('is one message for a check however often it stays red', () => {
    const c = toGate()
    const red = () => c.work('answers', { verdict: 'red', summary: 'no answer' })
    c.by(ANA, { type: 'run', step: 'answers' })
    red()
    const key = messages(c).find((one) => one.key.startsWith('need/answers/'))?.key ?? ''
    c.by(ANA, { type: 'run', step: 'answers' })
    expect(shown(c, key)).toContain('Looking again…')
    red()

    expect(
      messages(c)
        .filter((one) => one.key.startsWith('need/answers/'))
        .map((one) => one.key),
    ).toEqual([key])
    expect(shown(c, key)).toContain('answers — RED: no answer')
  })

  test('mentions once that a step takes longer than estimated', () => {
    const c = toCopy()
    c.by(ANA, { type: 'run', step: 'copy' })
    c.begin('copy')
    c.wait(11 * MINUTE)

    expect(shown(c, 'overran/copy/1')).toContain(
      '“Copy the data” takes longer than estimated (estimated up to 10 min)',
    )
  })

  test('tells who owns a step that its program waits for input, until it does not', () => {
    const c = toCopy()
    c.by(ANA, { type: 'run', step: 'copy' })
    const attempt = c.begin('copy')
    const ask = (n: number, then: 'answered' | 'waiting' | 'gone on', answer?: string) =>
      c.worker({ type: 'report question', attempt, n, prompt: 'Drop <it>?', then, ...(answer && { answer }) })
    ask(1, 'answered', 'yes')
    expect(shown(c, `thread/${attempt}`)).toContain('“Drop &lt;it&gt;?” answered by the runbook: “yes”')
    expect(messages(c).map(({ key }) => key)).not.toContain('asks/copy/1')

    ask(2, 'waiting')
    ask(2, 'waiting')
    const told = shown(c, 'asks/copy/1')
    expect(told).toContain('“Copy the data” waits for input: “Drop &lt;it&gt;?”')
    expect(told).toContain('[Cancel…]')
    expect(shown(c, 'phase/migrate/1')).toContain('waits for input: “Drop &lt;it&gt;?”')
    expect(statusText({ state: c.state, now: c.now, withoutLogin: [] }, (one) => one)).toContain(
      'waits for input: “Drop <it>?”',
    )

    ask(3, 'gone on')
    expect(c.state.attempts[attempt]?.questions).toHaveLength(2)
    expect(shown(c, 'asks/copy/1', { posted: ['asks/copy/1'] })).toContain('does not wait for input any more')
  })

  test('lists the parts of an attempt under its card, with what each took', () => {
    const c = toCopy()
    c.by(ANA, { type: 'run', step: 'copy' })
    const attempt = c.begin('copy')
    c.worker({
      type: 'report ended',
      attempt,
      outcome: 'failed',
      summary: 'no',
      facts: {},
      exit: 1,
      durationMs: 5000,
      host: 'db-1',
      digest: '',
      error: { message: '0005 failed', hint: 'Mend it.', changed: 'nothing of 0005 was applied; 0004 is in' },
      parts: [
        { name: 'shop.0004_floor', outcome: 'done', startedAt: c.now, durationMs: 1200 },
        { name: 'shop.0005_unique', outcome: 'failed', startedAt: c.now, durationMs: 3000 },
        { name: 'shop.0006_index', outcome: 'not run' },
      ],
    })

    expect(shown(c, `thread/${attempt}`)).toContain(
      '✓ shop.0004_floor  1 s\n✗ shop.0005_unique  3 s, failed\n· shop.0006_index  not run',
    )
    expect(shown(c, `thread/${attempt}`)).toContain('nothing of 0005 was applied; 0004 is in')
  })
})

describe('a gate card', () => {
  test('shows criteria with their evidence and age, who is asked, and offers GO only on green', () => {
    const c = toGate()
    const red = shown(c, 'gate/go/1')
    expect(red).toContain('Go or no-go?  round 1 · needs lead 1, observer 1, one of them not the opener')
    expect(red).toContain('✓ met  answers · 15.18, 4 ms · just now')
    expect(red).toContain('· open  no incident · not confirmed yet (<@UANA> confirms)\n[Confirm]')
    expect(red).toMatch(/\[NO-GO…\]\n\[Override…\]$/)
    expect(red).not.toContain('[GO]')

    c.by(ANA, { type: 'confirm', gate: 'go', criterion: 'no incident' })
    expect(shown(c, 'gate/go/1')).toMatch(/\[GO\]\n\[NO-GO…\]\n\[Take back…\]$/)
    expect(buttons(c, 'gate/go/1')).toContainEqual({
      action: 'gate.go',
      value: { cutover: 'c1', subject: 'go', revision: c.step('go').revision },
    })
  })

  test('keeps votes that went stale, with what turned red', () => {
    const c = toGate()
    c.by(ANA, { type: 'confirm', gate: 'go', criterion: 'no incident' })
    c.go(ANA, 'go')
    c.by(ANA, { type: 'run', step: 'answers' })
    c.work('answers', { verdict: 'red', summary: 'no answer' })

    expect(shown(c, 'gate/go/1')).toMatch(new RegExp(`<@${ANA}> as lead .* \\(stale: answers turned red\\)`))
    expect(shown(c, 'gate/go/1')).toContain('✗ NOT MET  answers · no answer')
    expect(shown(c, 'gate/go/1')).toContain('[Look again]')
  })

  test('says that GO is given and looked at once more, then only what was decided', () => {
    const c = toGate()
    c.by(ANA, { type: 'confirm', gate: 'go', criterion: 'no incident' })
    c.now += SECOND
    c.go(ANA, 'go')
    c.go(BEN, 'go')
    expect(shown(c, 'gate/go/1')).toContain('looking once more')
    expect(shown(c, 'gate/go/1')).not.toContain('[GO]')

    c.work('answers', { summary: '15.18, 4 ms' })
    const text = shown(c, 'gate/go/1')
    expect(text).toContain('GO at')
    expect(text).toContain(`by <@${ANA}> and <@${BEN}> on 2 of 2 criteria`)
    expect(text).not.toContain('[')
  })

  test('of an earlier round keeps what was said and has nothing to press', () => {
    const c = toGate()
    c.noGo(BEN, 'go')
    expect(shown(c, 'gate/go/1')).toContain(`NO-GO at`)
    expect(shown(c, 'gate/go/1')).toContain('[Open a new round…]')
    c.by(ANA, { type: 'round', gate: 'go', reason: 'the noise is over' })

    expect(shown(c, 'gate/go/1')).toContain(`NO-GO <@${BEN}> as observer`)
    expect(shown(c, 'gate/go/1')).not.toContain('[')
    expect(shown(c, 'gate/go/2')).toContain('round 2')
  })
})

describe('threads, rollback and #ops', () => {
  test('show output only where the channel is private', () => {
    const show = (isPrivate: boolean) => {
      const c = atStart(
        aPlan()
          .phase('p', at(0))
          .run('copy')
          .with({ channel: { name: 'x', isPrivate } })
          .build(),
      )
      c.by(ANA, { type: 'run', step: 'copy' })
      const attempt = c.begin('copy')
      const progress = new Map([[attempt, { attempt, tail: 'key 42 ``` <!here>', at: c.now }]])
      return shown(c, `thread/${attempt}`, { progress })
    }

    expect(show(true)).toContain('key 42 ˋˋˋ &lt;!here&gt;')
    expect(show(false)).not.toContain('key 42')
  })

  test('turn the rollback into a card of its own, and #ops into one line for each change', () => {
    const c = toCopy()
    expect(shown(c, 'ops/#ops/phase/migrate')).toContain('phase 3 of 3, migrate · expected end')
    c.by(ANA, { type: 'rollback', name: 'shop', reason: 'rows are damaged' })

    const card = messages(c).find(({ key }) => key.startsWith('rollback/'))
    expect(card && flat(card.content)).toContain('Rollback · 0 of 2 done')
    expect(card && flat(card.content)).toContain(`by <@${ANA}>`)
    expect(card && flat(card.content)).toContain('rows are damaged')
    expect(card && flat(card.content)).toContain('→ due  tell-all')
    expect(messages(c).find(({ key }) => key.startsWith('ops/#ops/status/rolling back'))).toMatchObject({
      settled: true,
    })
    expectWithinLimits(c)
  })

  test('ask anew, in new messages, what is asked again after a postponement', () => {
    const c = atStart(night.build())
    c.by(ANA, { type: 'postpone', reason: 'not tonight', to: T0 + 24 * HOUR })
    c.waitUntil(T0 + 23 * HOUR)
    const posted = ['need/announce/0', 'phase/prepare/1']
    const all = messages(c, { posted })

    expect(
      all.filter(({ key, onlyIfPosted }) => key.startsWith('need/announce/0/') && onlyIfPosted !== true),
    ).toHaveLength(1)
    for (const key of posted) expect(shown(c, key, { posted })).not.toContain('[')
  })
})

describe('what Slack takes', () => {
  test('is kept at two hundred steps with long titles, from the first to the last', () => {
    const title = (n: number) => `${n} ${'<&>*`'.repeat(60)}`
    let plan = aPlan()
    for (let phase = 0; phase < 10; phase += 1) {
      plan = plan.phase(`phase-${phase}`, at(phase))
      for (let n = 0; n < 20; n += 1)
        plan = plan.do(`s-${phase}-${n}`, {
          title: title(n),
          help: 'h'.repeat(5_000),
          undo: 'do',
          parallel: n % 2 === 1,
        })
    }
    const c = atStart(plan.with({ title: title(1) }).build())
    expectWithinLimits(c)
    const ticked = Array.from({ length: 10 }, (_, n) => `s-0-${n}`)
    for (const step of ticked) {
      c.by(ANA, { type: 'tick', step, result: 'done', fields: {}, note: 'n'.repeat(2_900) })
    }
    expectWithinLimits(c, { posted: ticked.map((step) => `need/${step}/0`) })
    c.by(ANA, { type: 'rollback', name: 'shop', reason: 'r'.repeat(2_900) })
    expectWithinLimits(c)
  })

  test('is kept by a gate with forty criteria and hostile titles, red and decided', () => {
    const title = (n: number) => `${n} ${'<&>*`'.repeat(60)}`
    const criteria = Array.from(
      { length: 40 },
      (_, n) => ({ kind: 'confirm', id: `c${n}`, text: title(n) }) as const,
    )
    const c = atStart(
      aPlan()
        .phase('end', at(0))
        .decide('go', { criteria, title: title(0) })
        .build(),
    )
    expect(messages(c).map(({ key }) => key)).toContain('gate/go/1')
    expectWithinLimits(c)
    c.by(BEN, { type: 'vote', gate: 'go', vote: 'no-go', reason: 'r'.repeat(2_900) })
    expectWithinLimits(c)
  })

  test('is worked out in a moment, also late in a night of two hundred steps', () => {
    let plan = aPlan().phase('p', at(0))
    for (let n = 0; n < 200; n += 1) plan = plan.do(`s${n}`, { undo: 'do' })
    const c = atStart(plan.build())
    c.tick(ANA, 's0')
    const steps = { ...c.state.steps }
    for (let n = 1; n < 150; n += 1) steps[`s${n}`] = c.step('s0')
    const look = { now: c.now, progress: new Map(), posted: new Set(['channel']), anchors: [] }
    const lengths = Array.from({ length: 5 }, () => {
      const begun = performance.now()
      desired({ ...c.state, steps, plan: { ...c.state.plan } }, look)
      return performance.now() - begun
    })

    // The quickest of them: the machine may have others to serve.
    expect(Math.min(...lengths)).toBeLessThan(150)
  })

  test('is kept by every message of a night that goes through everything', () => {
    const c = toCopy()
    expectWithinLimits(c)
    c.by(ANA, { type: 'run', step: 'copy' })
    const attempt = c.begin('copy')
    const progress = new Map([
      [attempt, { attempt, tail: '<&>'.repeat(3_000), label: 'x'.repeat(500), at: c.now }],
    ])
    expectWithinLimits(c, { progress })
    c.worker({ type: 'report unknown', attempt, why: 'w'.repeat(3_000) })
    c.advance()
    expectWithinLimits(c, { progress, posted: ['need/copy/0', 'held/abc', 'need/gone/1'] })
    c.by(ANA, { type: 'hold', reason: 'h'.repeat(2_900) })
    expectWithinLimits(c)
  })
})
