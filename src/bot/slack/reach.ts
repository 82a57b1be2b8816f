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
  /** What was found last, and since when it is of that sort. */
  let found: Found | undefined
  /** What counts: found for long enough. */
  let told: Found | undefined
  let good = 0

  function bad({ how, why }: Pick<Found, 'how' | 'why'>): void {
    good = 0
    found = { how, why, since: found !== undefined && isSameSort(found.how, how) ? found.since : clock() }
    const lasted = clock() - found.since
    if (told !== undefined && isSameSort(told.how, how)) told = { how, why, since: told.since }
    else if (lasted >= patience[how]) told = found
  }

  function fine(): void {
    good += 1
    found = undefined
    if (good >= patience.goodLooks) told = undefined
  }

  return {
    async look() {
      const trouble = await troubleWith(client, connected)
      if (trouble === undefined) fine()
      else bad(trouble)
    },
    trouble: () =>
      told === undefined ? undefined : { how: told.how, why: told.why, forMs: clock() - told.since },
  }
}

interface Found {
  readonly how: SlackTrouble
  readonly why: string
  readonly since: number
}

/** What cannot be shown anything, or what can. When Slack comes back it is deaf for as long as a socket takes to open. */
const isSameSort = (one: SlackTrouble, other: SlackTrouble): boolean =>
  (one === 'deaf') === (other === 'deaf')

async function troubleWith(
  client: WebClient,
  connected: () => boolean,
): Promise<Pick<Found, 'how' | 'why'> | undefined> {
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
