// Everything the page knows, and how it is fetched again. Whoever changes something calls `changed`, which draws.
import { Refused, fetchMessages, fetchState, fetchViews } from './api.js'
import { ReadMarks } from './read-marks.js'
import { addressOf, hrefTo } from './route.js'
import { sameOrNew, shareMessages } from './sharing.js'

/**
 * @typedef {import('./api.js').User} User
 * @typedef {import('./api.js').Channel} Channel
 * @typedef {import('./api.js').Message} Message
 * @typedef {import('./api.js').View} View
 * @typedef {import('./route.js').Route} Route
 *
 * @typedef {{ label: string, description?: string, href?: string, selected?: boolean, choose?: () => void }} MenuItem
 * @typedef {{ label: string, heading?: string, items: MenuItem[], kind?: 'menu' | 'list' }} Menu
 * @typedef {{ title?: any, text?: any, confirm?: any, deny?: any, style?: string }} Confirm
 *
 * What every rendering of a message or view may use. A new one is made when anything in it changes.
 * @typedef {object} Context
 * @property {User} me
 * @property {Map<string, User>} users
 * @property {Map<string, string>} groups the handles of user groups, by id
 * @property {Channel[]} channels
 * @property {Date} now to the minute
 * @property {(channel: Channel) => string} hrefTo
 * @property {(event: Event, menu: Menu) => void} openMenu
 */

export class Store {
  /** @type {Route} */
  route = {}
  /** @type {import('./api.js').WorkspaceState | null} */
  workspace = null
  /** @type {Context | null} */
  context = null
  /** @type {Map<string, import('./api.js').ChannelMessages>} */
  messages = new Map()
  /** @type {View[]} */
  views = []
  /** @type {View | null} */
  home = null
  /** What stands in the composers, by channel and thread. @type {Map<string, import('./render/composer.js').Draft>} */
  drafts = new Map()
  /** @type {(Menu & { box: DOMRect, opener: HTMLElement }) | null} */
  menu = null
  /** @type {{ question: Confirm, answer: (yes: boolean) => void } | null} */
  confirm = null
  /** A warning that goes away by itself. */
  notice = ''
  /** Why nothing can be shown at all. */
  trouble = ''
  /** The message the address asks for, until it was reached. */
  goal = ''
  online = true
  drawerOpen = false
  /** The read mark of the open channel when it was opened: where "New" stands. @type {string | null} */
  newSince = null

  #epoch = 0
  /** @type {Map<string, { again: boolean, done: Promise<void> }>} */
  #running = new Map()

  /** @param {() => void} changed draw what changed, soon @param {(event: Event, menu: Menu) => void} openMenu */
  constructor(changed, openMenu) {
    this.changed = changed
    this.openMenu = openMenu
    this.marks = new ReadMarks()
  }

  /** The open channel, if this person can see it. @returns {Channel | undefined} */
  get channel() {
    if (this.route.home || this.route.channel === undefined) return undefined
    return this.channels.find((channel) =>
      [addressOf(channel), channel.id].includes(this.route.channel ?? ''),
    )
  }

  /** What this person can see. @returns {Channel[]} */
  get channels() {
    return this.context?.channels ?? []
  }

  /** How much in a channel is new to this person. @param {string} channel */
  unreadIn(channel) {
    const messages = this.messages.get(channel)?.messages ?? []
    return this.marks.unread(channel, messages, this.context?.me.id ?? '')
  }

  /** Forget everything of the person before and fetch as another. @param {string | undefined} user */
  async become(user) {
    this.#epoch += 1
    this.#running.clear()
    this.messages = new Map()
    this.views = []
    this.home = null
    this.menu = null
    this.confirm?.answer(false)
    this.workspace = null
    await this.#fetchWorkspace(user)
    if (this.workspace) await this.refreshAll()
  }

  async refreshAll() {
    await Promise.all([this.refreshWorkspace(), this.refreshViews()])
    await Promise.all(this.channels.map((channel) => this.refreshMessages(channel.id)))
  }

  async refreshWorkspace() {
    const before = new Set(this.channels.map((channel) => channel.id))
    await this.#once('workspace', () => this.#fetchWorkspace(this.workspace?.me.name))
    const added = this.channels.filter((channel) => !before.has(channel.id))
    await Promise.all(added.map((channel) => this.refreshMessages(channel.id)))
  }

  /** @param {string} channel */
  refreshMessages(channel) {
    return this.#once(`messages ${channel}`, async () => {
      const me = this.workspace?.me.name
      if (!me) return
      const fetched = await this.#fetch(() => fetchMessages(me, channel))
      if (!fetched) return
      this.messages.set(channel, shareMessages(this.messages.get(channel), fetched))
    })
  }

  refreshViews() {
    return this.#once('views', async () => {
      const me = this.workspace?.me.name
      if (!me) return
      const fetched = await this.#fetch(() => fetchViews(me))
      if (!fetched) return
      this.views = fetched.views.map((view) =>
        sameOrNew(
          this.views.find((known) => known.id === view.id),
          view,
        ),
      )
      this.home = fetched.home && sameOrNew(this.home ?? undefined, fetched.home)
    })
  }

  /** Read again what the server says has changed. @param {{ what: string, channel?: string }} change @returns {Promise<void>} */
  refresh({ what, channel }) {
    if (what === 'views' || what === 'home') return this.refreshViews()
    if (what !== 'messages') return this.refreshWorkspace()
    if (!channel) return this.refreshAll()
    // The first message of a conversation with the app may be the first one hears of it.
    const isKnown = this.channels.some((known) => known.id === channel)
    return isKnown ? this.refreshMessages(channel) : this.refreshWorkspace()
  }

  /** Let times such as "Today" and "5 minutes ago" move on. */
  tick() {
    if (this.workspace) this.context = this.#makeContext(this.workspace)
    this.changed()
  }

  /** @param {string | undefined} user */
  async #fetchWorkspace(user) {
    const fetched = await this.#fetch(() => fetchState(user))
    if (!fetched) return
    const workspace = sameOrNew(this.workspace ?? undefined, fetched)
    if (workspace === this.workspace) return
    this.workspace = workspace
    this.marks.of(workspace.me.id)
    this.context = this.#makeContext(workspace)
    this.trouble = ''
  }

  /** @param {import('./api.js').WorkspaceState} workspace @returns {Context} */
  #makeContext(workspace) {
    const { me, users, groups, channels } = workspace
    return {
      me,
      users: new Map(users.map((user) => [user.id, user])),
      groups: new Map(groups.map((group) => [group.id, group.handle])),
      channels: channels.filter((channel) => !channel.isPrivate || channel.members.includes(me.id)),
      now: new Date(),
      hrefTo: (channel) => hrefTo({ user: me.name, channel: addressOf(channel) }),
      openMenu: this.openMenu,
    }
  }

  /**
   * The answer, or nothing when somebody else is shown by now or the server does not answer.
   * @template T @param {() => Promise<T>} request @returns {Promise<T | undefined>}
   */
  async #fetch(request) {
    const epoch = this.#epoch
    try {
      const fetched = await request()
      return epoch === this.#epoch ? fetched : undefined
    } catch (error) {
      if (epoch !== this.#epoch) return undefined
      if (!(error instanceof Refused)) this.online = false
      else if (this.workspace === null) {
        this.context = null
        this.trouble = 'There is nobody of this name here.'
      }
      return undefined
    }
  }

  /** Run one of a kind at a time; whoever asks meanwhile gets one more run. @param {string} key @param {() => Promise<void>} work */
  #once(key, work) {
    const running = this.#running.get(key)
    if (running) {
      running.again = true
      return running.done
    }
    const entry = { again: false, done: Promise.resolve() }
    this.#running.set(key, entry)
    entry.done = (async () => {
      do {
        entry.again = false
        await work()
        this.changed()
      } while (entry.again)
      if (this.#running.get(key) === entry) this.#running.delete(key)
    })()
    return entry.done
  }
}
