import type { WebClient } from '@slack/web-api'
import type { Logger, Presence } from '../../app/ports.ts'

export interface OwnTeam {
  /** Whether what names this workspace is ours. False also while nobody knows which one is ours. */
  isOurs(team: string): Promise<boolean>
  /** Slack answers for our token, and it is one of our workspace: things may be shown there. Never throws. */
  isReady(): Promise<boolean>
}

const ASK_AGAIN_MS = 3_000

/** One workspace per installation: the one of the first token that Slack answered for stays. */
export function makeOwnTeam(deps: {
  readonly client: WebClient
  readonly presence: Presence
  readonly logger: Logger
}): OwnTeam {
  const { client, presence, logger } = deps
  let ofToken: string | undefined
  let pinned: string | undefined
  let askedAt = Number.NEGATIVE_INFINITY

  async function learn(): Promise<void> {
    ofToken ??= (await client.auth.test()).team_id
    if (ofToken === undefined) return
    pinned = (await presence.slackTeam(ofToken)) ?? undefined
    if (pinned !== ofToken) {
      logger.error(
        { pinned, ofToken },
        'this token belongs to another Slack workspace than this installation; nothing is accepted or shown',
      )
    }
  }

  return {
    async isOurs(team) {
      pinned ??= (await presence.slackTeam()) ?? undefined
      if (pinned === undefined) await learn()
      return pinned === team
    },
    async isReady() {
      if (ofToken === undefined && performance.now() - askedAt >= ASK_AGAIN_MS) {
        askedAt = performance.now()
        await learn().catch((error: unknown) =>
          logger.warn({ reason: String(error) }, 'Slack does not say which workspace our token belongs to'),
        )
      }
      return ofToken !== undefined && ofToken === pinned
    },
  }
}
