// New messages of the open channel, read out by screen readers. Edits are silent.

const LONGEST = 160

export class Announcer {
  #channel = ''
  #heard = 0

  /** @param {HTMLElement} region an aria-live region */
  constructor(region) {
    this.region = region
  }

  forget() {
    this.#channel = ''
  }

  /** @param {string} channel @param {import('./api.js').Message[]} messages @param {import('./store.js').Context} context */
  hear(channel, messages, context) {
    const last = Number(messages.at(-1)?.ts ?? 0)
    const fresh = messages.filter(
      (message) => Number(message.ts) > this.#heard && message.user !== context.me.id,
    )
    if (channel === this.#channel && fresh.length > 0) {
      this.region.textContent = fresh.map((message) => sentence(message, context)).join('. ')
    }
    this.#channel = channel
    this.#heard = last
  }
}

/** @param {import('./api.js').Message} message @param {import('./store.js').Context} context */
function sentence(message, context) {
  const who = context.users.get(message.user)?.realName ?? 'Somebody'
  const text = message.text.replace(/<@(\w+)[^>]*>/g, (_, id) => `@${context.users.get(id)?.name ?? id}`)
  return `${who}: ${text.slice(0, LONGEST)}`
}
