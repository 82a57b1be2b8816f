import type { WebClient } from '@slack/web-api'
import { describe, expect, it } from 'vitest'
import { makeDirectory } from '../../src/bot/slack/directory.ts'
import { quiet } from '../support/installation.ts'
import { aWorkspace } from '../workspace/support/fixture.ts'

/** Slack as far as the directory asks it: people that a test changes, and answers that it holds back. */
function aSlack(people: readonly string[]) {
  const slack = { people, asked: 0, fails: false, hangs: false }
  const answer = async () => {
    slack.asked += 1
    if (slack.fails) throw new Error('slack is away')
    if (slack.hangs) await new Promise(() => undefined)
    return { ok: true, members: slack.people.map((id) => ({ id, name: id.toLowerCase() })) }
  }
  const client = {
    users: { list: answer },
    usergroups: { list: async () => ({ ok: true, usergroups: [{ handle: 'dba', users: ['U1'] }] }) },
  }
  return { slack, client: client as unknown as WebClient }
}

describe('the directory', () => {
  it('says who may not act, and who is in a group', async () => {
    const { client, id } = await aWorkspace({
      users: [
        { name: 'ana', realName: 'Ana', groups: ['dba-oncall'] },
        { name: 'gone', realName: 'Gone', deleted: true },
        { name: 'visitor', realName: 'Visitor', isGuest: true },
        { name: 'robot', realName: 'Robot', isBot: true },
      ],
    })
    const directory = makeDirectory(client, quiet)

    const barred = async (name: string) => (await directory.person(id(name)))?.barred
    expect(await barred('ana')).toBeUndefined()
    expect(await barred('gone')).toBe('deactivated')
    expect(await barred('visitor')).toBe('guest')
    expect(await barred('robot')).toBe('bot')
    expect(await directory.group('dba-oncall')).toEqual([id('ana')])
    expect(await directory.group('nobody')).toBeNull()
  })

  it('knows people without user groups too, which need a paid plan', async () => {
    const { client, control, id } = await aWorkspace()
    await control.post('faults', { kind: 'error', method: 'usergroups.list', error: 'plan_upgrade_required' })
    const directory = makeDirectory(client, quiet)

    expect(await directory.group('dba-oncall')).toBeNull()
    expect((await directory.person(id('ana')))?.name).toBe('ana')
  })

  it('answers at once with what it knows, and reads anew behind it', async () => {
    let now = 0
    const { slack, client } = aSlack(['U1'])
    const directory = makeDirectory(client, quiet, () => now)
    await directory.people()

    now += 120_000
    slack.hangs = true
    expect(await directory.person('U1')).toMatchObject({ id: 'U1' })
    expect(slack.asked).toBe(2)
  })

  it('goes on with the last answer while Slack is away', async () => {
    let now = 0
    const { slack, client } = aSlack(['U1'])
    const directory = makeDirectory(client, quiet, () => now)
    await directory.people()

    now += 120_000
    slack.fails = true
    expect((await directory.people()).map(({ id }) => id)).toEqual(['U1'])
    await expect(makeDirectory(client, quiet).people()).rejects.toThrow('slack is away')
  })

  it('looks for somebody new, but not at every click of a stranger', async () => {
    let now = 0
    const { slack, client } = aSlack(['U1'])
    const directory = makeDirectory(client, quiet, () => now)
    await directory.people()

    expect(await directory.person('U2')).toBeNull()
    expect(slack.asked).toBe(1)
    now += 6_000
    slack.people = ['U1', 'U2']
    expect(await directory.person('U2')).toMatchObject({ id: 'U2' })
    expect(slack.asked).toBe(2)
  })
})
