import type { Invitation } from '../domain/events.ts'
import type { Instant, PageState, TellStep, WebhookShape } from '../domain/plan.ts'
import type { CutoverState } from '../domain/state.ts'

/** What a notice is written for. A `report` is written as mail is. */
export type Medium = 'slack' | 'email' | 'webhook'

export interface RenderedNotice {
  readonly subject?: string
  readonly text: string
  readonly html?: string
}

/** A meeting as a mail invites to it, moves it or takes it back. */
export interface MeetingInvitation extends Invitation {
  /** The same for every change of one meeting. */
  readonly uid: string
  readonly title: string
  /** IANA name. */
  readonly zone: string
  readonly agenda: readonly string[]
}

/** One message to a receiver of webhooks; its address and token are known to `serve` under `name`. */
export interface WebhookCall {
  readonly name: string
  readonly shape: WebhookShape
  /** The same for the same message, however often it is sent. */
  readonly key: string
  readonly cutover: {
    readonly id: string
    readonly title: string
    readonly environment: string
    readonly live: boolean
  }
  readonly step: string
  readonly notice: RenderedNotice
  /** Of a status page: `id` of the event there; absent: there is none yet. */
  readonly page?: {
    readonly id?: string
    readonly state: PageState
    readonly start: Instant
    readonly end: Instant
  }
  /** Of a pager: what becomes of the alert under this key. */
  readonly alert?: { readonly key: string; readonly action: 'trigger' | 'acknowledge' | 'resolve' }
}

/** How a notice is made and how it leaves. All but `render` and `plain` throw {@link NoticeFailure}. */
export interface NoticeMeans {
  /** `audience`: whose webhook it is, which says the shape. */
  render(state: CutoverState, step: TellStep, medium: Medium, now: number, audience?: string): RenderedNotice
  /** A text that somebody wrote instead of the template's, as a medium takes it. */
  plain(state: CutoverState, text: string, medium: Medium): RenderedNotice
  /** Posts once under this key, however often it is called; looks for its own post before it posts again. */
  post(notice: {
    readonly cutover: string
    readonly key: string
    readonly channel: string
    readonly text: string
  }): Promise<void>
  mail(notice: {
    readonly key: string
    readonly to: readonly string[]
    readonly notice: RenderedNotice
    readonly meeting?: MeetingInvitation
  }): Promise<{ readonly rejected: readonly { readonly address: string; readonly reason: string }[] }>
  /** Gives the id of the event of a status page, where there is one. */
  call(message: WebhookCall): Promise<{ readonly id?: string }>
}

/** What could not be sent, in words for the channel. */
export class NoticeFailure extends Error {
  readonly hint: string
  /** Somebody may have received it all the same, so that sending it again by itself may mean two copies. */
  readonly mayHaveArrived: boolean

  constructor(message: string, hint: string, mayHaveArrived = false) {
    super(message)
    this.name = 'NoticeFailure'
    this.hint = hint
    this.mayHaveArrived = mayHaveArrived
  }
}
