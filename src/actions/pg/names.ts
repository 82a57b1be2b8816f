/** PostgreSQL cuts longer names in silence. */
const NAME_BYTES = 63

/** `<name><suffix>`, cut to what PostgreSQL takes, with a number at its end where that is taken. */
export function freeName(
  name: string,
  { suffix, taken }: { readonly suffix: string; readonly taken: ReadonlySet<string> },
): string {
  for (let number = 1; ; number += 1) {
    const tail = number === 1 ? suffix : `${suffix}_${number}`
    const stem = Buffer.from(name)
      .subarray(0, Math.max(0, NAME_BYTES - tail.length))
      .toString('utf8')
      .replaceAll('\uFFFD', '')
    const candidate = `${stem}${tail}`.slice(0, NAME_BYTES)
    if (!taken.has(candidate)) return candidate
  }
}

/** A stamp or an attempt's id, as it may stand in the name of a database or a schema. */
export function stampInName(stamp: string): string {
  return stamp.replaceAll(/[^A-Za-z0-9_]/g, '_').toLowerCase()
}
