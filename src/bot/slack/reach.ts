import type { WebClient } from '@slack/web-api'
import type { SlackTroubleNow } from '../../app/tell-of-slack.ts'
import type { SlackTrouble } from '../../domain/events.ts'
import { answerOf } from '../projection/slack-answer.ts'

/** Whether people and Slack reach each other through us, by asking now and then. */
export interface Reach {
  /** Asks once. Never throws. */
  readonly look: () => Promise<void>
  /** Undefined while they do, and for the first moments in which they do not. */
  readonly trouble: () => SlackTroubleNow | undefined
}

export interface Patience {
  /** How long each kind of trouble lasts before it counts, milliseconds: a socket may close, a call may be lost. */
  readonly refused: number
  readonly silent: number
  readonly deaf: number
  /** What was trouble is over after so many good looks. */
  readonly goodLooks: number
}

const PATIENCE: Patience = { refused: 4_000, silent: 20_000, deaf: 30_000, goodLooks: 2 }

export function makeReach(deps: {
  readonly client: WebClient
  /** Whether what people press can arrive. */
  readonly connected: () => boolean
  readonly patience: Patience | undefined
}): Reach {
  const { client, connected, patience = PATIENCE } = deps
  const clock = (): number => performance.now()
  let since: number | undefined
  let last: { readonly how: SlackTrouble; readonly why: string } | undefined
  let isTold = false
  let good = 0

  function bad(found: NonNullable<typeof last>): void {
    since ??= clock()
    last = found
    good = 0
    isTold ||= clock() - since >= patience[found.how]
  }

  function fine(): void {
    good += 1
    if (isTold && good < patience.goodLooks) return
    since = undefined
    last = undefined
    isTold = false
  }

  return {
    async look() {
      const found = await troubleWith(client, connected)
      if (found === undefined) fine()
      else bad(found)
    },
    trouble: () =>
      since === undefined || last === undefined || !isTold ? undefined : { ...last, forMs: clock() - since },
  }
}

async function troubleWith(
  client: WebClient,
  connected: () => boolean,
): Promise<{ readonly how: SlackTrouble; readonly why: string } | undefined> {
  const answer = await answerOf(client.auth.test())
  switch (answer.kind) {
    case 'done':
      return connected()
        ? undefined
        : { how: 'deaf', why: 'Slack lets us open no socket, so no click and no command arrives' }
    case 'wait':
      return undefined
    case 'lost':
      return { how: 'silent', why: 'Slack does not answer' }
    case 'away':
      return answer.error === 'service_unavailable'
        ? { how: 'silent', why: 'Slack says that it is not available' }
        : { how: 'refused', why: `Slack does not take our token (${answer.error})` }
    case 'refused':
      return { how: 'refused', why: `Slack refuses us (${answer.error})` }
  }
}
