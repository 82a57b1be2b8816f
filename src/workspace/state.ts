import type { InstalledApp } from './app-manifest.ts'
import { derivedId, TimestampSource } from './ids.ts'
import { DEFAULT_USERS, makeBotUser, makeGroups, makeSlackbot, makeUser } from './people.ts'
import type {
  Channel,
  Message,
  ScheduledMessage,
  StoredFile,
  User,
  UserGroup,
  View,
  WorkspaceUser,
} from './types.ts'

const FIRST_CHANNELS = ['general', 'ops']

/** Everything the workspace remembers. It lives in memory and is gone when the workspace stops. */
export class State {
  readonly bot: User
  readonly users = new Map<string, User>()
  readonly groups = new Map<string, UserGroup>()
  readonly channels = new Map<string, Channel>()
  readonly messages = new Map<string, Message[]>()
  readonly deletedMessages: Message[] = []
  readonly ephemerals: Message[] = []
  /** The modals each person has open, the visible one last. */
  readonly modals = new Map<string, View[]>()
  readonly homes = new Map<string, View>()
  readonly files = new Map<string, StoredFile>()
  readonly scheduled = new Map<string, ScheduledMessage>()
  readonly clock = new TimestampSource()

  constructor(app: InstalledApp, people: readonly WorkspaceUser[] = DEFAULT_USERS) {
    this.bot = makeBotUser(app)
    for (const user of [...people.map(makeUser), this.bot, makeSlackbot()]) this.addUser(user)
    for (const group of makeGroups(this.users.values())) this.groups.set(group.id, group)
    const members = [...this.users.values()].filter((user) => !user.isGuest && !user.isBot && !user.deleted)
    const creator = members[0] ?? this.bot
    for (const name of FIRST_CHANNELS) {
      this.addChannel({ name, kind: 'public', creator: creator.id, members: members.map((user) => user.id) })
    }
  }

  addChannel(given: Pick<Channel, 'name' | 'kind' | 'creator'> & { members: Iterable<string> }): Channel {
    const nothing = { value: '', creator: '', last_set: 0 }
    const channel: Channel = {
      id: derivedId(given.kind === 'im' ? 'D' : 'C', `${this.messages.size} ${given.name}`),
      name: given.name,
      kind: given.kind,
      isArchived: false,
      creator: given.creator,
      created: Math.floor(Date.now() / 1000),
      topic: nothing,
      purpose: nothing,
      members: new Set(given.members),
      previousNames: [],
      bookmarks: [],
      pins: [],
    }
    this.channels.set(channel.id, channel)
    this.messages.set(channel.id, [])
    return channel
  }

  /** Its id is never used again. */
  removeChannel({ id }: Channel): void {
    this.channels.delete(id)
    this.messages.set(id, [])
  }

  /** The user of this id or name; a leading `@` does not matter. */
  findUser(idOrName: string): User | undefined {
    const name = idOrName.replace(/^@/, '')
    return this.users.get(name) ?? [...this.users.values()].find((user) => user.name === name)
  }

  /** The channel of this id or name; a leading `#` does not matter. */
  findChannel(idOrName: string): Channel | undefined {
    const name = idOrName.replace(/^#/, '')
    return (
      this.channels.get(name) ??
      [...this.channels.values()].find((channel) => channel.kind !== 'im' && channel.name === name)
    )
  }

  /** The direct conversation between the app and one person, opened when there is none yet. */
  directChannel(user: User): Channel {
    const found = [...this.channels.values()].find(
      (channel) => channel.kind === 'im' && channel.members.has(user.id),
    )
    return (
      found ??
      this.addChannel({
        name: `direct-${user.name}`,
        kind: 'im',
        creator: this.bot.id,
        members: [user.id, this.bot.id],
      })
    )
  }

  messagesIn(channel: string): Message[] {
    return this.messages.get(channel) ?? []
  }

  findMessage(channel: string, ts: string): Message | undefined {
    return this.messagesIn(channel).find((message) => message.ts === ts)
  }

  /** The replies of a thread, oldest first, without its first message. */
  repliesTo(channel: string, threadTs: string): Message[] {
    return this.messagesIn(channel).filter(
      (message) => message.threadTs === threadTs && message.ts !== threadTs,
    )
  }

  /** Whether this person could open the channel in the client. */
  canSee(user: User, channel: Channel): boolean {
    return channel.members.has(user.id) || (channel.kind === 'public' && !user.isGuest)
  }

  openModals(user: string): View[] {
    return this.modals.get(user) ?? []
  }

  findView(match: (view: View) => boolean): View | undefined {
    return [...this.modals.values()].flat().find(match) ?? [...this.homes.values()].find(match)
  }

  private addUser(user: User): void {
    if (this.findUser(user.name) !== undefined) {
      throw new Error(`Two users of the workspace are called "${user.name}". Names must be unique.`)
    }
    this.users.set(user.id, user)
  }
}
