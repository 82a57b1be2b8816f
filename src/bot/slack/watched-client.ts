import { WebClient, type WebAPICallResult } from '@slack/web-api'
import { answerOf, type Answer } from '../projection/slack-answer.ts'

/** Told of every call, once it is over: its method, and what it came to. */
export type CallSeen = (method: string, outcome: Answer<never>['kind']) => void

/** A client that tells what became of each of its calls. */
export class WatchedClient extends WebClient {
  readonly #seen: CallSeen

  constructor(seen: CallSeen, ...options: ConstructorParameters<typeof WebClient>) {
    super(...options)
    this.#seen = seen
  }

  override async apiCall(...call: Parameters<WebClient['apiCall']>): Promise<WebAPICallResult> {
    const calling = super.apiCall(...call)
    void answerOf(calling).then(({ kind }) => this.#seen(call[0], kind))
    return calling
  }
}
