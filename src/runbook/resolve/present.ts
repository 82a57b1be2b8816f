/** The entries that have a value: an optional key of the plan is absent rather than undefined. */
export function present<Values extends object>(
  values: Values,
): { readonly [Key in keyof Values]?: Exclude<Values[Key], undefined> } {
  const kept = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(kept) as { readonly [Key in keyof Values]?: Exclude<Values[Key], undefined> }
}
