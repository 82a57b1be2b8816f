import { Document, isMap, isScalar, visit } from 'yaml'
import type { JsonValue } from '../schema/primitives.ts'

export interface ToWrite {
  readonly document: { readonly [key: string]: JsonValue }
  /** Said above everything, one line each. */
  readonly preface: readonly string[]
  /** Step id → line of the Markdown. */
  readonly lines: ReadonlyMap<string, number>
  readonly source: string
}

/** The draft as YAML, with a comment over each step that says where it comes from. */
export function writeYaml({ document, preface, lines, source }: ToWrite): string {
  const yaml = new Document(document)
  yaml.commentBefore = preface.map((line) => (line === '' ? ' ' : ` ${line}`)).join('\n')
  visit(yaml, {
    Seq(_key, list) {
      for (const item of list.items) {
        if (!isMap(item)) continue
        const id = item.get('id', true)
        const line = isScalar(id) && typeof id.value === 'string' ? lines.get(id.value) : undefined
        if (line !== undefined) item.commentBefore = ` ${source}:${line}`
      }
      // A list of names reads better on one line: `from: [group:lead]`.
      list.flow = list.items.every((item) => isScalar(item) && /^[\w:$./-]{1,40}$/.test(String(item.value)))
    },
    Map(key, map) {
      // Short maps read better on one line: `approvers: { lead: 1 }`.
      if (key === 'value' && map.items.length < 3 && map.items.every(({ value }) => isScalar(value)))
        map.flow = JSON.stringify(map.toJSON()).length < 80
    },
  })
  return yaml.toString({ lineWidth: 110 }).replaceAll(/: \[ ([^\]\n]*) \]$/gm, ': [$1]')
}
