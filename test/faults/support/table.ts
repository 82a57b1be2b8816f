import type { Reporter, TestModule } from 'vitest/node'
import type { FaultMeta } from './fault.ts'

const WIDTH_MAX = 100

/** Prints what the suite tried: one line for each row and backend, and the sum. */
export class FaultTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tried = modules.flatMap((module) =>
      [...module.children.allTests()].flatMap((test) => {
        const fault = test.meta().fault ?? named(test.fullName)
        const seconds = Math.round((test.diagnostic()?.duration ?? 0) / 1000)
        const { state } = test.result()
        return fault === null || state === 'skipped' ? [] : [{ ...fault, seconds, ok: state === 'passed' }]
      }),
    )
    if (tried.length === 0) return
    const sorted = tried.sort((one, other) => keyOf(one).localeCompare(keyOf(other)))
    const width = Math.min(WIDTH_MAX, Math.max(...sorted.map(({ fault }) => fault.length)))
    const line = (cells: readonly string[]) => cells.join('  ').trimEnd()
    const lines = sorted.map(({ row, fault, backend, runs, violations, seconds, ok }) =>
      line([
        row,
        fault.slice(0, width).padEnd(width),
        backend.padEnd(8),
        `${runs}`.padStart(5),
        ok ? `${violations}`.padStart(10) : '    FAILED',
        `${seconds} s`.padStart(6),
      ]),
    )
    const rows = new Set(sorted.flatMap(({ row }) => row.match(/T\d\d/g) ?? []))
    const sum = (of: (one: FaultMeta) => number) => sorted.reduce((all, one) => all + of(one), 0)
    const failed = sorted.filter(({ ok }) => !ok).length
    process.stdout.write(
      [
        '',
        line(['row', 'fault'.padEnd(width), 'queue   ', ' runs', 'violations', '  took']),
        ...lines,
        `${rows.size} rows, ${sorted.length} tests, ${sum(({ runs }) => runs)} runs, ` +
          `${sum(({ violations }) => violations)} violations, ${failed} failed`,
        '',
      ].join('\n'),
    )
  }
}

/** A test that bears its row in its name and looks at everything by itself. */
function named(name: string): FaultMeta | null {
  const [, row, fault] = /^(T\d\d)[ :]+(.*)$/.exec(name) ?? []
  if (row === undefined || fault === undefined) return null
  return { row, fault, backend: '–', runs: 1, violations: 0 }
}

const keyOf = ({ row, backend, fault }: FaultMeta): string => `${row} ${fault} ${backend}`
