import type { Office } from '../../support/product.ts'
import type { Answer } from '../../workspace/support/control.ts'

/** Nothing of Slack can be reached: calls are cut off, sockets too, and none can be opened. */
export async function takeSlackAway({ control }: Pick<Office, 'control'>): Promise<void> {
  await control('/control/faults', {
    faults: [
      { method: '*', kind: 'close', times: 'always' },
      { socket: 'refuse', error: 'service_unavailable', times: 'always' },
      { socket: 'drop' },
    ],
  })
}

export async function bringSlackBack({ workspace }: Pick<Office, 'workspace'>): Promise<void> {
  await fetch(new URL('/control/faults', workspace.url), { method: 'DELETE' })
}

/** What the app posted, as it was asked for. */
export interface Posted {
  readonly channel: string
  readonly key: string
  /** It hangs on another message, and nobody's screen lights up. */
  readonly isReply: boolean
  readonly text: string
  readonly at: number
}

/** Number of the last call, for {@link postedSince}. */
export async function callsUntilNow({ control }: Pick<Office, 'control'>): Promise<number> {
  const { calls } = (await control('/control/log')) as { readonly calls: readonly { readonly n: number }[] }
  return calls.at(-1)?.n ?? 0
}

/** Messages that the app posted since that call and that arrived. */
export async function postedSince(
  { control }: Pick<Office, 'control'>,
  after: number,
): Promise<readonly Posted[]> {
  const { calls } = (await control(`/control/log?method=chat.postMessage&after=${after}`)) as {
    readonly calls: readonly Answer[]
  }
  return calls
    .filter(({ answer }) => answer?.ok === true)
    .map(({ args, at }) => ({
      channel: args.channel,
      key: keyIn(args.metadata),
      isReply: args.thread_ts !== undefined,
      text: args.text,
      at,
    }))
}

function keyIn(metadata: unknown): string {
  const read = typeof metadata === 'string' ? (JSON.parse(metadata) as Answer) : (metadata as Answer)
  return read?.event_payload?.key ?? ''
}
