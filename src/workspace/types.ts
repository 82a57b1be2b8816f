import type { JsonObject } from './json.ts'

/** A person or bot as the caller of `startWorkspace` names them. */
export interface WorkspaceUser {
  name: string
  realName: string
  title?: string
  email?: string
  /** Six hexadecimal digits, without `#`. */
  avatarColour?: string
  /** IANA name; `Etc/UTC` when left out. */
  timeZone?: string
  isGuest?: boolean
  isBot?: boolean
  deleted?: boolean
  /** Handles of the user groups this person belongs to. */
  groups?: readonly string[]
}

export interface User {
  id: string
  name: string
  realName: string
  title: string
  email: string
  colour: string
  timeZone: string
  isGuest: boolean
  isBot: boolean
  deleted: boolean
  groups: readonly string[]
}

export interface UserGroup {
  id: string
  handle: string
  name: string
}

export interface Block extends JsonObject {
  readonly type: string
  readonly block_id: string
}

export interface Bookmark {
  id: string
  title: string
  link: string
  emoji: string
}

export interface Pin {
  ts: string
  by: string
  at: number
}

export interface ChannelText {
  value: string
  creator: string
  last_set: number
}

export interface Channel {
  id: string
  name: string
  kind: 'public' | 'private' | 'im'
  isArchived: boolean
  creator: string
  /** Seconds since 1970. */
  created: number
  topic: ChannelText
  purpose: ChannelText
  members: Set<string>
  previousNames: string[]
  bookmarks: Bookmark[]
  pins: Pin[]
}

export interface StoredFile {
  id: string
  name: string
  title: string
  length: number
  bytes: Buffer | undefined
  user: string
  created: number
}

export interface Reaction {
  name: string
  users: string[]
}

export interface Message {
  channel: string
  ts: string
  user: string
  fromApp: boolean
  subtype?: string
  text: string
  blocks: readonly Block[]
  threadTs?: string
  /** A reply that is also shown in the channel. */
  isBroadcast?: boolean
  metadata?: JsonObject
  edited?: { user: string; ts: string }
  files: readonly StoredFile[]
  reactions: Reaction[]
  /** Set on an ephemeral message: the only person who sees it. */
  onlyFor?: string
  /** What the message showed before each change, oldest first: a click may still be on its way from one of them. */
  earlier: (readonly Block[])[]
}

export interface ViewContent {
  type: 'modal' | 'home'
  blocks: readonly Block[]
  title?: JsonObject
  submit?: JsonObject
  close?: JsonObject
  callbackId: string
  privateMetadata: string
  externalId: string
  clearOnClose: boolean
  notifyOnClose: boolean
}

export interface View {
  id: string
  user: string
  content: ViewContent
  hash: string
  rootId: string
  previousId: string | null
  /** What was chosen or typed so far, by `block_id` and `action_id`. */
  entered: Map<string, JsonObject>
  /** Error texts under inputs, by `block_id`. */
  errors: Readonly<Record<string, string>>
}

export interface ScheduledMessage {
  id: string
  channel: string
  postAt: number
  created: number
  text: string
  args: JsonObject
  timer: NodeJS.Timeout
}

/** What an open page is told, so that it fetches again. */
export interface Change {
  what: 'messages' | 'channels' | 'views' | 'home'
  channel?: string
  /** Set when only this person can see the difference. */
  user?: string
}
