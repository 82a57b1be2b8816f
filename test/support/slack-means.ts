import { setTimeout as sleep } from 'node:timers/promises'
import type { Locator, Page } from 'playwright-core'
import type { Browser } from '../workspace-page/support/browser.ts'
import type { Office } from './product.ts'
import { eyesIn, type ShownButton, type ShownForm, type ShownMessage } from './slack-shown.ts'

/** By what people press and type: by the workspace's control API, or with a browser on its page. */
export interface Means {
  /** False: the button was not there any more. */
  readonly press: (
    who: string,
    channel: string,
    message: ShownMessage,
    button: ShownButton,
  ) => Promise<boolean>
  readonly send: (who: string, form: ShownForm, values: Readonly<Record<string, string>>) => Promise<Sent>
  readonly close: (who: string, form: ShownForm) => Promise<void>
}

export interface Sent {
  readonly ok: boolean
  /** It was taken, and is there again with more in it. */
  readonly again: boolean
  /** block_id → what is wrong with the answer. */
  readonly errors: Readonly<Record<string, string>>
  readonly why: readonly string[]
}

export function byControl({ control }: Office): Means {
  return {
    press: async (user, channel, { ts }, { where }) =>
      (await control('/control/click', { user, channel, ts, ...where }))['ok'] === true,
    send: async (user, form, values) => {
      const answer = await control('/control/submit', { user, view_id: form.id, values })
      const errors = (answer['errors'] ?? {}) as Readonly<Record<string, string>>
      const why = Object.entries(errors).map(([block, error]) => `${block}: ${error}`)
      const { ok, updated, hint } = answer
      return {
        ok: ok === true,
        again: updated !== undefined,
        errors,
        why: typeof hint === 'string' ? [...why, hint] : why,
      }
    },
    close: async (user, form) => {
      await control('/control/close', { user, view_id: form.id })
    },
  }
}

const SLOW_MS = 30_000
const SEES_WITHIN_MS = 10_000

/** Each person has a page of their own, which is kept open. */
export function byBrowser(office: Office, browser: Browser) {
  const eyes = eyesIn(office)
  const pages = new Map<string, Promise<Page>>()
  const pageOf = (who: string, channel: string): Promise<Page> => {
    const known = pages.get(who) ?? browser.open(`${office.workspace.url}/#user=${who}&channel=${channel}`)
    pages.set(who, known)
    return known
  }
  const openPage = async (who: string): Promise<Page> => {
    const page = await pages.get(who)
    if (page === undefined) throw new Error(`${who} has no page open`)
    return page
  }

  const means: Means = {
    async press(who, channel, { ts }, { where, confirms }) {
      const page = await pageOf(who, channel)
      const message = page.locator(`.message[data-ts="${ts}"]`).first()
      // Whoever does not see what they are asked loads the page again.
      await message.waitFor({ timeout: SEES_WITHIN_MS }).catch(() => page.reload())
      const value = JSON.stringify(String(where['value']))
      const button = message.locator(`[data-action="${String(where['action_id'])}"][data-value=${value}]`)
      if ((await button.count()) === 0) return false
      // It was answered elsewhere in the same moment.
      if (!(await clicked(button.first()))) return false
      if (confirms) await page.locator('[data-dialog="confirm"]').click({ timeout: SLOW_MS })
      await page.locator('.button.pending').first().waitFor({ state: 'detached', timeout: SLOW_MS })
      return true
    },
    async send(who, form, values) {
      const page = await openPage(who)
      const dialog = page.locator('.modal').last()
      await dialog.waitFor({ timeout: SLOW_MS })
      for (const { block, type } of form.inputs) {
        const value = values[block]
        if (value === undefined) continue
        const field = dialog.locator(`[data-block=${JSON.stringify(block)}]`)
        if (type === 'radio_buttons')
          await field.and(page.locator(`[data-value="${value}"]`)).check({ force: true })
        else if (type === 'static_select') await field.selectOption(value)
        else if (type === 'users_select') await field.selectOption(await idOf(office, value))
        else await field.fill(value)
      }
      await dialog.locator('[data-dialog="submit"]').click({ timeout: SLOW_MS })
      const left = await stillOpen(form.id, () => eyes.form(who))
      if (left === undefined) return { ok: true, again: false, errors: {}, why: [] }
      const why = Object.entries(left.errors).map(([block, error]) => `${block}: ${error}`)
      return { ok: false, again: false, errors: left.errors, why }
    },
    async close(who) {
      const page = await openPage(who)
      await clicked(page.locator('.modal [data-dialog="close"]').last())
    },
  }
  return { ...means, pageOf }
}

/** Waits for what becomes of a form that was sent: undefined when it is gone, itself when something is wrong in it. */
async function stillOpen(
  id: string,
  look: () => Promise<ShownForm | undefined>,
): Promise<ShownForm | undefined> {
  const deadline = performance.now() + SEES_WITHIN_MS
  for (;;) {
    const form = await look()
    if (form?.id !== id) return undefined
    if (Object.keys(form.errors).length > 0 || performance.now() > deadline) return form
    await sleep(50)
  }
}

const clicked = (button: Locator): Promise<boolean> =>
  button.click({ timeout: SEES_WITHIN_MS, force: true }).then(
    () => true,
    () => false,
  )

async function idOf({ control }: Office, name: string): Promise<string> {
  const { users } = (await control('/control/users')) as { users: { id: string; name: string }[] }
  return users.find((user) => user.name === name)?.id ?? ''
}
