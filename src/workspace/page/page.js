// Starts the page: the address, the stream of changes, and drawing.
import { act } from './api.js'
import * as actions from './actions.js'
import { Announcer } from './announcer.js'
import { memory, patch } from './dom.js'
import { holdFocus } from './focus.js'
import { listen } from './live.js'
import { app } from './render/app.js'
import { EMPTY_DRAFT } from './render/composer.js'
import { confirmation, modal } from './render/dialogs.js'
import { menuLayer } from './render/menu.js'
import { notice } from './render/notice.js'
import { holdScroll, seesEnd } from './render/scroll.js'
import { addressOf, hrefTo, readRoute } from './route.js'
import { Store } from './store.js'
import { Surface } from './surface.js'

/**
 * @typedef {import('./surface.js').Place} Place
 * @typedef {import('./dom.js').VNode} VNode
 */

const NOTICE_MS = 6000
const LONGEST_PRESS_MS = 1000

const root = byId('app')
const layers = byId('layers')
const announcer = new Announcer(byId('announcer'))
const store = new Store(draw, openMenu)
const remember = memory()
/** @type {Map<string, Surface>} */
const surfaces = new Map()
/** @type {VNode[]} */
let drawnApp = []
/** @type {VNode[]} */
let drawnLayers = []
let drawing = false
let pressing = false
let stopListening = () => {}
/** @type {ReturnType<typeof setTimeout> | undefined} */
let noticeTimer
/** @type {ReturnType<typeof setTimeout> | undefined} */
let pressTimer

/** @type {import('./render/app.js').Handlers} */
const handlers = {
  remember,
  surface,
  openThread: (ts) => go({ channel: store.route.channel, thread: ts }),
  closeThread: () => go({ channel: store.route.channel }),
  openDrawer: (open) => change({ drawerOpen: open }),
  changeDraft: (id, part) => {
    store.drafts.set(id, { ...(store.drafts.get(id) ?? EMPTY_DRAFT), ...part })
    draw()
  },
  send: async (channel, thread, text) => {
    const id = `${store.context?.me.id} ${channel.id} ${thread ?? ''}`
    store.drafts.set(id, EMPTY_DRAFT)
    draw()
    const problem = await actions.send(store, { text, channel: channel.id, threadTs: thread })
    if (!problem) return
    // What could not be sent is still there to be sent again, unless something else was begun meanwhile.
    const draft = store.drafts.get(id) ?? EMPTY_DRAFT
    handlers.changeDraft(id, {
      text: draft.text || text,
      caret: draft.text ? draft.caret : text.length,
      dismissed: true,
      problem,
    })
  },
  openActions: (event, message) => {
    const channel = store.channel
    if (!channel) return
    const shortcuts = (store.workspace?.shortcuts ?? []).map(({ callbackId, name }) => ({
      label: name,
      choose: () =>
        void actions.runShortcut(store, { channel: channel.id, ts: message.ts, callbackId }).then(warn),
    }))
    const copy = { label: 'Copy the text', choose: () => void navigator.clipboard?.writeText(message.text) }
    const thread = message.threadTs ?? message.ts
    const reply =
      store.route.thread === thread
        ? []
        : [{ label: 'Reply in thread', choose: () => handlers.openThread(thread) }]
    openMenu(event, { label: 'Actions on this message', items: [...shortcuts, ...reply, copy] })
  },
  chooseUser: (event) => {
    const people = (store.workspace?.users ?? []).filter((user) => !user.isBot)
    const items = people.map((user) => ({
      label: user.realName,
      description: [`@${user.name}`, user.title].filter(Boolean).join(' · '),
      selected: user.id === store.context?.me.id,
      choose: () => go({ ...store.route, thread: undefined, message: undefined, user: user.name }),
    }))
    openMenu(event, { label: 'Act as', heading: 'Act as', items })
  },
  goTo: (ts) => {
    const row = root.querySelector(`[data-ts="${CSS.escape(ts)}"]`)
    if (!(row instanceof HTMLElement)) return
    row.scrollIntoView({ block: 'center' })
    row.focus()
  },
  reachedEnd: markRead,
  join: (channel) => void actions.join(store, channel.id).then(warn),
}

addEventListener('hashchange', () => void follow())
addEventListener('visibilitychange', draw)
// A card that changes between press and release would swallow the click, so drawing waits for the release.
addEventListener('pointerdown', pressed, true)
for (const name of ['pointerup', 'pointercancel', 'dragend']) addEventListener(name, released, true)
addEventListener('click', followPermalink)
setInterval(() => store.tick(), 60_000)
void follow()

/** Show what the address says. */
async function follow() {
  const before = store.route
  store.menu = null
  store.route = readRoute(location.hash)
  const user = store.route.user ?? store.context?.me.name
  if (!store.context || user !== store.context.me.name) await become(user)
  if (!store.context) return draw()
  if (!store.route.channel && !store.route.home) return goToFirst()
  if (store.route.channel !== before.channel || before.user !== store.route.user) opened()
  if (store.route.home && !before.home)
    void act('home', { user: store.context.me.name }).then(() => store.refreshViews())
  store.goal = store.route.message ?? ''
  draw()
}

/** @param {string | undefined} user */
async function become(user) {
  stopListening()
  surfaces.clear()
  announcer.forget()
  draw()
  await store.become(user)
  const name = store.context?.me.name
  if (!name) return
  stopListening = listen(name, {
    connected: () => {
      change({ online: true })
      void store.refreshAll()
    },
    lost: () => change({ online: false }),
    changed: (what) => void store.refresh(what),
  })
}

function goToFirst() {
  const { context } = store
  if (!context) return draw()
  const open = context.channels.filter((channel) => !channel.isArchived && !channel.isDirect)
  const first = open.find((channel) => channel.members.includes(context.me.id)) ?? open[0]
  const route = first ? { channel: first.name } : { home: true }
  location.replace(hrefTo({ user: context.me.name, ...route }))
}

function opened() {
  const { channel } = store
  const mark = channel && store.marks.get(channel.id)
  store.newSince = mark && mark !== '0' ? mark : null
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

/** Draw once, with the next frame, however much changes until then. */
function draw() {
  if (drawing || pressing) return
  drawing = true
  // A page in the background gets no frames, but its title should still say what is new.
  if (document.hidden) setTimeout(drawNow)
  else requestAnimationFrame(drawNow)
}

function drawNow() {
  drawing = false
  if (pressing) return
  const restoreScroll = holdScroll()
  const restoreFocus = holdFocus(dialogKey())
  drawnApp = patch(root, drawnApp, app(store, handlers))
  root.inert = store.views.length > 0 || store.confirm !== null
  drawnLayers = patch(layers, drawnLayers, layerNodes())
  restoreScroll()
  restoreFocus()
  afterDrawing()
}

/** Which dialog has the person's attention. */
const dialogKey = () => (store.confirm ? 'confirm' : (store.views.at(-1)?.id ?? ''))

/** @returns {import('./dom.js').Child[]} */
function layerNodes() {
  const { context, confirm, menu } = store
  if (!context) return []
  const view = store.views.at(-1)
  return [
    view && viewModal(view, context),
    confirm && confirmation({ question: confirm.question, context, answer: confirm.answer }),
    menu && menuLayer({ menu, close: closeMenu }),
    store.notice && notice(store.notice, () => change({ notice: '' })),
  ]
}

/** @param {import('./api.js').View} view @param {import('./store.js').Context} context */
function viewModal(view, context) {
  const entered = surface(`view ${view.id}`, { viewId: view.id })
  entered.adopt(view.errors)
  return modal({
    view,
    depth: store.views.length,
    context,
    surface: entered,
    submit: () => void actions.submit(store, view, entered).then(focusFirstError),
    close: () => void actions.close(store, view.id).then(warn),
  })
}

/** What is wrong is where one goes on. */
function focusFirstError() {
  requestAnimationFrame(() => {
    const first = layers.querySelector('[aria-invalid="true"]')
    if (first instanceof HTMLElement) first.focus()
  })
}

function afterDrawing() {
  const { channel, context } = store
  if (channel) markRead(channel)
  if (store.goal) reachGoal(store.goal)
  if (channel && context) announcer.hear(channel.id, store.messages.get(channel.id)?.messages ?? [], context)
  const unread = store.channels.reduce((sum, known) => sum + store.unreadIn(known.id).count, 0)
  const place = store.route.home ? 'Home' : channel ? `#${channel.name}` : 'Workspace'
  document.title = `${unread > 0 ? `(${unread}) ` : ''}${place} · ${store.workspace?.team.name ?? ''}`
}

/** The message the address asks for, as soon as it is there. @param {string} ts */
function reachGoal(ts) {
  if (!root.querySelector(`[data-ts="${CSS.escape(ts)}"]`)) return
  store.goal = ''
  handlers.goTo(ts)
}

/** Somebody who looks at the last message has read the channel. @param {import('./api.js').Channel} channel */
function markRead(channel) {
  if (document.hidden || !seesEnd(`${store.context?.me.id} ${channel.id}`)) return
  const last = store.messages.get(channel.id)?.messages.at(-1)
  if (store.marks.set(channel.id, last?.ts)) draw()
}

/** @param {string} key @param {Place} place */
function surface(key, place) {
  const known = surfaces.get(key)
  if (known) return known
  const made = new Surface(place, {
    changed: draw,
    click: (press) => actions.click(store, press),
    confirm: ask,
  })
  surfaces.set(key, made)
  return made
}

/** @param {import('./store.js').Confirm} question @returns {Promise<boolean>} */
function ask(question) {
  return new Promise((resolve) => {
    const answer = (/** @type {boolean} */ yes) => {
      change({ confirm: null })
      resolve(yes)
    }
    change({ confirm: { question, answer } })
  })
}

/** @param {Event} event @param {import('./store.js').Menu} menu */
function openMenu(event, menu) {
  const opener = /** @type {HTMLElement} */ (event.currentTarget)
  change({ menu: { ...menu, opener, box: opener.getBoundingClientRect() } })
}

function closeMenu() {
  const opener = store.menu?.opener
  change({ menu: null })
  opener?.focus()
}

/** Say for a while what went wrong, if anything did. @param {string | undefined} problem */
function warn(problem) {
  if (!problem) return
  clearTimeout(noticeTimer)
  noticeTimer = setTimeout(() => change({ notice: '' }), NOTICE_MS)
  change({ notice: problem })
}

function pressed() {
  pressing = true
  clearTimeout(pressTimer)
  // Some presses, on a select for one, never tell their end.
  pressTimer = setTimeout(released, LONGEST_PRESS_MS)
}

function released() {
  clearTimeout(pressTimer)
  // The click comes after the release; draw after both.
  setTimeout(() => {
    pressing = false
    draw()
  })
}

/** @param {string} id @returns {HTMLElement} */
function byId(id) {
  const element = document.getElementById(id)
  if (!element) throw new Error(`The page has no element "${id}".`)
  return element
}
