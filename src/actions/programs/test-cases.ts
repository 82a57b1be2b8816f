import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { Parser } from 'tap-parser'
import { z } from 'zod'

/** One test as its suite reports it. `names` are the ways in which a runbook may call it; the first is shown. */
export interface TestCase {
  readonly names: readonly string[]
  readonly outcome: 'passed' | 'failed' | 'skipped'
}

export interface TestReport {
  readonly cases: readonly TestCase[]
  /** What is wrong with the report as a whole: it broke off, or ran other tests than planned. */
  readonly problem?: string
}

/** TAP 12–14, subtests included: a line of a parent is no test of its own. */
export function readTap(text: string): TestReport {
  const cases: TestCase[] = []
  const problems: string[] = []
  const parser = new Parser()
  parser.on('result', ({ ok, name, fullname, skip, todo }) => {
    const isSet = (said: string | boolean): boolean => said !== false
    const outcome = isSet(skip) || isSet(todo) ? 'skipped' : ok ? 'passed' : 'failed'
    cases.push({ names: [name, fullname], outcome })
  })
  parser.on('bailout', (reason) =>
    problems.push(`it broke off: ${reason === '' ? 'no reason given' : reason}`),
  )
  parser.on('complete', ({ plan, count }) => {
    if (plan.end !== null && plan.start !== null && plan.end - plan.start + 1 !== count)
      problems.push(`it announced ${plan.end - plan.start + 1} tests and reported ${count}`)
  })
  parser.end(text)
  const [problem] = problems
  return { cases, ...(problem === undefined ? {} : { problem }) }
}

const Case = z.looseObject({ name: z.coerce.string(), classname: z.coerce.string().optional() })

/** JUnit XML, as pytest, Jest, Gradle and the like write it; suites may be nested. */
export function readJunit(text: string): TestReport {
  const valid = XMLValidator.validate(text)
  if (valid !== true)
    return { cases: [], problem: `line ${valid.err.line} of it is no XML: ${valid.err.msg}` }
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseAttributeValue: false,
    isArray: (name) => name === 'testcase',
  })
  return { cases: casesIn(parser.parse(text)) }
}

function casesIn(node: unknown): readonly TestCase[] {
  if (Array.isArray(node)) return node.flatMap(casesIn)
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, inner]) =>
    key === 'testcase' && Array.isArray(inner) ? inner.flatMap(caseOf) : casesIn(inner),
  )
}

function caseOf(node: unknown): readonly TestCase[] {
  const { data } = Case.safeParse(node)
  if (data === undefined) return []
  const { name, classname } = data
  const long =
    classname === undefined || classname === '' ? [] : [`${classname}.${name}`, `${classname} ${name}`]
  const outcome = 'failure' in data || 'error' in data ? 'failed' : 'skipped' in data ? 'skipped' : 'passed'
  return [{ names: [name, ...long], outcome }]
}
