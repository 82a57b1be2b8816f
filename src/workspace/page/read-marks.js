// Up to where each person has read each channel. Kept in the browser, so that two windows can be two people.

/** @typedef {import('./api.js').Message} Message */

export class ReadMarks {
  /** @type {Record<string, string>} */
  #marks = {}
  #key = ''

  /** @param {string} userId */
  of(userId) {
    this.#key = `workspace read by ${userId}`
    this.#marks = JSON.parse(localStorage.getItem(this.#key) ?? '{}')
  }

  /** @param {string} channel */
  get(channel) {
    return this.#marks[channel] ?? '0'
  }

  /** @param {string} channel @param {string | undefined} ts @returns {boolean} whether that was further than before */
  set(channel, ts) {
    if (!ts || Number(ts) <= Number(this.get(channel))) return false
    this.#marks[channel] = ts
    localStorage.setItem(this.#key, JSON.stringify(this.#marks))
    return true
  }

  /**
   * How many messages are new to a person, and how many of them speak to them.
   * @param {string} channel @param {Message[]} messages @param {string} me
   */
  unread(channel, messages, me) {
    const mark = Number(this.get(channel))
    const fresh = messages.filter(
      (message) => Number(message.ts) > mark && message.user !== me && !isReply(message),
    )
    const mentions = fresh.filter((message) => message.ephemeral || JSON.stringify(message).includes(me))
    return { count: fresh.length, mentions: mentions.length }
  }
}

/** @param {Message} message */
export const isReply = (message) => message.threadTs !== undefined && message.threadTs !== message.ts
