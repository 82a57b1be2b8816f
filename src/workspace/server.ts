import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DEFAULT_MANIFEST, installApp } from './app-manifest.ts'
import { CallLog } from './call-log.ts'
import { ChangeStream } from './change-stream.ts'
import { actEndpoints } from './control/acts.ts'
import { lookEndpoints } from './control/looks.ts'
import { officeEndpoints } from './control/office.ts'
import { switchEndpoints } from './control/switches.ts'
import { Delivery } from './delivery.ts'
import { Faults } from './faults.ts'
import { fileRoute, uploadRoute } from './file-routes.ts'
import { derivedId, secret } from './ids.ts'
import { methodTable } from './methods/table.ts'
import { pageRoutes } from './page-api.ts'
import { refuseRealTokens } from './real-tokens.ts'
import { RateLimits } from './rate-limits.ts'
import { responseRoute } from './response-route.ts'
import { ResponseUrls } from './response-urls.ts'
import { makeServer } from './http-server.ts'
import type { HttpApp } from './signed-http.ts'
import { Sockets } from './sockets.ts'
import { redirectPermalink } from './static-page.ts'
import { State } from './state.ts'
import { Triggers } from './triggers.ts'
import type { WorkspaceUser } from './types.ts'
import type { Identity, Timings, World } from './world.ts'
import { SLACK_TIMINGS } from './world.ts'

export type { HttpApp, Timings, WorkspaceUser }

export interface WorkspaceOptions {
  /** What this process was given: with a token of the real Slack in it, nothing starts. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** 0 or left out: any free port. */
  port?: number
  host?: '127.0.0.1'
  /** The people; left out, a team of four and a guest. */
  users?: readonly WorkspaceUser[]
  /** Slack's true rate limits from the start. The control API switches them too. */
  rateLimits?: boolean
  /** Sends interactions and events to this address, signed, instead of over Socket Mode. */
  httpApp?: HttpApp
  /** The name of the workspace. */
  pageTitle?: string
  /** The parsed app manifest to install; left out, one that suits Cutover. */
  manifest?: unknown
  /** Shorter time limits, for tests. */
  timings?: Partial<Timings>
}

export interface Workspace {
  /** The address of the page, without a slash at the end. */
  url: string
  /** For `slackApiUrl` of a Slack client; ends in `/api/`. */
  apiUrl: string
  teamId: string
  /** Begins with `xoxb-local-`. */
  botToken: string
  /** Begins with `xapp-local-`. */
  appToken: string
  signingSecret: string
  /** Changes to an app behind an HTTP address (signed with `signingSecret`), or back to Socket Mode with undefined. */
  deliverTo(url: string | undefined): void
  /** Closes every connection and frees the port. */
  stop(): Promise<void>
}

/** Starts a Slack-compatible workspace on the loopback interface. All of it is in memory. */
export async function startWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
  refuseRealTokens(options.environment ?? {})
  const identity = makeIdentity(options)
  const timings = { ...SLACK_TIMINGS, ...options.timings }
  const sockets = new Sockets({ appId: identity.appId, pingMs: timings.pingMs })
  const delivery = new Delivery(sockets, options.httpApp)
  const changes = new ChangeStream()
  const world = makeWorld(options, { identity, timings, delivery, changes })
  const server = makeServer({
    world,
    sockets,
    methods: methodTable(sockets),
    routes: [
      ...actEndpoints(world, (type, payload) => delivery.interact(world, type, payload)),
      ...lookEndpoints(world),
      ...officeEndpoints(world),
      ...switchEndpoints(world, sockets, () => reset(world, options)),
      ...pageRoutes(world, changes),
      {
        method: 'GET',
        path: '/archives/:channel/:message',
        serve: (visit) => redirectPermalink(visit, world),
      },
      fileRoute(world),
    ],
    openRoutes: [responseRoute(world), uploadRoute(world)],
  })
  await listen(server, options)
  world.url = `http://127.0.0.1:${portOf(server.address())}`
  const { teamId, botToken, appToken, signingSecret } = identity
  return {
    url: world.url,
    apiUrl: `${world.url}/api/`,
    teamId,
    botToken,
    appToken,
    signingSecret,
    deliverTo(url) {
      delivery.httpApp = url === undefined ? undefined : { url, signingSecret }
    },
    async stop() {
      delivery.stop()
      changes.close()
      forgetScheduled(world.state)
      sockets.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function makeWorld(
  options: WorkspaceOptions,
  parts: { identity: Identity; timings: Timings; delivery: Delivery; changes: ChangeStream },
): World {
  const { identity, timings, delivery, changes } = parts
  const app = installApp(options.manifest ?? DEFAULT_MANIFEST)
  const world: World = {
    app,
    identity,
    timings,
    triggers: new Triggers(timings.triggerMs),
    responseUrls: new ResponseUrls(timings.responseUrlMs),
    faults: new Faults(),
    rateLimits: new RateLimits(options.rateLimits ?? false),
    log: new CallLog(),
    state: new State(app, options.users),
    url: '',
    announce: (event) => void delivery.announce(world, event),
    changed: (change) => changes.tell(world.state, change),
  }
  return world
}

/** Back to the beginning: the same people, tokens and address, nothing said yet. */
function reset(world: World, options: WorkspaceOptions): void {
  forgetScheduled(world.state)
  world.state = new State(world.app, options.users)
  world.faults.clear()
  world.rateLimits.enabled = options.rateLimits ?? false
  world.rateLimits.refill()
  world.log.clear()
  for (const what of ['channels', 'messages', 'views', 'home'] as const) world.changed({ what })
}

function listen(server: Server, options: WorkspaceOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve)
  })
}

function makeIdentity(options: WorkspaceOptions): Identity {
  const teamName = options.pageTitle ?? 'Local workspace'
  return {
    teamName,
    teamId: derivedId('T', teamName),
    teamDomain: teamName.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    appId: derivedId('A', teamName),
    botId: derivedId('B', teamName),
    botToken: `xoxb-local-${secret(32)}`,
    appToken: `xapp-local-${secret(32)}`,
    signingSecret: options.httpApp?.signingSecret ?? secret(32),
    verificationToken: secret(24),
  }
}

function forgetScheduled(state: State): void {
  for (const { timer } of state.scheduled.values()) clearTimeout(timer)
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The workspace has no port.')
  return address.port
}
