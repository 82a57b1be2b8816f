// The sidebar: channels, the archived ones, and the apps.
import { h } from '../dom.js'
import { hrefTo } from '../route.js'
import { avatar } from './avatar.js'
import { icon } from './icons.js'

/** The installed apps; the workspace's own voice is none. @param {import('../store.js').Context} context */
export const appsOf = (context) =>
  [...context.users.values()].filter((user) => user.isBot && user.id !== 'USLACKBOT')

/**
 * @typedef {import('../api.js').Channel} Channel
 * @param {{ store: import('../store.js').Store, context: import('../store.js').Context, close: () => void }} props
 */
export function sidebar({ store, context, close }) {
  const channels = context.channels.filter((channel) => !channel.isDirect)
  const open = channels.filter((channel) => !channel.isArchived)
  const archived = channels.filter((channel) => channel.isArchived)
  const apps = appsOf(context)
  return h(
    'nav',
    { class: 'sidebar', 'aria-label': 'Channels and apps', onclick: closeOnChoice },
    group('Channels', open.map(channelLink)),
    apps.length > 0 && group('Apps', apps.map(homeLink)),
    archived.length > 0 && group('Archived', archived.map(channelLink)),
  )

  /** @param {string} title @param {import('../dom.js').Child[]} items */
  function group(title, items) {
    const id = `group-${title.toLowerCase()}`
    return h('section', { key: title, 'aria-labelledby': id }, h('h2', { id }, title), h('ul', null, items))
  }

  /** @param {Channel} channel */
  function channelLink(channel) {
    const current = store.channel?.id === channel.id
    const { count, mentions } = store.unreadIn(channel.id)
    const isUnread = count > 0 && !current && !channel.isArchived
    const classes = [isUnread && 'unread', channel.isArchived && 'archived'].filter(Boolean).join(' ')
    return h(
      'li',
      { key: channel.id },
      h(
        'a',
        {
          class: classes || undefined,
          href: context.hrefTo(channel),
          'aria-current': current && 'page',
          'data-channel': channel.name,
        },
        icon(channel.isArchived ? 'archive' : channel.isPrivate ? 'lock' : 'hash'),
        h('span', { class: 'label' }, channel.name),
        channel.isPrivate && h('span', { class: 'hidden' }, ', private'),
        isUnread && h('span', { class: 'hidden' }, ', unread'),
        isUnread &&
          mentions > 0 &&
          h('span', { class: 'count', 'aria-label': `${mentions} for you` }, mentions),
      ),
    )
  }

  /** @param {import('../api.js').User} user */
  function homeLink(user) {
    const direct = context.channels.find((channel) => channel.isDirect && channel.members.includes(user.id))
    const current = store.route.home || (direct && store.channel?.id === direct.id)
    const unread = direct && !current ? store.unreadIn(direct.id).count : 0
    return h(
      'li',
      { key: user.id },
      h(
        'a',
        {
          class: unread > 0 ? 'unread' : undefined,
          href: unread > 0 && direct ? context.hrefTo(direct) : hrefTo({ user: context.me.name, home: true }),
          'aria-current': current && 'page',
          'data-home': user.name,
        },
        avatar(user, 'small'),
        h('span', { class: 'label' }, user.realName),
        unread > 0 && h('span', { class: 'count', 'aria-label': `${unread} new` }, unread),
      ),
    )
  }

  /** @param {any} event */
  function closeOnChoice(event) {
    if (event.target.closest('a')) close()
  }
}
