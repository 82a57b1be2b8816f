// Starts the page and ties it together: the address, the stream of changes, and drawing.
import { act } from './api.js'
import { click } from './actions.js'
import { Announcer } from './announcer.js'
import { memory, patch } from './dom.js'
import { makeDrawing } from './drawing.js'
import { holdFocus } from './focus.js'
import { makeHandlers, rowOf } from './handlers.js'
import { listen } from './live.js'
import { Overlays } from './overlays.js'
import { app } from './render/app.js'
import { holdScroll, seesEnd } from './render/scroll.js'
import { addressOf, hrefTo, readRoute } from './route.js'
import { Store } from './store.js'
import { Surface } from './surface.js'

const MINUTE_MS = 60_000
const RETRY_MS = 2000
const LAST_USER = 'workspace last acted as'

const root = byId('app')
const layers = byId('layers')
const announcer = new Announcer(byId('announcer'))
const draw = makeDrawing(drawNow)
const overlays = new Overlays(change)
const store = new Store(draw, overlays.openMenu)
/** @type {Map<string, Surface>} */
const surfaces = new Map()
/** @type {import('./render/app.js').Handlers} */
const handlers = {
  ...makeHandlers(store, overlays, { go, change }),
  surface,
  remember: memory(),
  reachedEnd: markRead,
}
/** @type {import('./dom.js').VNode[]} */
let drawnApp = []
/** @type {import('./dom.js').VNode[]} */
let drawnLayers = []
let stopListening = () => {}
/** A thread was opened to write in; not where that would call up a keyboard over it. */
let focusWriting = false

addEventListener('hashchange', () => void follow())
addEventListener('visibilitychange', draw)
addEventListener('click', followPermalink)
setInterval(() => store.tick(), MINUTE_MS)
void follow()

/** Show what the address says. */
async function follow() {
  const before = store.route
  store.menu = null
  store.route = readRoute(location.hash)
  const user = store.route.user ?? store.context?.me.name ?? localStorage.getItem(LAST_USER) ?? undefined
  if (!store.context || user !== store.context.me.name) await become(user)
  if (!store.context && !store.route.user && localStorage.getItem(LAST_USER)) {
    localStorage.removeItem(LAST_USER)
    await become(undefined)
  }
  if (!store.context) return tryAgain()
  if (!store.route.channel && !store.route.home) return goToFirst()
  if (store.route.channel !== before.channel || store.route.user !== before.user) placeNewLine()
  if (store.route.home && !before.home) void openHome(store.context.me.name)
  store.goal = store.route.message ?? ''
  if (store.route.thread !== before.thread) focusWriting = matchMedia('(hover: hover)').matches
  draw()
}

function tryAgain() {
  draw()
  if (!store.online) setTimeout(() => void follow(), RETRY_MS)
}

/** @param {string | undefined} user */
async function become(user) {
  stopListening()
  surfaces.clear()
  announcer.forget()
  await store.become(user)
  const name = store.context?.me.name
  if (!name) return
  localStorage.setItem(LAST_USER, name)
  stopListening = listen(name, {
    connected: () => {
      change({ online: true })
      void store.refreshAll()
    },
    lost: () => change({ online: false }),
    changed: (what) => void store.refresh(what),
  })
}

/** The app hears that its home is looked at, and may change it. @param {string} user */
async function openHome(user) {
  await act('home', { user })
  await store.refreshViews()
}

function goToFirst() {
  const { context } = store
  if (!context) return
  const open = context.channels.filter((channel) => !channel.isArchived && !channel.isDirect)
  const first = open.find((channel) => channel.members.includes(context.me.id)) ?? open[0]
  const route = first ? { channel: first.name } : { home: true }
  location.replace(hrefTo({ user: context.me.name, ...route }))
}

/** "New" stands where this person had read up to when they came; for a first visit all is new, and nothing is marked. */
function placeNewLine() {
  const mark = store.channel ? store.marks.get(store.channel.id) : '0'
  store.newSince = mark === '0' ? null : mark
}

/** A permalink to a message of this workspace opens here, as the same person. @param {MouseEvent} event */
function followPermalink(event) {
  const anchor = event.target instanceof Element ? event.target.closest('a') : null
  if (!anchor || anchor.origin !== location.origin || event.ctrlKey || event.metaKey) return
  const [, id, seconds, micros] = /^\/archives\/(\w+)\/p(\d{10})(\d{6})$/.exec(anchor.pathname) ?? []
  const channel = store.channels.find((known) => known.id === id)
  if (!channel) return
  event.preventDefault()
  const message = `${seconds}.${micros}`
  const thread = new URLSearchParams(anchor.search).get('thread_ts') ?? undefined
  go({ channel: addressOf(channel), message, thread: thread === message ? undefined : thread })
}

/** @param {import('./route.js').Route} route */
function go(route) {
  location.hash = hrefTo({ user: store.context?.me.name, ...route })
}

/** @param {Partial<Store>} part */
function change(part) {
  Object.assign(store, part)
  draw()
}

function drawNow() {
  const restoreScroll = holdScroll()
  const restoreFocus = holdFocus(overlays.dialog(store))
  drawnApp = patch(root, drawnApp, app(store, handlers))
  root.inert = overlays.dialog(store) !== ''
  drawnLayers = patch(layers, drawnLayers, overlays.nodes(store, surface))
  restoreScroll()
  restoreFocus()
  afterDrawing()
}

function afterDrawing() {
  const { channel, context } = store
  const writing = document.querySelector(`[data-composer="${store.route.thread ? 'thread' : 'channel'}"]`)
  if (focusWriting && writing instanceof HTMLElement) {
    writing.focus()
    focusWriting = false
  }
  if (channel) markRead(channel)
  if (store.goal && rowOf(store.goal)) {
    handlers.goTo(store.goal)
    store.goal = ''
  }
  if (channel && context) announcer.hear(channel.id, store.messages.get(channel.id)?.messages ?? [], context)
  const unread = store.channels.reduce((sum, known) => sum + store.unreadIn(known.id).count, 0)
  const place = store.route.home ? 'Home' : channel ? `#${channel.name}` : 'Workspace'
  document.title = `${unread > 0 ? `(${unread}) ` : ''}${place} · ${store.workspace?.team.name ?? ''}`
}

/** Somebody who looks at the last message has read the channel. @param {import('./api.js').Channel} channel */
function markRead(channel) {
  if (document.hidden || !seesEnd(`${store.context?.me.id} ${channel.id}`)) return
  const last = store.messages.get(channel.id)?.messages.at(-1)
  if (store.marks.set(channel.id, last?.ts)) draw()
}

/** @param {string} key @param {import('./surface.js').Place} place */
function surface(key, place) {
  const known = surfaces.get(key)
  if (known) return known
  const made = new Surface(place, {
    changed: draw,
    click: (press) => click(store, press),
    confirm: overlays.ask,
  })
  surfaces.set(key, made)
  return made
}

/** @param {string} id @returns {HTMLElement} */
function byId(id) {
  const element = document.getElementById(id)
  if (!element) throw new Error(`The page has no element "${id}".`)
  return element
}
