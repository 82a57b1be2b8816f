// What a person has entered, pressed and been refused on one message or one view, between two answers of the
// server. `version` rises with every change, so that a remembered rendering knows when it is out of date.

/** @typedef {string | string[]} Value */
/** @typedef {{ channel: string, ts: string } | { viewId: string }} Place */
/** @typedef {{ place: Place, blockId: string, actionId: string, value: Value | undefined }} Press */

/**
 * @typedef {object} Hooks
 * @property {() => void} changed
 * @property {(press: Press) => Promise<string | undefined>} click answers with what went wrong, if anything did
 * @property {(confirm: any) => Promise<boolean>} confirm
 */

export class Surface {
  version = 0
  /** @type {Map<string, Value>} */
  values = new Map()
  /** @type {Set<string>} */
  pending = new Set()
  /** @type {Map<string, string>} */
  failures = new Map()
  /** Texts beside inputs, by block_id. @type {Record<string, string>} */
  errors = {}
  /** What went wrong with the whole of it. */
  problem = ''
  /** @type {Record<string, string> | undefined} */
  #adopted

  /** @param {Place} place @param {Hooks} hooks */
  constructor(place, hooks) {
    this.place = place
    this.hooks = hooks
  }

  /** @param {string} blockId @param {any} element @returns {Value} */
  valueOf(blockId, element) {
    return this.values.get(fieldKey(blockId, element.action_id)) ?? initialValue(element)
  }

  /** What is chosen, of an element that may take several. @param {string} blockId @param {any} element @returns {string[]} */
  listOf(blockId, element) {
    const value = this.valueOf(blockId, element)
    return Array.isArray(value) ? value : [value]
  }

  /** @param {string} blockId @param {any} element @param {Value} value */
  enter(blockId, element, value) {
    this.values.set(fieldKey(blockId, element.action_id), value)
    delete this.errors[blockId]
    this.touch()
  }

  /** Press a button or choose something that answers at once. @param {string} blockId @param {any} element @param {Value} value */
  async press(blockId, element, value) {
    const key = pressKey(blockId, element, value)
    if (this.pending.has(key)) return
    if (element.confirm && !(await this.hooks.confirm(element.confirm))) return this.touch()
    this.failures.clear()
    this.begin(key)
    const failure = await this.hooks.click({
      place: this.place,
      blockId,
      actionId: element.action_id,
      value: element.type === 'button' ? element.value : value,
    })
    if (failure) this.failures.set(blockId, failure)
    this.end(key)
  }

  /** @param {string} blockId @param {any} element @param {Value} value */
  isPending(blockId, element, value) {
    return this.pending.has(pressKey(blockId, element, value))
  }

  /** @param {Record<string, string>} errors @param {string} [problem] */
  refuse(errors, problem = '') {
    this.errors = { ...errors }
    this.problem = problem
    this.touch()
  }

  /** The server's own record of what is wrong, for a page that was opened later. @param {Record<string, string>} [errors] */
  adopt(errors = {}) {
    if (errors === this.#adopted) return
    this.#adopted = errors
    if (Object.keys(errors).length > 0) this.errors = { ...errors }
  }

  /** @param {string} key */
  begin(key) {
    this.pending.add(key)
    this.touch()
  }

  /** @param {string} key */
  end(key) {
    this.pending.delete(key)
    this.touch()
  }

  touch() {
    this.version += 1
    this.hooks.changed()
  }
}

/** What an element shows before anybody has touched it. @param {any} element @returns {Value} */
export function initialValue(element) {
  switch (element.type) {
    case 'multi_static_select':
    case 'checkboxes':
      return (element.initial_options ?? []).map((/** @type {any} */ option) => option.value)
    case 'multi_users_select':
      return element.initial_users ?? []
    case 'multi_channels_select':
      return element.initial_channels ?? []
    case 'multi_conversations_select':
      return element.initial_conversations ?? []
    default:
      return String(initialSingle(element) ?? '')
  }
}

/** @param {any} element */
function initialSingle(element) {
  return (
    element.initial_option?.value ??
    element.initial_value ??
    element.initial_user ??
    element.initial_channel ??
    element.initial_conversation ??
    element.initial_date ??
    element.initial_time ??
    element.initial_date_time
  )
}

/** @param {string} blockId @param {string} actionId */
const fieldKey = (blockId, actionId) => `${blockId}\n${actionId}`

/** @param {string} blockId @param {any} element @param {Value} value */
const pressKey = (blockId, element, value) =>
  `${blockId}\n${element.action_id}\n${element.type === 'button' ? value : ''}`
