import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startWorkspace } from '../../src/workspace/server.ts'
import { faintTexts, namelessControls, rightmost } from './support/audits.ts'
import type { Browser } from './support/browser.ts'
import { describeInBrowser, startBrowser } from './support/browser.ts'
import { BOARD, gateCard, startModal, TIMELINE } from './support/example-blocks.ts'
import type { Stage } from './support/stage.ts'
import { channelLink, composer, message, send, setStage } from './support/stage.ts'

async function fill(stage: Stage): Promise<void> {
  const channel = await stage.channelId('ops')
  const ana = await stage.userId('ana')
  await stage.client.conversations.join({ channel })
  await stage.client.chat.postMessage({ channel, text: 'Board', blocks: BOARD })
  await stage.client.chat.postMessage({ channel, text: 'Gate', blocks: gateCard(true) })
  await stage.client.chat.postMessage({ channel, text: 'Timeline', blocks: TIMELINE })
  await stage.client.chat.postMessage({ channel, text: `Read \`this\`, <@${ana}>: https://a.test/ <!here>` })
  await stage.client.filesUploadV2({
    channel_id: channel,
    filename: 'output.log',
    content: 'x'.repeat(2_345),
  })
  await stage.client.chat.postEphemeral({ channel, user: ana, text: 'For you alone' })
}

for (const colorScheme of ['light', 'dark'] as const) {
  describeInBrowser(`in ${colorScheme} colours`, () => {
    let browser: Browser
    let stage: Stage
    let page: Page

    beforeAll(async () => {
      browser = await startBrowser({ colorScheme })
      stage = await setStage(browser)
      await fill(stage)
      page = await stage.show('user=ana&channel=ops')
      await message(page, 'For you alone').waitFor()
    })
    afterAll(async () => {
      await stage.stop()
      await browser.close()
      expect(browser.errors).toEqual([])
    })

    it('every text stands out from its background, and every control has a name', async () => {
      expect(await page.evaluate(faintTexts)).toEqual([])
      expect(await page.evaluate(namelessControls)).toEqual([])
    })

    it('the same holds in a modal with errors', async () => {
      await send(composer(page), '/cutover start')
      const modal = page.getByRole('dialog', { name: startModal().title.text })
      await modal.getByRole('button', { name: 'Open the cutover' }).click()
      await modal.locator('#input-name-error').waitFor()
      await page.mouse.move(0, 0)

      expect(await page.evaluate(faintTexts)).toEqual([])
      expect(await page.evaluate(namelessControls)).toEqual([])
    })
  })
}

describeInBrowser('on a phone', () => {
  let browser: Browser
  let stage: Stage

  beforeAll(async () => {
    browser = await startBrowser({ viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true })
    stage = await setStage(browser)
    await fill(stage)
  })
  afterAll(async () => {
    await stage.stop()
    await browser.close()
    expect(browser.errors).toEqual([])
  })

  it('nothing is wider than the screen, in a channel, a thread and a modal', async () => {
    const page = await stage.show('user=ana&channel=ops')
    await message(page, 'For you alone').waitFor()
    expect(await page.evaluate(rightmost)).toBeLessThanOrEqual(390)

    await message(page, 'Read this').getByRole('button', { name: 'More actions' }).tap()
    await page.getByRole('menuitem', { name: 'Reply in thread' }).tap()
    await page.locator('.thread').waitFor()
    expect((await page.locator('.thread').boundingBox())?.width).toBe(390)
    expect(await page.evaluate(rightmost)).toBeLessThanOrEqual(390)
    await page.getByRole('button', { name: 'Close the thread' }).tap()

    await send(composer(page), '/cutover start')
    await page.locator('.modal').waitFor()
    expect((await page.locator('.modal').boundingBox())?.width).toBe(390)
    await page.getByRole('button', { name: 'Cancel' }).tap()
    await page.locator('.modal').waitFor({ state: 'detached' })
  })

  it('the channels are behind a button and give way once one is chosen', async () => {
    const page = await stage.show('user=ana&channel=ops')
    expect(await channelLink(page, 'general').isVisible()).toBe(false)

    await page.getByRole('button', { name: 'Channels', exact: true }).tap()
    await channelLink(page, 'general').tap()

    await page
      .getByRole('textbox', { name: 'Message #general' })
      .or(page.getByRole('combobox', { name: 'Message #general' }))
      .waitFor()
    await channelLink(page, 'general').waitFor({ state: 'hidden' })
  })
})

describeInBrowser('the page', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(async () => browser.close())

  it('draws every block', async () => {
    const stage = await setStage(browser)
    await fill(stage)
    const page = await stage.show('user=ana&channel=ops')
    const timeline = message(page, 'Completed 03:09')
    await timeline.waitFor()

    expect(await page.locator('.unsupported').count()).toBe(0)
    expect(await timeline.locator('.block-table th').allTextContents()).toEqual([
      'Step',
      'Planned',
      'Actual',
      'Note',
    ])
    expect(await timeline.locator('.block-markdown :is(strong, s, code)').allTextContents()).toEqual([
      '39 min',
      '40',
      'Copy the data',
    ])
    expect(await timeline.locator('[aria-label="done"]').count()).toBe(1)
    expect(await timeline.getByRole('img', { name: 'Planned against actual, as a chart' }).count()).toBe(1)
    const board = message(page, 'Ward OPS → PostgreSQL')
    expect(await board.locator('.rich-list li').allTextContents()).toEqual([
      'Final backup done',
      'Copy the data, running',
    ])
    expect(await board.locator('pre, blockquote').count()).toBe(2)
    expect(await message(page, 'output.log').locator('.file-size').textContent()).toBe('2.3 kB')
    await stage.stop()
  })

  it('shows times in the zone of the reader', async () => {
    const stage = await setStage(browser)
    const channel = await stage.channelId('ops')
    const timestamp = Date.parse('2027-02-03T22:30:00Z') / 1000
    await stage.client.chat.postMessage({
      channel,
      text: `Ends <!date^${timestamp}^{date_num} {time_secs}|later>`,
    })
    const page = await stage.show('user=ana&channel=ops')

    await message(page, 'Ends 2027-02-04 02:30:00').waitFor()
    await stage.stop()
  })

  it('shows the home of the app, and its buttons work', async () => {
    const stage = await setStage(browser)
    await stage.client.views.publish({
      user_id: await stage.userId('ana'),
      view: { type: 'home', blocks: BOARD },
    })
    const page = await stage.show('user=ana&channel=ops')
    await page.locator('[data-home]').click()
    await page.getByRole('button', { name: 'Hold' }).click()

    await expect
      .poll(() => stage.told.actions)
      .toMatchObject([{ id: 'hold', user: await stage.userId('ana') }])
    expect(new URL(page.url()).hash).toBe('#user=ana&view=home')
    await stage.stop()
  })

  it('says that the connection is lost, and goes on by itself when it is back', async () => {
    const first = await startWorkspace({ pageTitle: 'Ward OPS' })
    const page = await browser.open(`${first.url}/#user=ana&channel=ops`)
    await composer(page).waitFor()
    await first.stop()
    await page.getByText('No connection to the workspace').waitFor()
    await send(composer(page), 'too early')
    await page.getByRole('alert').getByText('cannot be reached').waitFor()
    expect(await composer(page).inputValue()).toBe('too early')

    const second = await startWorkspace({ pageTitle: 'Ward OPS', port: Number(new URL(first.url).port) })
    await page.getByText('No connection to the workspace').waitFor({ state: 'detached', timeout: 10_000 })
    await composer(page).press('Enter')

    await message(page, 'too early').waitFor()
    await page.close()
    await second.stop()
  })
})
