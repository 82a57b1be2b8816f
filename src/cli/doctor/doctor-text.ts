import { hostname } from 'node:os'
import type { Report } from './doctor.ts'
import { countOf, type Finding, type Health } from './finding.ts'

const WIDTH = 100
const INDENT = ' '.repeat(11)

/** The report as people read it: a section each, what is wrong in words, what to do below it. */
export function doctorText(report: Report): string {
  const sections = report.sections.map(
    ({ title, findings }) => `${title}\n${findings.map(findingText).join('\n')}`,
  )
  return [heading(report), ...sections].join('\n\n')
}

function heading({ version, isBotHost, pool }: Report): string {
  const roles = [
    ...(isBotHost ? ['`serve`'] : []),
    ...(pool === null ? [] : [`a worker of the pool ${pool}`]),
  ]
  const settings =
    roles.length > 0 ? `the settings of ${roles.join(' and ')}` : 'neither `serve` nor a worker'
  const missing =
    roles.length > 0
      ? ''
      : '\nWith CUTOVER_SLACK_BOT_TOKEN it looks at what `serve` needs, with CUTOVER_POOL or --pool at what a worker does.'
  return `Cutover ${version} on ${hostname()}, with ${settings}${missing}`
}

function findingText({ health, says, fix }: Finding): string {
  const first = `  ${health.padEnd(WORD)}${wrapped(says)}`
  return fix === undefined ? first : `${first}\n${INDENT}→ ${wrapped(fix, '  ')}`
}

const WORD = INDENT.length - 2

function wrapped(text: string, deeper = ''): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length + INDENT.length + deeper.length >= WIDTH)
      lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines.join(`\n${INDENT}${deeper}`)
}

export function verdict({ sections }: Pick<Report, 'sections'>): string {
  const counted = (health: Health) => {
    const count = countOf(sections, health)
    return count === 0 ? [] : [`${count} ${health}${count === 1 ? '' : 's'}`]
  }
  const said = [...counted('error'), ...counted('warning')]
  return said.length === 0 ? 'All in order.' : `${said.join(', ')}.`
}
