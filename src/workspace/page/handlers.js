// What the parts of the page ask for when somebody uses them.
import * as actions from './actions.js'
import { EMPTY_DRAFT } from './render/composer.js'

/**
 * @typedef {import('./render/app.js').Handlers} Handlers
 * @typedef {import('./store.js').Store} Store
 * @typedef {import('./api.js').Message} Message
 *
 * @param {Store} store
 * @param {import('./overlays.js').Overlays} overlays
 * @param {{ go: (route: import('./route.js').Route) => void, change: (part: Partial<Store>) => void }} page
 * @returns {Omit<Handlers, 'surface' | 'remember' | 'reachedEnd'>}
 */
export function makeHandlers(store, overlays, { go, change }) {
  return {
    openThread,
    closeThread: () => go({ channel: store.route.channel }),
    openDrawer: (open) => change({ drawerOpen: open }),
    changeDraft,
    send,
    openActions,
    chooseUser,
    goTo,
    join: (channel) => void actions.join(store, channel.id).then(overlays.warn),
  }

  /** @param {string} ts */
  function openThread(ts) {
    go({ channel: store.route.channel, thread: ts })
  }

  /** @param {string} id @param {Partial<import('./render/composer.js').Draft>} part */
  function changeDraft(id, part) {
    store.drafts.set(id, { ...(store.drafts.get(id) ?? EMPTY_DRAFT), ...part })
    store.changed()
  }

  /** @type {Handlers['send']} */
  async function send(channel, thread, text) {
    const id = `${store.context?.me.id} ${channel.id} ${thread ?? ''}`
    changeDraft(id, EMPTY_DRAFT)
    const problem = await actions.send(store, { text, channel: channel.id, threadTs: thread })
    if (!problem) return
    // What could not be sent is still there to be sent again, unless something else was begun meanwhile.
    const draft = store.drafts.get(id) ?? EMPTY_DRAFT
    const kept = draft.text === '' ? { text, caret: text.length } : draft
    changeDraft(id, { ...kept, dismissed: true, problem })
  }

  /** @param {Event} event @param {Message} message */
  function openActions(event, message) {
    const { channel } = store
    if (!channel) return
    const shortcuts = (store.workspace?.shortcuts ?? []).map(({ callbackId, name }) => ({
      label: name,
      choose: () =>
        void actions
          .runShortcut(store, { channel: channel.id, ts: message.ts, callbackId })
          .then(overlays.warn),
    }))
    const thread = message.threadTs ?? message.ts
    const reply = { label: 'Reply in thread', choose: () => openThread(thread) }
    const copy = { label: 'Copy the text', choose: () => void navigator.clipboard?.writeText(message.text) }
    const items = [...shortcuts, ...(store.route.thread === thread ? [] : [reply]), copy]
    overlays.openMenu(event, { label: 'Actions on this message', items })
  }

  /** @param {Event} event */
  function chooseUser(event) {
    const people = (store.workspace?.users ?? []).filter((user) => !user.isBot)
    const items = people.map((user) => ({
      label: user.realName,
      description: [`@${user.name}`, user.title].filter(Boolean).join(' · '),
      selected: user.id === store.context?.me.id,
      choose: () => go({ ...store.route, thread: undefined, message: undefined, user: user.name }),
    }))
    overlays.openMenu(event, { label: 'Act as', heading: 'Act as', items })
  }
}

/** @param {string} ts */
function goTo(ts) {
  const row = rowOf(ts)
  row?.scrollIntoView({ block: 'center' })
  row?.focus()
}

/** The drawn message, if it is. @param {string} ts @returns {HTMLElement | null} */
export const rowOf = (ts) => document.querySelector(`.message[data-ts="${CSS.escape(ts)}"]`)
