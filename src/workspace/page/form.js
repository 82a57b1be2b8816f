// The fields of a view and what they hold.

/** Elements that hold no value. */
const VALUELESS = new Set(['button', 'overflow', 'image', 'mrkdwn', 'plain_text'])

/**
 * All values by `block_id.action_id`: a list for what takes several, a text otherwise, null for nothing.
 * @param {import('./api.js').View} view @param {import('./surface.js').Surface} surface
 */
export function valuesOf(view, surface) {
  /** @type {Record<string, string | string[] | null>} */
  const values = {}
  for (const { block, element } of fieldsOf(view)) {
    const value = surface.valueOf(block.block_id, element)
    values[`${block.block_id}.${element.action_id}`] = value === '' ? null : value
  }
  return values
}

/** @param {import('./api.js').View} view @returns {{ block: any, element: any }[]} */
function fieldsOf(view) {
  return view.blocks.flatMap((block) => {
    const elements = [...(block.elements ?? []), block.accessory, block.element]
    return elements
      .filter((element) => element?.action_id && !VALUELESS.has(element.type))
      .map((element) => ({ block, element }))
  })
}
