import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { describe } from 'vitest'

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const chromiumPath = findOnPath(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'])

/** A `describe` that is skipped, visibly, where there is no Chromium on the PATH. */
export const describeInBrowser = describe.skipIf(chromiumPath === undefined)

export interface Browser {
  context: BrowserContext
  /** A fresh page; whatever goes wrong in it is kept in `errors`. */
  open(url: string): Promise<Page>
  errors: string[]
  close(): Promise<void>
}

/** The machine's own Chromium, with a profile of its own that is gone afterwards. */
export async function startBrowser(
  options: Pick<
    BrowserContextOptions,
    'viewport' | 'colorScheme' | 'timezoneId' | 'hasTouch' | 'isMobile'
  > = {},
): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'cutover-page-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath ?? '',
    headless: true,
    args: ARGUMENTS,
    locale: 'en-GB',
    timezoneId: 'Asia/Tbilisi',
    viewport: { width: 1280, height: 800 },
    ...options,
  })
  context.setDefaultTimeout(5_000)
  const errors: string[] = []
  return {
    context,
    errors,
    async open(url) {
      const page = await context.newPage()
      page.on('pageerror', (error) => errors.push(String(error)))
      page.on('console', (line) => {
        if (line.type() === 'error' && !/status of 40\d/.test(line.text())) errors.push(line.text())
      })
      await page.goto(url)
      return page
    },
    async close() {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}

function findOnPath(names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
