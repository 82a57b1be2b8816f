// The home page of the app, and the tabs between it and the conversation with the app.
import { h } from '../dom.js'
import { addressOf, hrefTo } from '../route.js'
import { avatar } from './avatar.js'
import { blockNodes } from './blocks.js'
import { appsOf } from './sidebar.js'

/**
 * @typedef {import('../store.js').Store} Store
 * @typedef {import('../store.js').Context} Context
 */

/** @param {Store} store @param {Context} context @param {(key: string, place: import('../surface.js').Place) => import('../surface.js').Surface} surface */
export function homePane(store, context, surface) {
  const app = appsOf(context)[0]
  const { home } = store
  return h(
    'main',
    { class: 'pane', key: 'home' },
    appHeader(store, context),
    h(
      'div',
      { class: 'home', tabindex: '0', role: 'region', 'aria-label': 'Home' },
      home && home.blocks.length > 0
        ? h(
            'div',
            { class: 'blocks' },
            blockNodes(home.blocks, { context, surface: surface(`home ${home.id}`, { viewId: home.id }) }),
          )
        : h('p', { class: 'empty' }, `${app?.realName ?? 'The app'} shows nothing here yet.`),
    ),
  )
}

/** @param {Store} store @param {Context} context */
export function appHeader(store, context) {
  const app = appsOf(context)[0]
  const direct = context.channels.find(
    (channel) => channel.isDirect && app && channel.members.includes(app.id),
  )
  const user = context.me.name
  return h(
    'header',
    { class: 'channel-header' },
    h(
      'div',
      { class: 'channel-title' },
      h('h1', null, avatar(app, 'small'), h('span', null, app?.realName ?? 'App')),
      h(
        'nav',
        { class: 'tabs', 'aria-label': 'Parts of the app' },
        tab('Home', hrefTo({ user, home: true }), store.route.home === true),
        direct &&
          tab('Messages', hrefTo({ user, channel: addressOf(direct) }), store.channel?.id === direct.id),
      ),
    ),
  )
}

/** @param {string} label @param {string} href @param {boolean} current */
const tab = (label, href, current) => h('a', { href, 'aria-current': current && 'page' }, label)
