import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { methodTable } from '../../src/workspace/methods/table.ts'
import { Sockets } from '../../src/workspace/sockets.ts'
import { aWorkspace } from './support/fixture.ts'

/** What the product and its tests need of Slack. */
const NEEDED = [
  'apps.connections.open',
  'auth.test',
  'blocks.validate',
  'bookmarks.add',
  'bookmarks.edit',
  'bookmarks.list',
  'bookmarks.remove',
  'bots.info',
  'chat.delete',
  'chat.deleteScheduledMessage',
  'chat.getPermalink',
  'chat.postEphemeral',
  'chat.postMessage',
  'chat.scheduleMessage',
  'chat.scheduledMessages.list',
  'chat.update',
  'conversations.archive',
  'conversations.create',
  'conversations.history',
  'conversations.info',
  'conversations.invite',
  'conversations.join',
  'conversations.list',
  'conversations.members',
  'conversations.open',
  'conversations.rename',
  'conversations.replies',
  'conversations.setPurpose',
  'conversations.setTopic',
  'conversations.unarchive',
  'files.completeUploadExternal',
  'files.getUploadURLExternal',
  'pins.add',
  'pins.list',
  'pins.remove',
  'reactions.add',
  'reactions.get',
  'reactions.list',
  'reactions.remove',
  'team.info',
  'usergroups.list',
  'usergroups.users.list',
  'users.info',
  'users.list',
  'users.lookupByEmail',
  'views.open',
  'views.publish',
  'views.push',
  'views.update',
]

const folder = new URL('./', import.meta.url)
const tests = readdirSync(folder)
  .filter((name) => name.endsWith('.test.ts') && !import.meta.url.endsWith(name))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'))
  .join('\n')

describe('the methods served', () => {
  it('are exactly those needed', () => {
    const sockets = new Sockets({ appId: 'A', pingMs: 1000 })

    expect(Object.keys(methodTable(sockets)).toSorted()).toEqual(NEEDED)
    sockets.close()
  })

  it.each(NEEDED)('%s is called in a test', (name) => {
    expect(tests.includes(name)).toBe(true)
  })

  it('answer an unknown one with 200, so that no client tries for half an hour', async () => {
    const { workspace } = await aWorkspace()

    const response = await fetch(`${workspace.apiUrl}chat.meow`, { method: 'POST' })

    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ ok: false, error: 'unknown_method' })
  })
})

describe('docs/workspace.md', () => {
  it('names every method that is served', () => {
    const page = readFileSync(new URL('../../docs/workspace.md', import.meta.url), 'utf8')

    expect(NEEDED.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })
})
