// A very small virtual DOM: views are plain functions from state to descriptions of nodes, and `patch`
// changes only what differs, so focus, typed text and scroll positions survive an update. Text reaches
// the document through text nodes alone; there is no way to hand it markup.

/**
 * @typedef {{ tag: string, key: string | undefined, props: Record<string, any>, children: VNode[], node: Element | null }} VElement
 * @typedef {{ text: string, node: Text | null }} VText
 * @typedef {VElement | VText} VNode
 * @typedef {VNode | string | number | null | undefined | false | Child[]} Child
 */

const SVG = 'http://www.w3.org/2000/svg'
const SVG_TAGS = new Set(['svg', 'path', 'circle', 'rect', 'line'])

// These live on the element and change as people type, so they are compared with the element itself.
const LIVE_PROPERTIES = new Set(['value', 'checked'])

/**
 * Describe an element. `key` keeps it the same node while its siblings come and go; `ref` is called with
 * the element once it stands in the document; functions are event handlers named like `onclick`.
 * @param {string} tag
 * @param {Record<string, any> | null} [props]
 * @param {...Child} children
 * @returns {VElement}
 */
export function h(tag, props, ...children) {
  return { tag, key: props?.['key'], props: props ?? {}, children: flatten(children, []), node: null }
}

/**
 * Make the children of `parent` look like `next`. `previous` is what the last call for this parent returned.
 * @param {Element} parent
 * @param {VNode[]} previous
 * @param {Child[]} next
 * @returns {VNode[]}
 */
export function patch(parent, previous, next) {
  /** @type {(() => void)[]} */
  const mounted = []
  const children = flatten(next, [])
  patchChildren(parent, previous, children, mounted)
  for (const callback of mounted) callback()
  return children
}

/**
 * Remember the description made for a key while everything it was made from is the same.
 * @returns {(key: string, inputs: unknown[], make: () => VElement) => VElement}
 */
export function memory() {
  /** @type {Map<string, { inputs: unknown[], vnode: VElement }>} */
  const remembered = new Map()
  return (key, inputs, make) => {
    const known = remembered.get(key)
    if (known && inputs.every((input, index) => Object.is(input, known.inputs[index]))) return known.vnode
    const vnode = make()
    remembered.set(key, { inputs, vnode })
    return vnode
  }
}

/** @param {Child[]} children @param {VNode[]} into @returns {VNode[]} */
function flatten(children, into) {
  for (const child of children) {
    if (child === null || child === undefined || child === false || child === '') continue
    if (Array.isArray(child)) flatten(child, into)
    else if (typeof child === 'object') into.push(child)
    else into.push({ text: String(child), node: null })
  }
  return into
}

/** @param {Element} parent @param {VNode[]} previous @param {VNode[]} next @param {(() => void)[]} mounted */
function patchChildren(parent, previous, next, mounted) {
  const reusable = new Map(withIdentity(previous))
  const identified = withIdentity(next)
  const kept = new Set(identified.map(([identity]) => identity))
  for (const [identity, old] of reusable) if (!kept.has(identity)) old.node?.remove()

  let cursor = parent.firstChild
  for (const [identity, vnode] of identified) {
    const old = reusable.get(identity)
    const node = old?.node ? update(old, vnode, mounted) : create(vnode, mounted)
    if (node === cursor) cursor = cursor.nextSibling
    else parent.insertBefore(node, cursor)
  }
}

/** @param {VNode[]} vnodes @returns {[string, VNode][]} */
function withIdentity(vnodes) {
  /** @type {Map<string, number>} */
  const seen = new Map()
  return vnodes.map((vnode) => {
    const kind = 'tag' in vnode ? `${vnode.tag} ${vnode.key ?? ''}` : 'text'
    const count = seen.get(kind) ?? 0
    seen.set(kind, count + 1)
    return [`${kind} ${count}`, vnode]
  })
}

/** @param {VNode} vnode @param {(() => void)[]} mounted @returns {Node} */
function create(vnode, mounted) {
  if (!('tag' in vnode)) {
    vnode.node = document.createTextNode(vnode.text)
    return vnode.node
  }
  const element = SVG_TAGS.has(vnode.tag)
    ? document.createElementNS(SVG, vnode.tag)
    : document.createElement(vnode.tag)
  vnode.node = element
  patchChildren(element, [], vnode.children, mounted)
  // A select can only take its value once its options are there, hence properties after children.
  for (const [name, value] of Object.entries(vnode.props)) setProperty(element, name, value)
  const ref = vnode.props['ref']
  if (ref) mounted.push(() => ref(element))
  return element
}

/** @param {VNode} old @param {VNode} vnode @param {(() => void)[]} mounted @returns {Node} */
function update(old, vnode, mounted) {
  if (old === vnode && old.node) return old.node
  if (!('tag' in vnode) || !('tag' in old)) {
    const text = /** @type {VText} */ (vnode)
    text.node = /** @type {Text} */ (old.node)
    if (text.node.data !== text.text) text.node.data = text.text
    return text.node
  }
  const element = /** @type {Element} */ (old.node)
  vnode.node = element
  patchChildren(element, old.children, vnode.children, mounted)
  for (const name of Object.keys(old.props)) {
    if (!(name in vnode.props)) setProperty(element, name, undefined)
  }
  for (const [name, value] of Object.entries(vnode.props)) {
    if (LIVE_PROPERTIES.has(name) || value !== old.props[name]) setProperty(element, name, value)
  }
  return element
}

/** @param {any} element @param {string} name @param {any} value */
function setProperty(element, name, value) {
  if (name === 'key' || name === 'ref') return
  if (name.startsWith('on')) element[name] = value ?? null
  else if (LIVE_PROPERTIES.has(name)) setLive(element, name, value)
  else if (name === 'vars') setVariables(element, value)
  else if (value === undefined || value === null || value === false) element.removeAttribute(name)
  else element.setAttribute(name, value === true ? '' : String(value))
}

/** @param {any} element @param {string} name @param {any} value */
function setLive(element, name, value) {
  if (value !== undefined && element[name] !== value) element[name] = value
}

/** @param {any} element @param {Record<string, string> | undefined} variables */
function setVariables(element, variables) {
  for (const [name, value] of Object.entries(variables ?? {})) element.style.setProperty(name, value)
}
