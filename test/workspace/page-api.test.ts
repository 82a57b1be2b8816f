import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Answer } from './support/control.ts'
import { eventually } from './support/control.ts'
import { atTheEnd, aWorkspace, buttons } from './support/fixture.ts'

/** What the page of one person was told so far. */
async function listen(url: string, user: string): Promise<Answer[]> {
  const ending = new AbortController()
  atTheEnd(async () => ending.abort())
  const response = await fetch(`${url}/page/events?user=${user}`, { signal: ending.signal })
  const told: Answer[] = []
  void (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body!) {
      for (const line of decoder.decode(chunk).split('\n')) {
        if (line.startsWith('data: ')) told.push(JSON.parse(line.slice(6)))
      }
    }
  })().catch(() => {})
  return told
}

const ask = async (url: string): Promise<Answer> => (await fetch(url)).json()

describe('the state of the page', () => {
  it('shows the workspace as one person sees it', async () => {
    const { client, workspace, id } = await aWorkspace({ pageTitle: 'Ward OPS' })
    const { channel } = await client.conversations.create({ name: 'secret', is_private: true })
    await client.conversations.invite({ channel: channel!.id!, users: id('ana') })
    const state = (user: string) => ask(`${workspace.url}/page/state?user=${user}`)
    const names = async (user: string) => (await state(user)).channels.map(({ name }: Answer) => name)

    expect(await names('ana')).toEqual(['general', 'ops', 'secret'])
    expect(await names('nino')).toEqual(['general', 'ops'])
    expect(await names('guest')).toEqual([])
    expect(await state('nino')).toMatchObject({
      team: { name: 'Ward OPS' },
      me: { name: 'nino', realName: 'Nino Kapanadze', isBot: false },
      commands: [{ command: '/cutover', hint: expect.any(String), description: expect.any(String) }],
      shortcuts: [
        { callbackId: 'add_to_timeline', name: 'Add to timeline' },
        { callbackId: 'user_report', name: 'Report from a user' },
      ],
    })
    expect((await ask(`${workspace.url}/page/state`)).me.name).toBe('ana')
    expect(await ask(`${workspace.url}/page/state?user=nobody`)).toMatchObject({ error: 'unknown_user' })
  })

  it('shows messages with threads, and what only this person can see', async () => {
    const { client, ops, id, workspace } = await aWorkspace()
    await client.conversations.join({ channel: ops })
    const { ts } = await client.chat.postMessage({ channel: ops, text: 'top', blocks: buttons('go') })
    await client.chat.postMessage({ channel: ops, text: 'below', thread_ts: ts! })
    await client.chat.postEphemeral({ channel: ops, user: id('ana'), text: 'psst' })
    const messages = (user: string) => ask(`${workspace.url}/page/messages?user=${user}&channel=${ops}`)

    const ana = await messages('ana')
    expect(ana.messages.slice(1)).toMatchObject([
      { ts, text: 'top', replyCount: 1, blocks: [{ type: 'actions' }] },
      { text: 'psst', ephemeral: true },
    ])
    expect(ana.replies[ts!]).toMatchObject([{ text: 'below', threadTs: ts }])
    expect((await messages('nino')).messages).toHaveLength(2)
    expect(await messages('guest')).toMatchObject({ error: 'unknown_channel' })
  })

  it('shows the modals and the Home tab of this person', async () => {
    const { client, id, workspace } = await aWorkspace()
    await client.views.publish({ user_id: id('ana'), view: { type: 'home', blocks: buttons('open') } })

    expect(await ask(`${workspace.url}/page/views?user=ana`)).toMatchObject({
      views: [],
      home: { type: 'home', blocks: [{ type: 'actions' }] },
    })
    expect(await ask(`${workspace.url}/page/views?user=nino`)).toEqual({ views: [], home: null })
  })
})

describe('the events of the page', () => {
  it('tell each person of what changed for them', async () => {
    const { client, ops, id, workspace } = await aWorkspace()
    await client.conversations.join({ channel: ops })
    const ana = await listen(workspace.url, 'ana')
    const nino = await listen(workspace.url, 'nino')

    await client.chat.postMessage({ channel: ops, text: 'for all' })
    await client.chat.postEphemeral({ channel: ops, user: id('ana'), text: 'for ana' })
    await client.views.publish({ user_id: id('nino'), view: { type: 'home', blocks: [] } })

    await eventually(() => nino.length >= 2)
    const message = { type: 'changed', what: 'messages', channel: ops }
    expect(ana).toEqual([message, message])
    expect(nino).toEqual([message, { type: 'changed', what: 'home' }])
  })
})

describe('the files of the page', () => {
  it('are served from its folder and from nowhere else', async () => {
    const { workspace } = await aWorkspace()
    const get = (path: string) => fetch(`${workspace.url}${path}`)

    const index = await get('/')
    expect([index.status, index.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect((await get('/page.js')).headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect((await get('/..%2f..%2f..%2fpackage.json')).status).toBe(404)
    expect((await get('/%2e%2e/server.ts')).status).toBe(404)
    expect((await get('/nothing.css')).status).toBe(404)
  })

  it('by a whole address of a file outside are not found either', async () => {
    const { workspace } = await aWorkspace()
    const folder = mkdtempSync(join(tmpdir(), 'workspace-outside-'))
    atTheEnd(async () => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'secret.js'), 'secret')

    const response = await fetch(`${workspace.url}/${pathToFileURL(join(folder, 'secret.js')).href}`)

    expect(response.status).toBe(404)
  })
})
