import type { App } from '@slack/bolt'
import type { WebClientOptions } from '@slack/web-api'
import { LogLevel, WebAPIPlatformError, WebClient } from '@slack/web-api'
import { afterEach } from 'vitest'
import type { Workspace, WorkspaceOptions } from '../../../src/workspace/server.ts'
import { startWorkspace } from '../../../src/workspace/server.ts'
import { startBoltApp } from './bolt-app.ts'
import type { Control } from './control.ts'
import { controlOf } from './control.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** Runs when the test has ended, the last one first. */
export function atTheEnd(close: () => Promise<void>): void {
  closing.push(close)
}

const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
}

export function clientOf(
  workspace: Workspace,
  token = workspace.botToken,
  options: WebClientOptions = {},
): WebClient {
  return new WebClient(token, {
    slackApiUrl: workspace.apiUrl,
    retryConfig: { retries: 0 },
    logger: silent,
    ...options,
  })
}

export interface Fixture {
  workspace: Workspace
  client: WebClient
  control: Control
  /** Ids of the channels and people every workspace begins with. */
  ops: string
  general: string
  id(user: string): string
}

/** A workspace of one's own, a real client and the control API; gone when the test has ended. */
export async function aWorkspace(options: WorkspaceOptions = {}): Promise<Fixture> {
  const workspace = await startWorkspace(options)
  atTheEnd(() => workspace.stop())
  const control = controlOf(workspace)
  const { channels } = await control.get('channels')
  const { users } = await control.get('users')
  const channel = (name: string): string => channels.find((known: { name: string }) => known.name === name).id
  return {
    workspace,
    client: clientOf(workspace),
    control,
    ops: channel('ops'),
    general: channel('general'),
    id: (user) => users.find((known: { name: string }) => known.name === user).id,
  }
}

/** Real Bolt, connected to the workspace until the test has ended. */
export async function aBoltApp(workspace: Workspace, register: (app: App) => void) {
  const running = await startBoltApp(workspace, register)
  atTheEnd(() => running.stop())
  return running
}

/** The error the platform answered a call with. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  return (await refusalDetails(call))['error'] as string
}

/** The whole answer of a refused call. */
export async function refusalDetails(call: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await call
  } catch (error) {
    if (error instanceof WebAPIPlatformError) return error.data as unknown as Record<string, unknown>
    throw error
  }
  throw new Error('The call was not refused.')
}

export const buttons = (...names: string[]) => [
  {
    type: 'actions' as const,
    block_id: 'row',
    elements: names.map((name) => ({
      type: 'button' as const,
      action_id: name,
      value: `${name}-value`,
      text: { type: 'plain_text' as const, text: name.toUpperCase() },
    })),
  },
]

export const section = (text: string) => ({
  type: 'section' as const,
  text: { type: 'mrkdwn' as const, text },
})
