import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CutoverState } from '../../src/domain/state.ts'
import { startProduct, type Product } from '../support/product.ts'
import { shopRunbooks } from '../support/shop.ts'
import { eventually } from '../support/slack-hands.ts'
import { describeInBrowser, startBrowser, type Browser } from '../workspace-page/support/browser.ts'

const SLOW_MS = 30_000

let product: Product
let browser: Browser

beforeAll(async () => {
  browser = await startBrowser()
  product = await startProduct({
    pool: 'shop-db',
    runbooks: await shopRunbooks(),
    bindings: async (target) => ({
      environments: {
        staging: { live: false, secrets: { SHOP_URL: await target.createDatabase('shop_staging') } },
      },
    }),
  })
})
afterAll(async () => {
  await browser.close()
  await product?.stop()
})

const pageOf = (user: string, channel: string): Promise<Page> =>
  browser.open(`${product.workspace.url}/#user=${user}&channel=${channel}`)

/** The newest message that says so and offers this button; it may be drawn anew at any moment. */
const button = (page: Page, says: RegExp, label: RegExp): Locator =>
  page.locator('.message', { hasText: says }).getByRole('button', { name: label }).last()

/** Chooses the option of a menu that reads so. */
async function choose(menu: Locator, reads: RegExp): Promise<void> {
  const labels = await menu.locator('option').allTextContents()
  await menu.selectOption({ label: labels.find((label) => reads.test(label.trim())) ?? '' })
}

/** Presses, where a button asks back says yes. */
async function pressAndConfirm(page: Page, says: RegExp, label: RegExp): Promise<void> {
  await press(page, says, label)
  await page.locator('[data-dialog="confirm"]').click({ timeout: SLOW_MS })
}

async function press(page: Page, says: RegExp, label: RegExp): Promise<void> {
  await button(page, says, label).click({ timeout: SLOW_MS, force: true })
}

async function state(): Promise<CutoverState> {
  const [summary] = await product.log.list()
  const loaded = summary && (await product.log.load(summary.id))
  if (!loaded) throw new Error('no cutover is open')
  return loaded.state
}

describeInBrowser('a visitor with a browser', () => {
  it('starts from the slash composer, ticks, votes, runs, and rolls back', async () => {
    const ops = await pageOf('ana', 'ops')
    const composer = ops.locator('[data-composer="channel"]')
    await composer.fill('/cutover start shop')
    await composer.press('Enter')
    const form = ops.locator('.modal[data-view="form.start"]')
    await form.getByLabel('Environment').selectOption({ label: 'staging · rehearsal' }, { timeout: SLOW_MS })
    await form.getByText('Get ready: 3 steps').waitFor({ timeout: SLOW_MS })
    await form.getByLabel('Window starts (T-0)').fill('+1h')
    await choose(form.getByLabel('Lead', { exact: true }), /^ana/i)
    await choose(form.getByLabel('Observer', { exact: true }), /^giorgi/i)
    await form.locator('[data-dialog="submit"]').click()
    await form.waitFor({ state: 'detached', timeout: SLOW_MS })

    const channel = await eventually('its channel', async () => (await product.log.list())[0]?.channelName)
    const ana = await pageOf('ana', channel)
    const giorgi = await pageOf('giorgi', channel)

    await press(giorgi, /Look at the dashboard/, /Done/)
    await pressAndConfirm(ana, /Go or no-go\?/, /^GO$/)
    await pressAndConfirm(giorgi, /Go or no-go\?/, /^GO$/)
    await press(ana, /Stop the shop/, /Done/)
    await pressAndConfirm(ana, /Create the orders table/, /Start|Run/)
    await eventually('the table', async () =>
      (await state()).steps['there']?.status === 'done' ? true : undefined,
    )

    await press(ana, /REHEARSAL/, /Roll back/)
    const rollback = ana.locator('.modal[data-view="form.rollback"]')
    await rollback.getByLabel(/Type/).fill('the wrong name')
    await rollback.getByLabel('Why?').fill('tried by hand')
    await rollback.locator('[data-dialog="submit"]').click()
    await rollback.getByText(/shop/).first().waitFor()
    expect((await state()).status).toBe('running')
    await rollback.getByLabel(/Type/).fill('shop')
    await rollback.locator('[data-dialog="submit"]').click()

    await press(ana, /Set the tables aside/, /Start|Run/)
    await press(ana, /Start the shop as it was/, /Done/)
    await eventually('the end of the rollback', async () =>
      (await state()).status === 'rolled back' ? true : undefined,
    )
    await ana.locator('.message', { hasText: 'ROLLED BACK' }).first().waitFor({ timeout: SLOW_MS })
    expect(browser.errors).toEqual([])
  })

  it('leaves the tables set aside, not dropped', async () => {
    const url = product.targetServer.url.replace(/\/postgres$/, '/shop_staging')
    const client = await product.targetServer.connect(url)
    const { rows } = await client.query(
      `select table_schema from information_schema.tables where table_name = 'orders'`,
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]).not.toEqual({ table_schema: 'public' })
  })
})
