import Handlebars from 'handlebars'
import { z } from 'zod'
import { HELPERS, isHelperName, WRITERS, writeMeasure, type Medium, type Writer } from './helpers.ts'
import type {
  ExpressionNode,
  HashNode,
  MustacheNode,
  PathNode,
  ProgramNode,
  StatementNode,
} from './syntax-tree.ts'

type Environment = typeof Handlebars

const WRITE = 'write'
const Count = z.number()
const Person = z.object({ id: z.string(), name: z.string() })
const Link = z.object({ title: z.string(), url: z.string() })
const TimeOptions = z.object({
  show: z.enum(['full', 'date', 'time']).default('full'),
  zone: z.string().optional(),
})
const Root = z.object({ window: z.object({ zone: z.string() }) })

interface HelperCall {
  readonly hash: { readonly [name: string]: unknown }
  readonly data?: { readonly root?: unknown }
}

const environments = new Map<Medium, Environment>()

/**
 * Compiles one tree for one medium. Each value passes that medium's escape, raw forms such as `{{{name}}}`
 * included; a value that is missing is an error, and nothing is reached through a prototype.
 * `literal` is applied to the text between the values.
 */
export function compile(
  tree: ProgramNode,
  medium: Medium,
  literal: (text: string) => string,
): (context: object) => string {
  const environment = environmentOf(medium)
  const template = environment.compile<object>(writing(tree, literal), {
    strict: true,
    noEscape: true,
    knownHelpersOnly: true,
    knownHelpers: Object.fromEntries([...Object.keys(HELPERS), WRITE].map((name) => [name, true])),
  })
  return (context) =>
    template(context, { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false })
}

function environmentOf(medium: Medium): Environment {
  const made = environments.get(medium) ?? makeEnvironment(WRITERS[medium])
  environments.set(medium, made)
  return made
}

function makeEnvironment(writer: Writer): Environment {
  const environment = Handlebars.create()
  environment.unregisterHelper('lookup')
  environment.unregisterHelper('log')
  const finished = (text: string) => new environment.SafeString(text)
  environment.registerHelper(WRITE, (value: unknown, call: HelperCall) => {
    if (value instanceof environment.SafeString) return value.toString()
    if (typeof value === 'number') return String(value)
    if (typeof value === 'string') return writer.value(value)
    throw new TypeError(`\`${String(call.hash['of'])}\` has no value that can be written`)
  })
  environment.registerHelper('time', (value: unknown, call: HelperCall) => {
    const { show, zone } = TimeOptions.parse(call.hash)
    const style = { show, zone: zone ?? Root.parse(call.data?.root).window.zone }
    return finished(writer.time(Count.parse(value), style))
  })
  environment.registerHelper('person', (value: unknown) => finished(writer.person(Person.parse(value))))
  environment.registerHelper('link', (value: unknown) => finished(writer.link(Link.parse(value))))
  for (const [name, write] of Object.entries(writeMeasure)) {
    environment.registerHelper(name, (value: unknown) => finished(write(Count.parse(value))))
  }
  return environment
}

/**
 * Handlebars' own escape is HTML's and the same for all environments, so the tree is rewritten instead:
 * `{{a.b}}` becomes `{{write a.b}}`, and `{{time a}}` becomes `{{write (time a)}}`.
 */
function writing(program: ProgramNode, literal: (text: string) => string): ProgramNode {
  return { ...program, body: program.body.map((statement) => writingStatement(statement, literal)) }
}

function writingStatement(node: StatementNode, literal: (text: string) => string): StatementNode {
  if (node.type === 'ContentStatement') return { ...node, value: literal(node.value) }
  if (node.type === 'MustacheStatement') return writingMustache(node)
  if (node.type !== 'BlockStatement') return node
  return {
    ...node,
    ...(node.program === undefined ? {} : { program: writing(node.program, literal) }),
    ...(node.inverse === undefined ? {} : { inverse: writing(node.inverse, literal) }),
  }
}

function writingMustache(node: MustacheNode): MustacheNode {
  const { path, params, hash, loc } = node
  const name = String(path.original)
  const isCall = params.length > 0 || hash !== undefined || isHelperName(name)
  const value: ExpressionNode = isCall
    ? { type: 'SubExpression', path, params, loc, ...(hash === undefined ? {} : { hash }) }
    : path
  const write: PathNode = {
    type: 'PathExpression',
    data: false,
    depth: 0,
    parts: [WRITE],
    original: WRITE,
    loc,
  }
  const of: HashNode = {
    type: 'Hash',
    pairs: [
      {
        type: 'HashPair',
        key: 'of',
        value: { type: 'StringLiteral', value: name, original: name, loc },
        loc,
      },
    ],
    loc,
  }
  return { ...node, path: write, params: [value], hash: of }
}
