import type { Finding } from '../block-limits.ts'
import { validateBlocks, validateView } from '../block-limits.ts'
import type { JsonObject } from '../json.ts'
import { isObject } from '../json.ts'
import type { MethodTable } from './method.ts'
import { json, method, Refused } from './method.ts'

/** `blocks.validate`: what would be refused about one of blocks, a message or a view, without posting it. */
export const blockMethods: MethodTable = {
  'blocks.validate': method(
    [],
    { blocks: json.optional(), message: json.optional(), view: json.optional() },
    ({ blocks, message, view }) => {
      const given = [blocks, message, view].filter((value) => value !== undefined)
      if (given.length !== 1) throw new Refused('invalid_arguments')
      if (view !== undefined) return judge('invalid_view', validateView(view))
      if (blocks !== undefined) return judge('invalid_blocks', listFindings(blocks))
      const inMessage = isObject(message) ? (message['blocks'] ?? []) : undefined
      return judge('invalid_message', listFindings(inMessage))
    },
  ),
}

function listFindings(blocks: unknown): Finding[] {
  if (!Array.isArray(blocks)) throw new Refused('invalid_blocks_format')
  return validateBlocks('message', blocks)
}

function judge(error: string, findings: readonly Finding[]): JsonObject {
  if (findings.length > 0) throw new Refused(error, { errors: findings })
  return {}
}
