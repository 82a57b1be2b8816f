/** A JSON object whose fields are not known in advance. */
export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The field when it is a string, otherwise undefined. */
export function textAt(value: unknown, field: string): string | undefined {
  const found = isObject(value) ? value[field] : undefined
  return typeof found === 'string' ? found : undefined
}

/** The field when it is an object, otherwise an empty one. */
export function objectAt(value: unknown, field: string): JsonObject {
  const found = isObject(value) ? value[field] : undefined
  return isObject(found) ? found : {}
}

/** The objects in a list field; whatever is no object is left out. */
export function objectsAt(value: unknown, field: string): readonly JsonObject[] {
  const found = isObject(value) ? value[field] : undefined
  return Array.isArray(found) ? found.filter(isObject) : []
}

/** Parses JSON text; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
