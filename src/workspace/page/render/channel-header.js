// Over the messages: what this channel is, and what was put there to be at hand.
import { h } from '../dom.js'
import { dateOf, clockTime } from './dates.js'
import { icon } from './icons.js'
import { mrkdwn } from './mrkdwn.js'
import { safeUrl } from './mrkdwn-parse.js'

/**
 * @typedef {import('../api.js').Channel} Channel
 * @typedef {import('../store.js').Context} Context
 * @param {{ channel: Channel, messages: import('../api.js').Message[], context: Context, goTo: (ts: string) => void }} props
 */
export function channelHeader({ channel, messages, context, goTo }) {
  return h(
    'header',
    { class: 'channel-header' },
    h(
      'div',
      { class: 'channel-title' },
      h('h1', null, icon(channel.isPrivate ? 'lock' : 'hash'), h('span', null, channel.name)),
      channel.isArchived && h('span', { class: 'badge' }, 'ARCHIVED'),
      channel.topic && h('p', { class: 'topic', title: channel.topic }, mrkdwn(channel.topic, context)),
      h('span', { class: 'spacer' }),
      channel.pins.length > 0 &&
        headerButton(
          'pin',
          channel.pins.length,
          channel.pins.length === 1 ? 'pinned message' : 'pinned messages',
          pins(),
        ),
      headerButton(
        'people',
        channel.members.length,
        channel.members.length === 1 ? 'member' : 'members',
        members(),
      ),
    ),
    channel.bookmarks.length > 0 &&
      h('ul', { class: 'bookmarks', 'aria-label': 'Bookmarks' }, channel.bookmarks.map(bookmark)),
  )

  /** @param {string} name @param {number} count @param {string} label @param {import('../store.js').Menu} menu */
  function headerButton(name, count, label, menu) {
    return h(
      'button',
      {
        type: 'button',
        key: name,
        class: 'header-button',
        'aria-label': `${count} ${label}`,
        title: `${count} ${label}`,
        'aria-haspopup': menu.kind === 'list' ? 'dialog' : 'menu',
        onclick: (/** @type {Event} */ event) => context.openMenu(event, menu),
      },
      icon(name),
      count,
    )
  }

  /** @returns {import('../store.js').Menu} */
  function pins() {
    const items = channel.pins.map((ts) => {
      const message = messages.find((known) => known.ts === ts)
      const by = message && context.users.get(message.user)?.realName
      return {
        label: message?.text.slice(0, 90) || 'A message',
        description: `${by ?? 'Somebody'}, ${clockTime(dateOf(ts))}`,
        choose: () => goTo(ts),
      }
    })
    return { label: 'Pinned messages', heading: 'Pinned', items }
  }

  /** @returns {import('../store.js').Menu} */
  function members() {
    const items = channel.members.map((id) => {
      const user = context.users.get(id)
      const title = [user && `@${user.name}`, user?.title].filter(Boolean).join(' · ')
      return { label: user?.realName ?? id, description: title }
    })
    return { label: 'Members', heading: `Members of #${channel.name}`, items, kind: 'list' }
  }
}

/** @param {{ title: string, link: string }} given */
function bookmark({ title, link }) {
  const url = safeUrl(link)
  const label = [icon('link'), title]
  return h(
    'li',
    { key: link },
    url ? h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, label) : h('span', null, label),
  )
}
