import { interactiveElements } from './elements.ts'
import { elementState, isStateful } from './element-values.ts'
import type { JsonObject } from './json.ts'
import type { Block } from './types.ts'

/** The `state.values` of a view or message: what each input holds now, its initial value when nothing was entered. */
export function stateValues(
  blocks: readonly Block[],
  entered: ReadonlyMap<string, JsonObject>,
): Record<string, Record<string, JsonObject>> {
  const values: Record<string, Record<string, JsonObject>> = {}
  for (const { block, element, actionId } of interactiveElements(blocks)) {
    if (!isStateful(element)) continue
    const inBlock = (values[block.block_id] ??= {})
    inBlock[actionId] = entered.get(stateKey(block.block_id, actionId)) ?? elementState(element)
  }
  return values
}

export function stateKey(blockId: string, actionId: string): string {
  return `${blockId}\n${actionId}`
}
