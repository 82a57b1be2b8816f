/**
 * The first Ctrl-C (or SIGTERM, or a terminal that is closed) asks for the end; the second one gets it at once.
 */
export interface Interruption {
  /** Fulfilled by the first one. */
  readonly asked: Promise<void>
  readonly isAsked: () => boolean
  /** Signals do what they always do again. */
  forget(): void
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export function listenForInterruption(atOnce: () => void): Interruption {
  let isAsked = false
  let tell: () => void = () => undefined
  const asked = new Promise<void>((resolve) => (tell = resolve))

  function heard(): void {
    if (isAsked) return atOnce()
    isAsked = true
    tell()
  }

  for (const signal of SIGNALS) process.on(signal, heard)
  return {
    asked,
    isAsked: () => isAsked,
    forget: () => SIGNALS.forEach((signal) => process.removeListener(signal, heard)),
  }
}
