import type { App } from '@slack/bolt'
import type { Locator, Page } from 'playwright-core'
import type { Workspace } from '../../../src/workspace/server.ts'
import { startWorkspace } from '../../../src/workspace/server.ts'
import type { RunningApp } from '../../workspace/support/bolt-app.ts'
import { startBoltApp } from '../../workspace/support/bolt-app.ts'
import type { Browser } from './browser.ts'
import type { Told } from './example-app.ts'
import { registerExample } from './example-app.ts'

/** A workspace with the example app in it, and pages that show it. */
export interface Stage {
  workspace: Workspace
  client: App['client']
  told: Told
  /** A page on a hash such as `user=ana&channel=ops`. */
  show(hash: string): Promise<Page>
  channelId(name: string): Promise<string>
  userId(name: string): Promise<string>
  stop(): Promise<void>
}

export async function setStage(browser: Browser): Promise<Stage> {
  const workspace = await startWorkspace({ pageTitle: 'Ward OPS' })
  const registered: { told?: Told } = {}
  const bolt: RunningApp = await startBoltApp(workspace, (app) => {
    registered.told = registerExample(app)
  })
  const { client } = bolt.app
  const pages: Page[] = []
  return {
    workspace,
    client,
    told: registered.told!,
    async show(hash) {
      const page = await browser.open(`${workspace.url}/#${hash}`)
      pages.push(page)
      await page.locator('.top-bar').waitFor()
      return page
    },
    async channelId(name) {
      const { channels = [] } = await client.conversations.list({ types: 'public_channel,private_channel' })
      return channels.find((channel) => channel.name === name)?.id ?? ''
    },
    async userId(name) {
      const { members = [] } = await client.users.list({})
      return members.find((user) => user.name === name)?.id ?? ''
    },
    async stop() {
      for (const page of pages) await page.close()
      await bolt.stop()
      await workspace.stop()
    },
  }
}

export const composer = (page: Page): Locator => page.locator('[data-composer="channel"]')

/** Types and sends, as a person would. */
export async function send(field: Locator, text: string): Promise<void> {
  await field.fill(text)
  await field.press('Enter')
}

/** The message that holds this text. */
export const message = (page: Page, text: string): Locator => page.locator('.message', { hasText: text })

export const channelLink = (page: Page, name: string): Locator => page.locator(`[data-channel="${name}"]`)
