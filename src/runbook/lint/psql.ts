import { errorAt } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { Program } from '../shell/programs.ts'
import type { LintContext } from './context.ts'
import { commandsOf } from './texts.ts'

/** `psql` goes on after an error and ends with 0 unless it is told to stop. */
export function psqlStopsOnError(context: LintContext): Finding[] {
  return commandsOf(context).flatMap(({ program, spot }) => {
    if (program.name !== 'psql' || stopsOnError(program) || isOneStatement(program)) return []
    const single = program.words.some(({ text }) => text === '-1' || text === '--single-transaction')
    return [
      errorAt(spot, {
        code: 'psql-goes-on',
        message: single
          ? '`psql -1` without ON_ERROR_STOP rolls everything back at the first error and ends with exit 0: nothing is applied and it looks like success'
          : '`psql` without ON_ERROR_STOP goes on after an error and ends with exit 0: half of it is applied and it looks like success',
        hint: 'Write `psql -X -v ON_ERROR_STOP=1 -1 -f FILE`, or use the action `pg.apply`.',
      }),
    ]
  })
}

const stopsOnError = ({ words }: Program): boolean =>
  words.some(({ text }) => /(?:^|=|^-[A-Za-z]*v)ON_ERROR_STOP(?:=(?:1|on|true))?$/i.test(text))

/** A single `-c` ends with 1 when it fails; `--version` and `-l` run nothing. */
function isOneStatement({ words }: Program): boolean {
  const texts = words.map(({ text }) => text)
  if (texts.some((text) => ['--version', '-V', '--help', '-l', '--list'].includes(text))) return true
  const inline = texts.filter((text) => /^(?:-[A-Za-z]*c|--command(?:=.*)?)$/.test(text)).length
  const files = texts.filter((text) => /^(?:-[A-Za-z]*f|--file(?:=.*)?|<.*)$/.test(text)).length
  return inline === 1 && files === 0
}
