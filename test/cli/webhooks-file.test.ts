import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readConfig } from '../../src/cli/config.ts'
import { serveSettings } from '../../src/cli/serve/from-config.ts'
import { quiet } from '../support/installation.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-webhooks-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function settingsWith(text: string, mode = 0o600) {
  const file = join(folder, 'webhooks.json')
  await writeFile(file, text, { mode })
  await chmod(file, mode)
  const config = readConfig({
    CUTOVER_DATABASE_URL: 'postgres://cutover@127.0.0.1/cutover',
    CUTOVER_SLACK_BOT_TOKEN: 'xoxb-test',
    CUTOVER_SLACK_APP_TOKEN: 'xapp-test',
    CUTOVER_WEBHOOKS_FILE: file,
  })
  return serveSettings(config, quiet)
}

describe('the webhooks file of serve', () => {
  it('gives each receiver by its name', async () => {
    const { webhooks } = await settingsWith('{"status-page": {"token": "abc", "page": "p1"}}')
    expect(webhooks).toEqual({ 'status-page': { token: 'abc', page: 'p1' } })
  })

  it('that others may read is refused before anything starts', async () => {
    await expect(settingsWith('{}', 0o644)).rejects.toThrow('can be read by others')
  })

  it('with a mistake says where it is, and repeats no token', async () => {
    await expect(settingsWith('{"status-page": {"token": 7, "pag": "hush"}}')).rejects.toThrow(
      /CUTOVER_WEBHOOKS_FILE\) cannot be used: at status-page(?!.*hush)/,
    )
    await expect(settingsWith('{')).rejects.toThrow('it is not JSON')
  })
})
