import type { Sample } from '../../process/lines.ts'

type Breach = Pick<Sample, 'id' | 'green' | 'answer'>

/**
 * Tells when a check leaves its bounds: one that goes on being out of them is one breach, for a day of looks must not
 * be a day of events. After a restart of the worker it may be told once more.
 */
export function makeBreaches(tell: (attempt: string, breach: Breach) => Promise<unknown>) {
  const outOfBounds = new Map<string, Set<string>>()
  return {
    async see(attempt: string, sample: Breach): Promise<void> {
      const out = outOfBounds.get(attempt) ?? new Set<string>()
      outOfBounds.set(attempt, out)
      if (sample.green) out.delete(sample.id)
      else if (!out.has(sample.id)) {
        await tell(attempt, sample)
        out.add(sample.id)
      }
    },
    forget: (attempt: string): boolean => outOfBounds.delete(attempt),
  }
}
