import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COMMAND, SHORTCUTS } from '../../src/bot/ids.ts'
import { installApp } from '../../src/workspace/app-manifest.ts'
import { methodTable } from '../../src/workspace/methods/table.ts'
import type { Sockets } from '../../src/workspace/sockets.ts'

const MANIFEST = JSON.parse(readFileSync(resolve('slack-manifest.json'), 'utf8'))
const app = installApp(MANIFEST)

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? sources(path) : [readFileSync(path, 'utf8')]
  })
}

const SOURCE = sources(resolve('src/bot')).join('\n')
const METHODS = methodTable({} as Sockets)

/** Web API methods that the bot calls, as its source says. */
const called = Object.keys(METHODS).filter((method) => {
  const [family = '', ...rest] = method.split('.')
  return new RegExp(`\\b${family}\\s*\\.${rest.join('\\.')}\\(`).test(SOURCE)
})

describe('the app manifest', () => {
  it('has the command and the shortcuts of the code, and no others', () => {
    expect(app.commands.map(({ command }) => command)).toEqual([COMMAND])
    expect(app.commands.every(({ should_escape }) => should_escape)).toBe(true)
    expect(app.shortcuts.map(({ callback_id, type }) => [callback_id, type])).toEqual(
      Object.values(SHORTCUTS).map((id) => [id, 'message']),
    )
  })

  it('subscribes to the events that the code listens to', () => {
    const listened = [...SOURCE.matchAll(/\bapp\.(?:event|message)\(\s*'([^']+)'/g)].map((match) => match[1])
    expect(app.events).toEqual(listened)
  })

  it('asks for a scope for every method the bot calls', () => {
    expect(called).toContain('chat.postMessage')
    expect(called).toContain('users.list')
    const missing = called.filter((method) => {
      const scopes = METHODS[method]?.scopes ?? []
      return scopes.length > 0 && !scopes.some((scope) => app.scopes.includes(scope))
    })
    expect(missing).toEqual([])
  })

  it('asks for no scope that nothing needs', () => {
    const needed = new Set([
      ...called.flatMap((method) => METHODS[method]?.scopes ?? []),
      // The command and the shortcut; notices in public channels; addresses for invitations; direct messages.
      'commands',
      'chat:write.public',
      'users:read.email',
      'im:write',
    ])
    expect(app.scopes.filter((scope) => !needed.has(scope))).toEqual([])
  })

  it('keeps Slack’s limits', () => {
    const { display_information, features } = MANIFEST
    expect(display_information.name.length).toBeLessThanOrEqual(35)
    expect(display_information.description.length).toBeLessThanOrEqual(140)
    expect(COMMAND.length).toBeLessThanOrEqual(32)
    for (const { name, description } of features.shortcuts) {
      expect(name.length).toBeLessThanOrEqual(24)
      expect(description.length).toBeLessThanOrEqual(150)
    }
  })
})
