import { z } from 'zod'
import { valueKinds, type ValueKind } from './notice-context.ts'

/** What stands at a path of the context, as far as a template can tell. */
export type Shape =
  | { readonly is: 'object'; readonly kind?: ValueKind; readonly fields: ReadonlyMap<string, ShapeField> }
  | { readonly is: 'list'; readonly item: Shape }
  | { readonly is: 'map'; readonly value: Shape }
  | { readonly is: 'value'; readonly kind: ValueKind | 'text' | 'number' | 'boolean' }

export interface ShapeField {
  readonly shape: Shape
  readonly optional: boolean
}

/** Reads a zod schema into the shape that the template check walks. A schema it does not know is a bug. */
export function shapeOf(schema: unknown): Shape {
  const kind = schema instanceof z.ZodType ? valueKinds.get(schema)?.kind : undefined
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape).map(([name, field]) => [name, fieldOf(field)] as const)
    return { is: 'object', ...(kind === undefined ? {} : { kind }), fields: new Map(fields) }
  }
  if (schema instanceof z.ZodArray) return { is: 'list', item: shapeOf(schema.element) }
  if (schema instanceof z.ZodRecord) return { is: 'map', value: shapeOf(schema.valueType) }
  if (schema instanceof z.ZodBoolean) return { is: 'value', kind: 'boolean' }
  if (schema instanceof z.ZodNumber) return { is: 'value', kind: kind ?? 'number' }
  if (schema instanceof z.ZodString || schema instanceof z.ZodStringFormat || schema instanceof z.ZodEnum) {
    return { is: 'value', kind: kind ?? 'text' }
  }
  throw new TypeError(`The context of a notice holds a schema that the template check does not know.`)
}

function fieldOf(schema: unknown): ShapeField {
  return schema instanceof z.ZodOptional
    ? { shape: shapeOf(schema.unwrap()), optional: true }
    : { shape: shapeOf(schema), optional: false }
}

/** How a finding calls the thing: `a time`, `a person`. */
export function shapeName(shape: Shape): string {
  if (shape.is === 'list') return 'a list'
  if (shape.is === 'map') return 'a table'
  if (shape.is === 'object') return shape.kind === undefined ? 'a group of values' : `a ${shape.kind}`
  if (shape.kind === 'text') return 'text'
  return shape.kind === 'boolean' ? 'a yes or no' : shape.kind === 'bytes' ? 'a size' : `a ${shape.kind}`
}
