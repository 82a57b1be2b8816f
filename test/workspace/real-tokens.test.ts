import { describe, expect, it } from 'vitest'
import { startWorkspace } from '../../src/workspace/server.ts'

describe('the local workspace', () => {
  it.each([
    ['a bot', { CUTOVER_SLACK_BOT_TOKEN: 'xoxb-1234-abcd' }],
    ['a user', { SLACK_TOKEN: 'xoxp-1234-abcd' }],
    ['an app', { CUTOVER_SLACK_APP_TOKEN: 'xapp-1-A01-abcd' }],
  ])('does not start beside the real token of %s, and does not repeat it', async (_, environment) => {
    const [name = '', token = ''] = Object.entries(environment)[0] ?? []
    const refused = await startWorkspace({ environment }).then(
      (workspace) => workspace.stop(),
      (error: unknown) => String(error),
    )
    expect(refused).toContain(`unset ${name}. Nothing was started.`)
    expect(refused).not.toContain(token)
  })

  it('starts beside tokens of its own kind', async () => {
    const workspace = await startWorkspace({ environment: { CUTOVER_SLACK_BOT_TOKEN: 'xoxb-local-abcd' } })
    await workspace.stop()
    expect(workspace.botToken).toMatch(/^xoxb-local-/)
  })
})
