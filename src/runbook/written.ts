/** What was written where a list or a map is meant; something else counts as empty and has its own finding. */
export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const asMap = (value: unknown): Readonly<Record<string, unknown>> => (isMap(value) ? value : {})
