import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { NoticeFailure } from '../../src/app/notice-means.ts'
import { at, MINUTE, onStep } from '../support/plans.ts'
import { eventually, type Answer } from '../workspace/support/control.ts'
import { aStage, type Stage } from './support/stage.ts'

const small = () =>
  aStage((plan) =>
    plan
      .phase('prepare', at(-60))
      .do('announce', { by: 'lead' })
      .check('answers')
      .phase('decide', at(-15))
      .decide('go', { criteria: [onStep('answers')] })
      .phase('migrate', at(0))
      .do('stop', { undo: 'do', opens: ['maintenance'] })
      .run('copy', { undo: 'run' })
      .with({ links: { Dashboard: 'https://example.org/board' } }),
  )

const begin = async (stage: Stage): Promise<void> => {
  stage.cutover.advance()
  await stage.show()
}

const texts = (messages: readonly Answer[]): readonly string[] =>
  messages.map(({ plain }) => plain.replaceAll('*', ''))
const keys = (messages: readonly Answer[]): readonly string[] =>
  messages.map(({ metadata }) => metadata?.event_payload.key)

describe('the channel of a cutover', () => {
  test('is made, furnished, and shows board, phase and what needs a person, in this order', async () => {
    const stage = await small()
    await begin(stage)

    const { channels } = await stage.control.get('channels')
    const channel = channels.find(({ name }: Answer) => name === 'migration-test')
    expect(channel).toMatchObject({
      isPrivate: true,
      topic: 'Shop to PostgreSQL · production · LIVE · scheduled',
    })
    expect(channel.purpose).toContain('cutover:c1')
    expect(channel.members.length).toBe(4)
    expect(channel.bookmarks).toMatchObject([{ title: 'Dashboard', link: 'https://example.org/board' }])
    // An answer that comes late is asked for again in a moment.
    await expect
      .poll(async () => keys(await stage.said()), { timeout: 10_000 })
      .toEqual(['board', 'phase/prepare/1', 'need/announce/0'])
    const said = await stage.said()
    expect(said[0].pinned).toBe(true)
    expect(said[2].plain).toContain('@ana')
  })

  test('is left alone when nothing has changed', async () => {
    const stage = await small()
    await begin(stage)
    await stage.changes()
    await stage.show()
    await stage.another().reconcile('c1')

    expect(await stage.changes()).toEqual([])
  })

  test('shows a tick at once, and shrinks what has been done to one line that names who did it', async () => {
    const stage = await small()
    await begin(stage)
    stage.cutover.tick(stage.id('ana'), 'announce')
    await stage.show('announce')

    const said = await stage.said()
    expect(texts(said)[1]).toContain('✓ done  announce')
    expect(texts(said)[2]).toContain('✓ Done by @ana')
    expect(texts(said)[2]).not.toContain('[Done]')
  })

  test('is made once although the answer to its making was lost', async () => {
    const stage = await small()
    await stage.faults({ method: 'conversations.create', kind: 'lose_response' })
    await begin(stage)
    await eventually(async () => (await stage.said()).length === 3, 8_000)

    const { channels } = await stage.control.get('channels')
    expect(channels.filter(({ name }: Answer) => name.startsWith('migration-test'))).toHaveLength(1)
  })

  test('gets another name when somebody else has a channel of that name', async () => {
    const stage = await small()
    await stage.control.post('channels', { user: 'levan', name: 'migration-test' })
    await begin(stage)

    expect(keys(await stage.said('migration-test-2'))).toContain('board')
    expect(await stage.said()).toEqual([])
  })

  test('says in its row that it was archived by hand, and #ops still hears', async () => {
    const stage = await small()
    await begin(stage)
    const channel = stage.rows.get('channel')?.channel ?? ''
    await stage.client.conversations.archive({ channel })
    stage.cutover.waitUntil(stage.cutover.state.plannedStart)
    stage.cutover.by(stage.id('ana'), { type: 'abandon', reason: 'not tonight' })
    await stage.show()

    expect(stage.rows.get('channel')).toMatchObject({ state: 'failed', error: 'is_archived' })
    expect(texts(await stage.said('ops')).join()).toContain('Abandoned.')
  })
})

describe('a message', () => {
  test('is posted once although the answer was lost, also by a process that starts anew', async () => {
    const stage = await small()
    stage.cutover.advance()
    await stage.faults({ method: 'chat.postMessage', kind: 'lose_response', times: 2 })
    await stage.show()
    await eventually(async () => (await stage.said()).length === 3, 8_000)

    expect(keys(await stage.said())).toEqual(['board', 'phase/prepare/1', 'need/announce/0'])
    expect([...stage.rows.values()].filter(({ state }) => state !== 'done')).toEqual([])
  })

  test('that was never posted is posted after a connection that broke', async () => {
    const stage = await small()
    stage.cutover.advance()
    await stage.faults({ method: 'chat.postMessage', kind: 'close', skip: 1 })
    await stage.show()
    await eventually(async () => (await stage.said()).length === 3, 8_000)

    expect(keys(await stage.said())).toEqual(['board', 'phase/prepare/1', 'need/announce/0'])
  })

  test('that was deleted by hand is posted again when it changes, and pinned again', async () => {
    const stage = await small()
    await begin(stage)
    const board = stage.rows.get('board')
    await stage.client.chat.delete({ channel: board?.channel ?? '', ts: board?.ts ?? '' })
    stage.cutover.by(stage.id('ana'), { type: 'hold', reason: 'a moment' })
    await stage.show('c1')
    await eventually(async () => keys(await stage.said()).includes('board'), 5_000)

    const said = await eventually(async () => {
      const found = (await stage.said()).find(({ metadata }) => metadata?.event_payload.key === 'board')
      return found?.pinned ? found : null
    }, 5_000)
    expect(texts([said]).join()).toContain('HELD by @ana')
    expect(keys(await stage.said()).filter((key) => key === 'board')).toHaveLength(1)
  })

  test('that is the board shows the end at once, with the topic, before the timeline stands there', async () => {
    const stage = await aStage((plan) =>
      plan.phase('p', at(-60)).do('one', { undo: 'do' }).with({ guardMs: 0 }),
    )
    await begin(stage)
    const { cutover } = stage
    const lead = stage.id('ana')
    cutover.tick(lead, 'one')
    await stage.show('c1')
    cutover.go(lead, 'complete')
    cutover.go(stage.id('giorgi'), 'complete')
    await stage.show()
    cutover.wait(MINUTE)
    expect(cutover.state.status).toBe('closed')
    await stage.show()

    const said = await stage.said()
    expect(texts(said)[0]).toContain('CLOSED')
    expect(keys(said)).toContain('timeline')
    const { channels } = await stage.control.get('channels')
    expect(channels.find(({ name }: Answer) => name === 'migration-test').topic).toMatch(/ · closed$/)
  })

  test('waits for its turn when it changes again at once, unless somebody has just pressed it', async () => {
    const stage = await aStage((plan) =>
      plan.phase('p', at(-60)).do('one').do('two', { parallel: true }).do('three', { parallel: true }),
    )
    await begin(stage)
    const card = async () => texts(await stage.said()).find((text) => text.includes('Phase 1 of 1')) ?? ''

    stage.cutover.tick(stage.id('ana'), 'one')
    await stage.show('one')
    expect(await card()).toContain('✓ done  one')
    stage.cutover.tick(stage.id('ana'), 'two')
    await stage.show()
    expect(await card()).toContain('→ due  two')
    stage.cutover.tick(stage.id('ana'), 'three')
    await stage.show('three')
    expect(await card()).toContain('✓ done  two')
    expect(await card()).toContain('✓ done  three')
  })

  test('that Slack wants us to wait for holds up no decision', async () => {
    const stage = await small()
    await begin(stage)
    stage.cutover.tick(stage.id('ana'), 'announce')
    stage.cutover.work('answers')
    stage.cutover.waitUntil(stage.cutover.state.plannedStart - 15 * MINUTE)
    await stage.show()
    const ts = stage.rows.get('board')?.ts
    await stage.faults({
      method: 'chat.update',
      kind: 'rate_limited',
      retryAfter: 30,
      times: 'always',
      where: { ts },
    })
    stage.cutover.wait(MINUTE)
    await stage.show()
    const before = Date.now()
    stage.cutover.noGo(stage.id('giorgi'), 'go')
    await stage.show('go')

    expect(Date.now() - before).toBeLessThan(1_000)
    const gate = (await stage.said()).find(({ metadata }) => metadata?.event_payload.key === 'gate/go/1')
    expect(texts([gate]).join()).toContain('NO-GO at')
    expect(gate.plain).not.toContain('[GO]')
  })
})

describe('an outage', () => {
  test('heals by itself when a revoked token is good again, and nothing is there twice', async () => {
    const stage = await small()
    await begin(stage)
    await stage.faults({ token: 'bot', state: 'revoked' })
    stage.cutover.tick(stage.id('ana'), 'announce')
    await stage.show('announce')
    expect(texts(await stage.said())[1]).toContain('→ due  announce')

    await stage.faults({ token: 'bot', state: 'valid' })
    await eventually(async () => texts(await stage.said())[1]?.includes('✓ done  announce'), 8_000)
    const all = keys(await stage.said())
    expect(new Set(all).size).toBe(all.length)
  })

  test('of the whole night leaves what is true now: no flood of what once was asked', async () => {
    const stage = await small()
    const { cutover } = stage
    const ana = stage.id('ana')
    cutover.advance()
    cutover.tick(ana, 'announce')
    cutover.work('answers')
    cutover.waitUntil(cutover.state.plannedStart - 15 * MINUTE)
    cutover.go(ana, 'go')
    cutover.go(stage.id('giorgi'), 'go')
    cutover.work('answers')
    cutover.waitUntil(cutover.state.plannedStart)
    cutover.tick(ana, 'stop')
    cutover.by(ana, { type: 'run', step: 'copy' })
    const attempt = cutover.attempt('copy')
    stage.outputs.set(attempt, 'all rows copied\n')
    cutover.work('copy', { durationMs: 140_000, summary: '3,012,884 rows' })
    cutover.go(ana, 'complete')
    expect(cutover.state.status).toBe('watching')
    cutover.go(stage.id('giorgi'), 'complete')
    expect(cutover.state.status).toBe('guarded')
    await stage.show()

    expect(keys(await stage.said())).toEqual([
      'board',
      'phase/prepare/1',
      'phase/decide/1',
      'phase/migrate/1',
      'gate/go/1',
      'gate/complete/1',
      'said/guarded',
      'timeline',
      expect.stringMatching(/^debrief\//),
    ])
    const card = (await stage.said()).find(
      ({ metadata }) => metadata?.event_payload.key === 'phase/migrate/1',
    )
    expect(texts(card.replies).join()).toContain('3,012,884 rows')
    expect(card.replies.flatMap(({ files }: Answer) => files ?? []).map(({ name }: Answer) => name)).toEqual([
      'c1.copy.1.log',
    ])
    const [first] = await stage.said('ops')
    const lines = [first, ...first.replies].map(({ text }: Answer) => text)
    expect(lines.join('\n')).toMatch(/\*GO\* on go .+ record `\d+:\w{64}`\n.+\*GO\* on complete .+\n.+Done\./)
    const told = cutover.events.filter(({ type }) => type === 'timeline posted')
    expect(told).toHaveLength(2)

    await stage.changes()
    await stage.show()
    await stage.another().reconcile('c1')
    expect(await stage.changes()).toEqual([])
    expect(cutover.events.filter(({ type }) => type === 'timeline posted')).toHaveLength(2)
  })
})

describe('a notice', () => {
  const notice = {
    cutover: 'c1',
    key: 'notice/start/ops/slack/1/#ops',
    channel: '#ops',
    text: '*Tonight* <!date^1^{time}|x> &lt;!channel&gt;',
  }
  const posted = async (stage: Stage) =>
    (await stage.control.messages('ops')).filter(
      ({ metadata }: Answer) => metadata?.event_payload.key === notice.key,
    )

  test('is posted once, as it was rendered', async () => {
    const stage = await small()
    await stage.projection.postOnce(notice)
    await stage.projection.postOnce(notice)
    await stage.another().postOnce(notice)

    expect((await posted(stage)).map(({ text }) => text)).toEqual([notice.text])
  })

  test('is found again when the answer was lost', async () => {
    const stage = await small()
    await stage.faults({ method: 'chat.postMessage', kind: 'lose_response' })
    await expect(stage.projection.postOnce(notice)).rejects.toThrow('looked for first')
    await stage.another().postOnce(notice)

    expect(await posted(stage)).toHaveLength(1)
    expect(stage.rows.get(notice.key)?.state).toBe('done')
  })

  test('that Slack refuses is a failure with a hint, and can be sent again', async () => {
    const stage = await small()
    const wrong = { ...notice, channel: '#nowhere' }
    const refused = stage.projection.postOnce(wrong)
    await expect(refused).rejects.toBeInstanceOf(NoticeFailure)
    await expect(refused).rejects.toThrow('channel_not_found')
    await stage.control.post('channels', { user: 'ana', name: 'nowhere' })
    await stage.projection.postOnce(wrong)

    expect(stage.rows.get(notice.key)?.state).toBe('done')
  })

  test('is what the lines for #ops hang on', async () => {
    const stage = await small()
    await stage.projection.postOnce(notice)
    stage.cutover.by(stage.id('ana'), { type: 'abandon', reason: 'not tonight' })
    await stage.show()

    const [start] = await posted(stage)
    expect(texts(start.replies).join()).toContain('Abandoned.')
  })
})

describe('haste', () => {
  test('a log is uploaded once although the answer was lost', async () => {
    const stage = await aStage((plan) => plan.phase('p', at(-60)).run('copy'))
    await begin(stage)
    stage.cutover.by(stage.id('ana'), { type: 'run', step: 'copy' })
    stage.outputs.set(stage.cutover.attempt('copy'), 'all rows copied\n')
    stage.cutover.work('copy')
    await stage.faults({ method: 'files.completeUploadExternal', kind: 'lose_response' })
    await stage.show()
    await eventually(() => stage.rows.get('file/c1.copy.1')?.state === 'done', 8_000)

    const card = (await stage.said()).find(({ metadata }) => metadata?.event_payload.key === 'phase/p/1')
    expect(card.replies.filter(({ files }: Answer) => (files ?? []).length > 0)).toHaveLength(1)
  })

  test('shows a decision within two seconds under Slack’s true limits, after a hundred changes of the board', async () => {
    const stage = await small()
    stage.cutover.advance()
    stage.cutover.tick(stage.id('ana'), 'announce')
    stage.cutover.work('answers')
    stage.cutover.waitUntil(stage.cutover.state.plannedStart - 15 * MINUTE)
    await stage.show()
    const board = stage.rows.get('board')
    await stage.faults({ rateLimits: true })
    await Promise.allSettled(
      Array.from({ length: 100 }, () =>
        stage.client.chat.update({ channel: board?.channel ?? '', ts: board?.ts ?? '', text: 'busy' }),
      ),
    )
    // In the first moments after the last update that was let through Slack asks for two whole seconds.
    await sleep(250)
    stage.cutover.noGo(stage.id('giorgi'), 'go')
    const begun = Date.now()
    void stage.show('go')
    await eventually(async () => {
      const gate = (await stage.said()).find(({ metadata }) => metadata?.event_payload.key === 'gate/go/1')
      return texts([gate]).join().includes('NO-GO at')
    }, 4_000)

    expect(Date.now() - begun).toBeLessThan(2_000)
  })

  test('of two that lead at once does no harm to what is there', async () => {
    const stage = await small()
    await begin(stage)
    const other = stage.another()
    stage.cutover.tick(stage.id('ana'), 'announce')
    await Promise.all([stage.show('announce'), other.reconcile('c1', { clicked: 'announce' })])

    const all = keys(await stage.said())
    expect(new Set(all).size).toBe(all.length)
    expect(texts(await stage.said())[1]).toContain('✓ done  announce')
  })
})
