import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Browser } from './support/browser.ts'
import { describeInBrowser, startBrowser } from './support/browser.ts'
import { gateCard } from './support/example-blocks.ts'
import type { Stage } from './support/stage.ts'
import { channelLink, composer, message, send, setStage } from './support/stage.ts'

let browser: Browser
let stage: Stage

beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(async () => browser.close())
beforeEach(async () => {
  stage = await setStage(browser)
})
afterEach(async () => {
  await stage.stop()
  expect(browser.errors.splice(0)).toEqual([])
})

describeInBrowser('messages', () => {
  it('appear for everybody who looks, without reloading', async () => {
    const [ana, giorgi] = await Promise.all([
      stage.show('user=ana&channel=ops'),
      stage.show('user=giorgi&channel=ops'),
    ])

    await send(composer(ana), 'Good evening, @giorgi')

    await message(giorgi, 'Good evening').waitFor()
    expect(await message(giorgi, 'Good evening').locator('.mention.me').textContent()).toBe('@giorgi')
    expect(await message(ana, 'Good evening').locator('.mention').textContent()).toBe('@giorgi')
    expect(await composer(ana).inputValue()).toBe('')
    await giorgi.locator('#announcer', { hasText: 'Good evening' }).waitFor({ state: 'attached' })
  })

  it('show hostile text as text', async () => {
    const page = await stage.show('user=ana&channel=ops')
    const hostile = '<img src=x onerror="window.broken=1"> <!channel> <script>window.broken=1</script>'
    await send(composer(page), hostile)
    await message(page, 'onerror').waitFor()
    await stage.client.chat.postMessage({
      channel: await stage.channelId('ops'),
      text: 'blocks',
      blocks: [
        {
          type: 'section',
          text: { type: 'mrkdwn', text: '<javascript:window.broken=1|press me> &lt;!here&gt;' },
        },
        { type: 'markdown', text: '[press me](javascript:window.broken=1) <b>bold</b> ![x](javascript:1)' },
        { type: 'header', text: { type: 'plain_text', text: '<!channel> <b>x</b>' } },
      ],
    })
    await message(page, 'press me').waitFor()

    expect(await message(page, 'onerror').locator('.text').textContent()).toBe(hostile)
    expect(await page.locator('.messages :is(img, script, b)').count()).toBe(0)
    expect(await page.locator('.messages .mention.broadcast').count()).toBe(0)
    expect(await message(page, 'press me').locator('a').count()).toBe(0)
    expect(await page.evaluate(() => 'broken' in globalThis)).toBe(false)
  })

  it('are edited in place: the same element, with what was typed and the focus kept', async () => {
    const page = await stage.show('user=ana&channel=ops')
    const channel = await stage.channelId('ops')
    const posted = await stage.client.chat.postMessage({ channel, text: 'Copying, 10 %' })
    await message(page, 'Copying').waitFor()
    const before = await message(page, 'Copying').elementHandle()
    await composer(page).fill('half a thought')

    for (const percent of [20, 60, 100]) {
      await stage.client.chat.update({ channel, ts: posted.ts ?? '', text: `Copying, ${percent} %` })
    }

    await message(page, 'Copying, 100 %').waitFor()
    const after = await message(page, 'Copying').elementHandle()
    expect(await page.evaluate(([one, other]) => one === other, [before, after])).toBe(true)
    expect(await message(page, 'Copying').textContent()).toContain('(edited)')
    expect(await composer(page).inputValue()).toBe('half a thought')
    expect(await page.locator('[data-composer="channel"]:focus').count()).toBe(1)
  })

  it('shown to one person are marked, and nobody else sees them', async () => {
    const [ana, giorgi] = await Promise.all([
      stage.show('user=ana&channel=ops'),
      stage.show('user=giorgi&channel=ops'),
    ])

    await send(composer(ana), '/cutover status')

    await message(ana, 'Nothing runs').waitFor()
    expect(await message(ana, 'Nothing runs').textContent()).toContain('Only visible to you')
    await send(composer(ana), 'so let us begin')
    await message(giorgi, 'so let us begin').waitFor()
    expect(await message(giorgi, 'Nothing runs').count()).toBe(0)
  })

  it('keep their place for who reads back, and stay at the end for who is there', async () => {
    const page = await stage.show('user=ana&channel=ops')
    const channel = await stage.channelId('ops')
    const first = await stage.client.chat.postMessage({ channel, text: 'line 0' })
    for (let line = 1; line <= 40; line += 1)
      await stage.client.chat.postMessage({ channel, text: `line ${line}` })
    await message(page, 'line 40').waitFor()
    const fromEnd = () =>
      page.locator('.messages').evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight)
    expect(await fromEnd()).toBeLessThan(2)

    await stage.client.chat.postMessage({ channel, text: 'x', blocks: gateCard(true) })
    await message(page, 'Go or no-go?').waitFor()
    expect(await fromEnd()).toBeLessThan(2)

    await message(page, 'line 20').scrollIntoViewIfNeeded()
    const place = async () => (await message(page, 'line 20').boundingBox())?.y
    const stood = await place()
    await stage.client.chat.update({ channel, ts: first.ts ?? '', text: 'line 0\nand\nmany\nmore\nlines' })
    await stage.client.chat.postMessage({ channel, text: 'the newest' })
    await message(page, 'the newest').waitFor({ state: 'attached' })
    expect(await place()).toBeCloseTo(stood ?? -1, 0)

    await page.locator('.jump', { hasText: '1 new' }).click()
    expect(await fromEnd()).toBeLessThan(2)
  })
})

describeInBrowser('threads', () => {
  it('open beside the channel, take replies, and count them', async () => {
    const [ana, giorgi] = await Promise.all([
      stage.show('user=ana&channel=ops'),
      stage.show('user=giorgi&channel=ops'),
    ])
    await send(composer(ana), 'Evidence, please')
    await message(giorgi, 'Evidence').hover()
    await message(giorgi, 'Evidence').getByRole('button', { name: 'Reply in thread' }).click()

    await send(giorgi.locator('[data-composer="thread"]'), 'Here it is')

    await giorgi.locator('.thread .message', { hasText: 'Here it is' }).waitFor()
    await message(ana, 'Evidence').getByRole('button', { name: '1 reply' }).click()
    await ana.locator('.thread .message', { hasText: 'Here it is' }).waitFor()
    expect(await ana.locator('.pane .message', { hasText: 'Here it is' }).count()).toBe(0)
    await ana.keyboard.press('Escape')
    await ana.locator('.thread').waitFor({ state: 'detached' })
  })
})

describeInBrowser('the sidebar', () => {
  it('marks what is unread and counts what speaks to me, until I read it', async () => {
    const page = await stage.show('user=ana&channel=general')
    const channel = await stage.channelId('ops')
    const ana = await stage.userId('ana')
    const posted = await stage.client.chat.postMessage({ channel, text: 'Maintenance has begun.' })
    await page.locator('[data-channel="ops"].unread').waitFor()
    expect(await channelLink(page, 'ops').locator('.count').count()).toBe(0)

    await stage.client.chat.postMessage({ channel, text: `<@${ana}>, please look.` })
    await channelLink(page, 'ops').locator('.count', { hasText: '1' }).waitFor()
    expect(await page.title()).toContain('(2)')

    await channelLink(page, 'ops').click()
    await message(page, 'please look').waitFor()
    await page.locator('[data-channel="ops"]:not(.unread)').waitFor()
    await stage.client.chat.update({ channel, ts: posted.ts ?? '', text: 'Maintenance is over.' })
    await channelLink(page, 'general').click()
    await page.waitForTimeout(100)
    expect(await channelLink(page, 'ops').getAttribute('class')).toBeNull()
  })

  it('shows a new channel as it is made, private ones to members only, archived ones apart', async () => {
    const [ana, nino] = await Promise.all([
      stage.show('user=ana&channel=general'),
      stage.show('user=nino&channel=cutover-x'),
    ])
    expect(await nino.locator('.pane').textContent()).toContain('You cannot see a channel #cutover-x')
    const made = await stage.client.conversations.create({ name: 'cutover-x', is_private: true })
    const channel = made.channel?.id ?? ''
    await stage.client.conversations.invite({ channel, users: await stage.userId('ana') })
    await stage.client.chat.postMessage({ channel, text: 'Welcome' })

    await ana.locator('[data-channel="cutover-x"].unread .icon-lock').waitFor()
    expect(await channelLink(nino, 'cutover-x').count()).toBe(0)

    await stage.client.conversations.invite({ channel, users: await stage.userId('nino') })
    await message(nino, 'Welcome').waitFor()

    await stage.client.conversations.archive({ channel })
    await ana.getByRole('region', { name: 'Archived' }).locator('[data-channel="cutover-x"]').waitFor()
    await nino.getByText('This channel is archived').waitFor()
    expect(await composer(nino).count()).toBe(0)
  })

  it('offers to join a channel one is not in', async () => {
    const page = await stage.show('user=levan&channel=cutover-open')
    const made = await stage.client.conversations.create({ name: 'cutover-open' })
    await stage.client.chat.postMessage({ channel: made.channel?.id ?? '', text: 'Everybody may look' })
    await message(page, 'Everybody may look').waitFor()
    expect(await composer(page).count()).toBe(0)

    await page.getByRole('button', { name: 'Join' }).click()
    await send(composer(page), 'Here I am')

    await message(page, 'Here I am').waitFor()
  })

  it('leads to the conversation with the app while something there is unread', async () => {
    const page = await stage.show('user=ana&channel=ops')
    const opened = await stage.client.conversations.open({ users: await stage.userId('ana') })
    await stage.client.chat.postMessage({ channel: opened.channel?.id ?? '', text: 'Only we two' })
    await page.locator('[data-home].unread').click()

    await message(page, 'Only we two').waitFor()
    await page.getByRole('link', { name: 'Home' }).click()
    await page.getByText('Cutover shows nothing here yet.').waitFor()
    await page.getByRole('link', { name: 'Messages' }).click()
    await message(page, 'Only we two').waitFor()
  })

  it('is empty again after the workspace was reset', async () => {
    const page = await stage.show('user=ana&channel=ops')
    await send(composer(page), 'Soon forgotten')
    await message(page, 'Soon forgotten').waitFor()
    await fetch(`${stage.workspace.url}/control/reset`, { method: 'POST' })

    await message(page, 'Soon forgotten').waitFor({ state: 'detached' })
    await composer(page).waitFor()
  })

  it('shows topic, bookmarks, pins and members over the messages', async () => {
    const page = await stage.show('user=ana&channel=ops')
    const channel = await stage.channelId('ops')
    await stage.client.conversations.join({ channel })
    await stage.client.conversations.setTopic({ channel, topic: 'RUNNING until 03:30' })
    await stage.client.bookmarks.add({
      channel_id: channel,
      title: 'Runbook',
      type: 'link',
      link: 'https://a.test/',
    })
    const board = await stage.client.chat.postMessage({ channel, text: 'The board' })
    await stage.client.pins.add({ channel, timestamp: board.ts ?? '' })

    await page.locator('.topic', { hasText: 'RUNNING until 03:30' }).waitFor()
    expect(await page.getByRole('link', { name: 'Runbook' }).getAttribute('href')).toBe('https://a.test/')
    await page.getByRole('button', { name: '1 pinned message' }).click()
    await page.getByRole('menuitem', { name: /The board/ }).click()
    expect(await page.locator(':focus').textContent()).toContain('The board')
    await page.getByRole('button', { name: /\d members?/ }).click()
    expect(await page.getByRole('dialog', { name: 'Members' }).textContent()).toContain('Ana Beridze')
  })
})

describeInBrowser('acting as somebody', () => {
  it('is chosen at the top, and stands in the address', async () => {
    const page = await stage.show('user=ana&channel=ops')
    await page.getByRole('button', { name: /Acting as Ana/ }).click()
    await page.getByRole('menuitemradio', { name: /Giorgi/ }).click()

    await page.getByRole('button', { name: /Acting as Giorgi/ }).waitFor()
    expect(new URL(page.url()).hash).toBe('#user=giorgi&channel=ops')
    await send(composer(page), 'It is me')
    expect(await message(page, 'It is me').locator('.name').textContent()).toBe('Giorgi Maisuradze')
  })

  it('says so when there is nobody of that name', async () => {
    const page = await browser.open(`${stage.workspace.url}/#user=nobody&channel=ops`)
    await page.getByText('There is nobody of this name here.').waitFor()
    await page.close()
  })

  it('opens a permalink at its message, as the same person', async () => {
    const page = await stage.show('user=nino&channel=general')
    const channel = await stage.channelId('ops')
    const posted = await stage.client.chat.postMessage({ channel, text: 'The evidence' })
    const { permalink } = await stage.client.chat.getPermalink({ channel, message_ts: posted.ts ?? '' })
    await stage.client.chat.postMessage({
      channel: await stage.channelId('general'),
      text: `See <${permalink}|there>`,
    })

    await page.getByRole('link', { name: 'there' }).click()

    await page.locator('.message:focus', { hasText: 'The evidence' }).waitFor()
    expect(new URL(page.url()).hash).toContain('user=nino&channel=ops')
  })
})
