import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { eventually } from '../workspace/support/control.ts'
import type { Browser } from './support/browser.ts'
import { describeInBrowser, startBrowser } from './support/browser.ts'
import { BOARD, gateCard } from './support/example-blocks.ts'
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

const modal = (page: Page) => page.getByRole('dialog', { name: 'Start a cutover' })
const focused = (page: Page) => page.locator(':focus').textContent()

async function postGate(): Promise<void> {
  const channel = await stage.channelId('ops')
  await stage.client.chat.postMessage({ channel, text: 'Go or no-go?', blocks: gateCard(true) })
}

describeInBrowser('the slash composer', () => {
  it('shows the commands with their hints, completes one and sends it', async () => {
    const page = await stage.show('user=ana&channel=ops')
    await composer(page).pressSequentially('/cu')
    const option = page.getByRole('option', { name: /\/cutover/ })
    await option.waitFor()
    expect(await option.textContent()).toContain('[start | status')
    expect(await composer(page).getAttribute('aria-expanded')).toBe('true')

    await composer(page).press('Tab')
    expect(await composer(page).inputValue()).toBe('/cutover ')
    await composer(page).pressSequentially('status')
    await composer(page).press('Enter')

    await message(page, 'Nothing runs').waitFor()
    expect(await composer(page).inputValue()).toBe('')
  })

  it('says what is wrong with an unknown command and keeps it to be corrected', async () => {
    const page = await stage.show('user=ana&channel=ops')
    await send(composer(page), '/cutovr start')

    await page.getByRole('alert').getByText('is not a command here').waitFor()
    expect(await composer(page).inputValue()).toBe('/cutovr start')
    await composer(page).fill('/cutover')
    await page.getByRole('alert').waitFor({ state: 'detached' })
  })

  it('takes several lines, and names of people and channels', async () => {
    const page = await stage.show('user=ana&channel=ops')
    await composer(page).pressSequentially('first')
    await composer(page).press('Shift+Enter')
    await composer(page).pressSequentially('@gio')
    await page.getByRole('option', { name: /@giorgi/ }).click()
    await composer(page).pressSequentially('in #gen')
    await composer(page).press('Enter')
    expect(await composer(page).inputValue()).toBe('first\n@giorgi in #general ')
    await composer(page).press('Enter')

    const sent = message(page, 'first')
    await sent.waitFor()
    expect(await sent.locator('.mention').allTextContents()).toEqual(['@giorgi', '#general'])
  })

  it('tells when the app does not answer', async () => {
    const page = await stage.show('user=ana&channel=ops')
    await send(composer(page), '/cutover silent')
    await message(page, 'failed with the error "operation_timeout"').waitFor({ timeout: 8_000 })
  })
})

describeInBrowser('a modal', () => {
  it('shows errors beside their fields, keeps what was entered, and sends every value', async () => {
    const page = await stage.show('user=ana&channel=ops')
    await send(composer(page), '/cutover start')
    await modal(page).waitFor()

    await modal(page).getByRole('button', { name: 'Open the cutover' }).click()
    const name = modal(page).getByLabel('Name of the channel')
    await modal(page).locator('#input-name-error').waitFor()
    expect(await name.getAttribute('aria-invalid')).toBe('true')
    expect(await name.getAttribute('aria-describedby')).toContain('input-name-error')
    await page.locator('#input-name:focus').waitFor()

    await name.fill('Not Allowed')
    await modal(page).getByLabel('Lead').selectOption({ label: 'Giorgi Maisuradze (@giorgi)' })
    for (const person of ['Nino Kapanadze (@nino)', 'Levan Gelashvili (@levan)']) {
      await modal(page).getByLabel('Observers').selectOption({ label: person })
    }
    await modal(page).getByRole('button', { name: 'Remove Levan Gelashvili (@levan)' }).click()
    await modal(page).getByLabel('Minutes').fill('90')
    await modal(page).getByLabel('Window starts').fill('2026-11-21T02:30')
    await modal(page).getByLabel('Production, LIVE').check()
    await modal(page).getByLabel('Tell #ops').check()
    await name.press('Enter')
    await modal(page).getByText('Only lower-case letters, digits and dashes.').waitFor()
    expect(await name.inputValue()).toBe('Not Allowed')

    await name.fill('cutover-ward-ops')
    await modal(page).getByRole('button', { name: 'Open the cutover' }).click()

    await modal(page).waitFor({ state: 'detached' })
    await channelLink(page, 'cutover-ward-ops').waitFor()
    await message(page, 'Go or no-go?').waitFor()
    const values = stage.told.submissions.at(-1) ?? {}
    expect(values['runbook']?.['value']).toMatchObject({ selected_option: { value: 'ward-ops' } })
    expect(values['lead']?.['value']).toMatchObject({ selected_user: await stage.userId('giorgi') })
    expect(values['observers']?.['value']).toMatchObject({ selected_users: [await stage.userId('nino')] })
    expect(values['minutes']?.['value']).toMatchObject({ value: '90' })
    expect(values['environment']?.['value']).toMatchObject({ selected_option: { value: 'production' } })
    expect(values['notices']?.['value']).toMatchObject({ selected_options: [{ value: 'ops' }] })
    // The wall clock of the reader, who is in Tbilisi.
    expect(values['window']?.['value']).toMatchObject({
      selected_date_time: Date.parse('2026-11-21T02:30+04:00') / 1000,
    })
  })

  it('holds the keyboard, closes on Escape and gives the keyboard back', async () => {
    const page = await stage.show('user=ana&channel=ops')
    await send(composer(page), '/cutover start')
    await modal(page).waitFor()
    await page.locator('#input-runbook:focus').waitFor()

    for (let press = 0; press < 40; press += 1) {
      await page.keyboard.press(press < 20 ? 'Tab' : 'Shift+Tab')
      expect(await page.locator('.modal:focus-within').count()).toBe(1)
    }
    await page.keyboard.press('Escape')

    await modal(page).waitFor({ state: 'detached' })
    await page.locator('[data-composer="channel"]:focus').waitFor()
  })

  it('keeps what is being typed while the channel and the modal itself change', async () => {
    const page = await stage.show('user=ana&channel=ops')
    await send(composer(page), '/cutover start')
    await modal(page).getByLabel('Name of the channel').fill('half a na')
    const channel = await stage.channelId('ops')
    for (const text of ['one', 'two', 'three']) await stage.client.chat.postMessage({ channel, text })
    await message(page, 'three').waitFor()

    await page.keyboard.type('me')
    expect(await modal(page).getByLabel('Name of the channel').inputValue()).toBe('half a name')
  })
})

describeInBrowser('buttons', () => {
  it('ask first where they say so, do nothing on no, and change the card in place on yes', async () => {
    const page = await stage.show('user=ana&channel=ops')
    await postGate()
    const card = message(page, 'Go or no-go?')
    await card.waitFor()
    const before = await card.elementHandle()
    const question = page.getByRole('alertdialog', { name: 'Give your GO?' })

    await card.getByRole('button', { name: 'GO', exact: true }).click()
    await question.waitFor()
    expect(await focused(page)).toBe('Not yet')
    await page.keyboard.press('Enter')
    await question.waitFor({ state: 'detached' })
    expect(await focused(page)).toBe('GO')
    expect(stage.told.actions).toEqual([])

    await page.keyboard.press('Enter')
    await question.getByRole('button', { name: 'Give GO' }).click()

    await message(page, 'GO was given by the lead').waitFor()
    const after = await message(page, 'GO was given').elementHandle()
    expect(await page.evaluate(([one, other]) => one === other, [before, after])).toBe(true)
    expect(await page.locator('.message').count()).toBe(1)
    expect(stage.told.actions).toMatchObject([{ id: 'go', user: await stage.userId('ana') }])
  })

  it('turn while the app thinks, count once when pressed twice, and say when it did not answer', async () => {
    const page = await stage.show('user=ana&channel=ops')
    await postGate()
    const button = message(page, 'Go or no-go?').getByRole('button', { name: 'NO-GO…' })

    await button.dblclick()
    await page.locator('[data-action="no_go"][aria-busy="true"]').waitFor()

    await message(page, 'did not answer within 3 seconds').waitFor({ timeout: 8_000 })
    expect(await button.getAttribute('aria-busy')).toBeNull()
  })

  it('tell what was chosen from menus, and open links only when they are links', async () => {
    const page = await stage.show('user=ana&channel=ops')
    const channel = await stage.channelId('ops')
    await stage.client.chat.postMessage({ channel, text: 'Board', blocks: BOARD })
    const card = message(page, 'Ward OPS → PostgreSQL')

    await card.getByRole('combobox', { name: 'Assign a role…' }).selectOption('observer')
    await eventually(() => stage.told.actions.length === 1)
    await card.getByRole('button', { name: 'More choices' }).click()
    await page.getByRole('menuitem', { name: 'Details' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await eventually(() => stage.told.actions.length === 2)

    expect(stage.told.actions).toMatchObject([
      { id: 'pick', details: { selected_option: { value: 'observer' } } },
      { id: 'more', details: { selected_option: { value: 'details' } } },
    ])
    expect(await card.getByRole('link', { name: 'Runbook' }).getAttribute('href')).toBe(
      'https://example.com/runbook',
    )
  })

  it('keep the keyboard on the same button while the card changes around it', async () => {
    const page = await stage.show('user=ana&channel=ops')
    const channel = await stage.channelId('ops')
    const step = (name: string) => ({
      type: 'section' as const,
      text: { type: 'mrkdwn' as const, text: name },
      accessory: {
        type: 'button' as const,
        action_id: 'hold',
        value: name,
        text: { type: 'plain_text' as const, text: `Done ${name}` },
      },
    })
    const posted = await stage.client.chat.postMessage({
      channel,
      text: 'x',
      blocks: ['a', 'b', 'c'].map(step),
    })
    await page.getByRole('button', { name: 'Done b' }).focus()

    await stage.client.chat.update({ channel, ts: posted.ts ?? '', text: 'x', blocks: ['b', 'c'].map(step) })
    await page.getByRole('button', { name: 'Done a' }).waitFor({ state: 'detached' })
    expect(await focused(page)).toBe('Done b')

    await stage.client.chat.update({ channel, ts: posted.ts ?? '', text: 'x', blocks: ['c', 'd'].map(step) })
    await page.getByRole('button', { name: 'Done d' }).waitFor()
    await page.locator('.message:focus').waitFor()
  })
})

describeInBrowser('the menu of a message', () => {
  it('offers the shortcuts of the app', async () => {
    const page = await stage.show('user=ana&channel=ops')
    await send(composer(page), 'The replica was behind')
    await message(page, 'The replica').hover()
    await message(page, 'The replica').getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Add to timeline' }).click()

    await eventually(() => stage.told.shortcuts.length === 1)
    expect(stage.told.shortcuts).toEqual([
      { text: 'The replica was behind', user: await stage.userId('ana') },
    ])
  })

  it('opens and closes by the keyboard alone', async () => {
    const page = await stage.show('user=ana&channel=ops')
    await send(composer(page), 'one')
    await send(composer(page), 'two')
    await message(page, 'two').waitFor()
    await message(page, 'two').focus()
    await page.keyboard.press('ArrowUp')
    expect(await focused(page)).toContain('one')
    for (const key of ['Tab', 'Tab', 'Enter']) await page.keyboard.press(key)
    await page.getByRole('menu').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('menu').waitFor({ state: 'detached' })
    expect(await page.locator(':focus').getAttribute('aria-label')).toBe('More actions')
  })
})
