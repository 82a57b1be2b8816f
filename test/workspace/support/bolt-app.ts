import { App, LogLevel, SocketModeReceiver } from '@slack/bolt'
import type { Workspace } from '../../../src/workspace/server.ts'

export interface RunningApp {
  app: App
  receiver: SocketModeReceiver
  stop(): Promise<void>
}

/** Real Bolt over a real socket. Listeners are registered before it starts. */
export async function startBoltApp(workspace: Workspace, register: (app: App) => void): Promise<RunningApp> {
  const clientOptions = { slackApiUrl: workspace.apiUrl, retryConfig: { retries: 0 } }
  const receiver = new SocketModeReceiver({
    appToken: workspace.appToken,
    logLevel: LogLevel.ERROR,
    installerOptions: { clientOptions },
  })
  const app = new App({ token: workspace.botToken, receiver, clientOptions, logLevel: LogLevel.ERROR })
  register(app)
  await app.start()
  return {
    app,
    receiver,
    stop: async () => {
      await receiver.client.disconnect()
    },
  }
}
