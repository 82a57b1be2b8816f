// The whole page as a description of its parts.
import { h } from '../dom.js'
import { avatar } from './avatar.js'
import { channelHeader } from './channel-header.js'
import { EMPTY_DRAFT, composer } from './composer.js'
import { appHeader, homePane } from './home.js'
import { icon } from './icons.js'
import { messageList } from './message-list.js'
import { mrkdwn } from './mrkdwn.js'
import { sidebar } from './sidebar.js'

/**
 * @typedef {import('../store.js').Store} Store
 * @typedef {import('../store.js').Context} Context
 * @typedef {import('../api.js').Channel} Channel
 * @typedef {import('../api.js').Message} Message
 * @typedef {import('../dom.js').Child} Child
 *
 * What the page can be asked to do.
 * @typedef {object} Handlers
 * @property {(channel: Channel, thread: string | undefined, text: string) => void} send
 * @property {(id: string, change: Partial<import('./composer.js').Draft>) => void} changeDraft
 * @property {(ts: string) => void} openThread
 * @property {() => void} closeThread
 * @property {(event: Event, message: Message) => void} openActions
 * @property {(event: Event) => void} chooseUser
 * @property {(open: boolean) => void} openDrawer
 * @property {(ts: string) => void} goTo
 * @property {(channel: Channel) => void} reachedEnd
 * @property {(channel: Channel) => void} join
 * @property {(key: string, place: import('../surface.js').Place) => import('../surface.js').Surface} surface
 * @property {ReturnType<typeof import('../dom.js').memory>} remember
 */

/** @param {Store} store @param {Handlers} handlers @returns {Child[]} */
export function app(store, handlers) {
  const { context } = store
  if (!context) return [h('p', { class: 'empty' }, store.trouble || 'Opening the workspace…')]
  const { channel } = store
  const thread = channel && store.route.thread
  return [
    topBar(store, context, handlers),
    !store.online &&
      h('p', { class: 'offline', role: 'status' }, 'No connection to the workspace. Trying again…'),
    h(
      'div',
      {
        class: ['panes', store.drawerOpen && 'drawer-open', thread && 'thread-open']
          .filter(Boolean)
          .join(' '),
      },
      sidebar({ store, context, close: () => handlers.openDrawer(false) }),
      h('button', {
        type: 'button',
        class: 'drawer-shade',
        'aria-label': 'Close the list of channels',
        onclick: () => handlers.openDrawer(false),
      }),
      store.route.home
        ? homePane(store, context, handlers.surface)
        : channelPane(store, context, handlers, channel),
      channel && thread && threadPane({ store, context, handlers, channel, thread }),
    ),
  ]
}

/** @param {Store} store @param {Context} context @param {Handlers} handlers */
function topBar(store, context, handlers) {
  const { me } = context
  return h(
    'header',
    { class: 'top-bar' },
    h(
      'button',
      {
        type: 'button',
        class: 'drawer-button',
        'aria-label': 'Channels',
        'aria-expanded': String(store.drawerOpen),
        onclick: () => handlers.openDrawer(!store.drawerOpen),
      },
      icon('menu'),
    ),
    h('span', { class: 'team' }, store.workspace?.team.name),
    h('span', { class: 'spacer' }),
    h(
      'button',
      {
        type: 'button',
        class: 'act-as',
        'aria-haspopup': 'menu',
        'aria-label': `Acting as ${me.realName}. Choose whom to act as`,
        onclick: handlers.chooseUser,
      },
      h('span', { class: 'act-as-label' }, 'Acting as'),
      avatar(me, 'small'),
      h('span', { class: 'act-as-name' }, me.realName),
      icon('chevron'),
    ),
  )
}

/** @param {Store} store @param {Context} context @param {Handlers} handlers @param {Channel | undefined} channel */
function channelPane(store, context, handlers, channel) {
  if (!channel) return h('main', { class: 'pane', key: 'none' }, nothingHere(store))
  const { messages, replies } = store.messages.get(channel.id) ?? { messages: [], replies: {} }
  return h(
    'main',
    { class: 'pane', key: `channel ${channel.id}` },
    channel.isDirect
      ? appHeader(store, context)
      : channelHeader({ channel, messages, context, goTo: handlers.goTo }),
    store.messages.has(channel.id) &&
      messageList({
        id: `${context.me.id} ${channel.id}`,
        label: `Messages in #${channel.name}`,
        messages,
        replies,
        context,
        inThread: false,
        pins: channel.pins,
        newSince: store.newSince,
        unread: store.unreadIn(channel.id).count,
        start: channelStart(channel, context),
        surfaceOf: (ts) => handlers.surface(`${channel.id} ${ts}`, { channel: channel.id, ts }),
        remember: handlers.remember,
        openThread: handlers.openThread,
        openActions: handlers.openActions,
        reachedEnd: () => handlers.reachedEnd(channel),
      }),
    foot({ store, context, handlers, channel }),
  )
}

/** @param {{ store: Store, context: Context, handlers: Handlers, channel: Channel }} props */
function foot({ store, context, handlers, channel }) {
  if (channel.isArchived) {
    return h(
      'p',
      { class: 'composer-closed', key: 'closed' },
      icon('archive'),
      'This channel is archived. It can be read, and nothing can be posted.',
    )
  }
  if (channel.members.includes(context.me.id))
    return writeBox({ store, context, handlers, channel, thread: undefined })
  return h(
    'p',
    { class: 'composer-closed', key: 'join' },
    `You are not in #${channel.name}.`,
    h('button', { type: 'button', class: 'button primary', onclick: () => handlers.join(channel) }, 'Join'),
  )
}

/** @param {{ store: Store, context: Context, handlers: Handlers, channel: Channel, thread: string | undefined }} props */
function writeBox({ store, context, handlers, channel, thread }) {
  const id = `${context.me.id} ${channel.id} ${thread ?? ''}`
  return composer({
    id: id.replaceAll(/[\s.]/g, '-'),
    label: thread ? 'Reply…' : `Message ${channel.isDirect ? '' : '#'}${channel.name}`,
    inThread: thread !== undefined,
    draft: store.drafts.get(id) ?? EMPTY_DRAFT,
    commands: store.workspace?.commands ?? [],
    context,
    change: (change) => handlers.changeDraft(id, change),
    send: (text) => handlers.send(channel, thread, text),
  })
}

/** @param {Channel} channel @param {Context} context */
function channelStart(channel, context) {
  return h(
    'div',
    { class: 'channel-start', key: 'start' },
    h('p', { class: 'channel-start-name' }, icon(channel.isPrivate ? 'lock' : 'hash'), channel.name),
    h(
      'p',
      null,
      channel.purpose ? mrkdwn(channel.purpose, context) : `This is where #${channel.name} begins.`,
    ),
  )
}

/** @param {{ store: Store, context: Context, handlers: Handlers, channel: Channel, thread: string }} props */
function threadPane({ store, context, handlers, channel, thread }) {
  const { messages, replies } = store.messages.get(channel.id) ?? { messages: [], replies: {} }
  const parent = messages.filter((message) => message.ts === thread)
  const answers = replies[thread] ?? []
  return h(
    'aside',
    {
      class: 'thread',
      key: `thread ${channel.id} ${thread}`,
      'aria-label': 'Thread',
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) handlers.closeThread()
      },
    },
    h(
      'header',
      { class: 'thread-header' },
      h('h2', null, 'Thread', h('span', null, `#${channel.name}`)),
      h(
        'button',
        { type: 'button', class: 'plain', 'aria-label': 'Close the thread', onclick: handlers.closeThread },
        icon('close'),
      ),
    ),
    messageList({
      id: `${context.me.id} ${channel.id} ${thread}`,
      label: 'Messages in this thread',
      messages: [...parent, ...answers],
      replies: {},
      context,
      inThread: true,
      pins: [],
      newSince: null,
      unread: 0,
      surfaceOf: (ts) => handlers.surface(`${channel.id} ${ts}`, { channel: channel.id, ts }),
      remember: handlers.remember,
      openThread: handlers.openThread,
      openActions: handlers.openActions,
      reachedEnd: () => undefined,
    }),
    !channel.isArchived && writeBox({ store, context, handlers, channel, thread }),
  )
}

/** @param {Store} store */
function nothingHere(store) {
  const name = store.route.channel
  const text = name
    ? `You cannot see a channel #${name}. It opens here as soon as you are in it.`
    : 'There is no channel yet.'
  return h('p', { class: 'empty' }, text)
}
