import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDjangoProduction, type DjangoProduction } from '../support/django-production.ts'
import { startOffice, type Office } from '../support/product.ts'
import { PYTHON } from '../support/python.ts'
import { byBrowser } from '../support/slack-means.ts'
import { rehearseInSlack } from '../support/slack-rehearsal.ts'
import { TEAM_OF_FIVE, teamOfFive } from '../support/team-of-five.ts'
import { describeInBrowser, startBrowser, type Browser } from '../workspace-page/support/browser.ts'

let office: Office
let browser: Browser
let stage: DjangoProduction

beforeAll(async () => {
  browser = await startBrowser()
  office = await startOffice({ users: teamOfFive() })
  stage = await startDjangoProduction(await office.targetServer.createDatabase('building'))
})
afterAll(async () => {
  await browser.close()
  await stage?.stop()
  await office?.stop()
})

describeInBrowser('a team with browsers', () => {
  it.skipIf(PYTHON === undefined)(
    'carries a real Django migration out on the page of the workspace, click by click',
    { timeout: 400_000 },
    async () => {
      const means = byBrowser(office, browser)
      const done = await rehearseInSlack(office, stage.rehearsing, { people: TEAM_OF_FIVE, means })

      expect(done.outcome).toBe('CLOSED')
      const page = await means.pageOf('ana', done.channel)
      await page
        .locator('.message', { hasText: /^.*Closed/ })
        .last()
        .waitFor()
      expect(browser.errors).toEqual([])
    },
  )
})
