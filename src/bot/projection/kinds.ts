import type { AnchoredEvent } from '../../app/anchor.ts'
import type { Instant, PersonId } from '../../domain/plan.ts'
import type { CutoverState } from '../../domain/state.ts'
import type { Content } from '../blocks.ts'
import type { Progress } from '../views/progress.ts'

/** Who goes first when Slack's allowance is short. */
export type Priority = 'decision' | 'card' | 'board' | 'progress'

export interface DesiredMessage {
  readonly kind: 'message'
  readonly key: string
  /** `own`, or another channel by its name (`#ops`). */
  readonly channel: string
  /** The key of the message that it hangs on; `start notice` is the first notice of this cutover in the channel. */
  readonly thread?: string
  readonly content: Content
  readonly priority: Priority
  /** Steps, gates or the cutover that it shows, so that a click on one of them is seen at once. */
  readonly about?: readonly string[]
  /** Never posted anew: it only changes what is there. */
  readonly onlyIfPosted?: true
  /** Stays as it is from now on. */
  readonly settled?: true
  /** What makes a change, where not every difference of the content does. */
  readonly basis?: string
}

export interface DesiredChannel {
  readonly kind: 'channel'
  readonly key: 'channel'
  readonly name: string
  readonly isPrivate: boolean
  readonly topic: string
  readonly purpose: string
  readonly members: readonly string[]
  readonly bookmarks: readonly { readonly title: string; readonly url: string }[]
}

export interface DesiredPin {
  readonly kind: 'pin'
  readonly key: string
  readonly message: string
}

export interface DesiredFile {
  readonly kind: 'file'
  readonly key: string
  readonly thread: string
  readonly name: string
  readonly title: string
  readonly attempt: string
}

export type Desired = DesiredChannel | DesiredMessage | DesiredPin | DesiredFile

/** What one outage of Slack kept from being seen. */
export interface Missed {
  readonly since: Instant
  readonly until: Instant
  /** Null: nothing that is worth a message. */
  readonly own: Content | null
  /** Channel by its name → what it hears at once instead of line by line. */
  readonly others: Readonly<Record<string, Content>>
}

export interface Look {
  readonly now: Instant
  readonly progress: Progress
  /** Keys of what has been posted before: what nothing stands behind any more is told so. */
  readonly posted: ReadonlySet<string>
  /** What was decided until now, with its place in the record. */
  readonly anchors: readonly AnchoredEvent[]
  /** People with a login of the command line, while that is still worth saying. */
  readonly loggedIn?: ReadonlySet<PersonId>
  /** Outages of Slack that are over, with what people missed in them: for the channel, and for each other one. */
  readonly missed?: readonly Missed[]
  /** The timeline, once there is an end to tell. */
  readonly timeline?: { readonly content: Content; readonly basis: string }
}

/** Key of the channel that was lost, where the present one takes its place. */
export const REPLACED = 'replaced'

/** A key that is found again after a lost answer: in the channel's purpose and in the metadata of messages. */
export const marker = (cutover: string): string => `cutover:${cutover}`

/** Messages of another scheduling have keys of their own, so that what is asked again is a new message. */
export function era(state: CutoverState): string {
  return state.scheduledAt === state.openedAt ? '' : `/${state.scheduledAt.toString(36)}`
}
