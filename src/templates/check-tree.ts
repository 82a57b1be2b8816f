import { closest } from 'fastest-levenshtein'
import { shapeName, type Shape } from './context-shape.ts'
import { HELPERS, isHelperName, type HelperName, type HelperSpec, type Medium } from './helpers.ts'
import { isZone } from './format.ts'
import { guardedBy, inside, outermost, resolve, type Resolved, type Scope } from './scope.ts'
import type {
  BlockNode,
  ExpressionNode,
  HashNode,
  MustacheNode,
  ProgramNode,
  StatementNode,
  SubExpressionNode,
} from './syntax-tree.ts'
import type { Finding } from './template-file.ts'

export interface TreeCheck {
  readonly context: Shape
  readonly medium: Medium
  readonly roles: readonly string[] | undefined
}

const BLOCKS = ['if', 'unless', 'each', 'with'] as const
type BlockName = (typeof BLOCKS)[number]

/** Walks a template's tree as the renderer would and gathers what could go wrong, in the order of the text. */
export function findingsOf(tree: ProgramNode, check: TreeCheck): readonly Finding[] {
  const walk = new Walk(check)
  walk.program(tree, outermost(check.context))
  return walk.findings
}

class Walk {
  readonly findings: Finding[] = []
  readonly #check: TreeCheck

  constructor(check: TreeCheck) {
    this.#check = check
  }

  program(program: ProgramNode | undefined, scope: Scope): void {
    for (const statement of program?.body ?? []) this.#statement(statement, scope)
  }

  #statement(node: StatementNode, scope: Scope): void {
    if (node.type === 'ContentStatement' || node.type === 'CommentStatement') return
    if (node.type === 'MustacheStatement') this.#mustache(node, scope)
    else if (node.type === 'BlockStatement') this.#block(node, scope)
    else {
      this.#add(
        node,
        'A notice has no partials and no decorators.',
        'Write the text out here; a notice is one file.',
      )
    }
  }

  #mustache(node: MustacheNode, scope: Scope): void {
    if (!node.escaped) {
      this.#add(
        node,
        'Values are never written raw.',
        `Write \`{{${String(node.path.original)}}}\` with two braces.`,
      )
    }
    const name = String(node.path.original)
    if (node.params.length > 0 || node.hash !== undefined || isHelperName(name)) {
      this.#call(node, scope)
      return
    }
    if (node.path.type !== 'PathExpression') {
      this.#add(node, `\`${name}\` is not a value of the notice.`, 'Write it as plain text, without braces.')
      return
    }
    const found = resolve(node.path, scope, this.#check.roles)
    if (this.#mustBeThere(node.path, found)) this.#writable(node, name, found.shape)
  }

  #writable(node: MustacheNode, name: string, shape: Shape): void {
    if (shape.is === 'value' && (shape.kind === 'text' || shape.kind === 'number')) return
    const kind = shape.is === 'object' || shape.is === 'value' ? shape.kind : undefined
    const helper = kind === undefined || !isHelperName(kind) ? undefined : `{{${kind} ${name}}}`
    const message = `\`${name}\` is ${shapeName(shape)}, which cannot be written as it is.`
    if (helper !== undefined) this.#add(node, message, `Write \`${helper}\`.`)
    else if (shape.is === 'object') {
      this.#add(
        node,
        message,
        `Name a value in it: ${[...shape.fields.keys()].map((key) => `${name}.${key}`).join(', ')}.`,
      )
    } else if (shape.is === 'value') {
      this.#add(node, message, `Use it as a condition: \`{{#if ${name}}}…{{/if}}\`.`)
    } else this.#add(node, message, `Go through it: \`{{#each ${name}}}…{{/each}}\`.`)
  }

  #call(node: MustacheNode | SubExpressionNode, scope: Scope): void {
    const name = String(node.path.original)
    if (!isHelperName(name)) {
      const known = Object.keys(HELPERS)
      this.#add(
        node,
        `There is no helper \`${name}\`.`,
        `Did you mean \`${closest(name, known)}\`? Helpers are ${known.join(', ')}.`,
      )
      return
    }
    const helper: HelperSpec = HELPERS[name]
    const [argument] = node.params
    if (argument === undefined || node.params.length !== 1) {
      this.#add(
        node,
        `\`${name}\` takes one value, and here are ${node.params.length}.`,
        `As in \`${helper.example}\`.`,
      )
    } else this.#argument(argument, name, scope)
    this.#options(node.hash, name, helper)
  }

  #argument(node: ExpressionNode, name: HelperName, scope: Scope): void {
    const helper: HelperSpec = HELPERS[name]
    if (node.type !== 'PathExpression') {
      this.#add(node, `\`${name}\` takes a value of the notice.`, `As in \`${helper.example}\`.`)
      return
    }
    const found = resolve(node, scope, this.#check.roles)
    if (!this.#mustBeThere(node, found)) return
    const { shape } = found
    const kind = shape.is === 'object' || shape.is === 'value' ? shape.kind : undefined
    if (kind === helper.takes) return
    const wanted = {
      time: 'a time',
      duration: 'a duration',
      bytes: 'a size',
      person: 'a person',
      link: 'a link',
      number: 'a number',
    }
    this.#add(
      node,
      `\`${name}\` takes ${wanted[helper.takes]}, and \`${node.original}\` is ${shapeName(shape)}.`,
      kind !== undefined && isHelperName(kind)
        ? `Write \`{{${kind} ${node.original}}}\`.`
        : `As in \`${helper.example}\`.`,
    )
  }

  #options(hash: HashNode | undefined, name: HelperName, helper: HelperSpec): void {
    for (const pair of hash?.pairs ?? []) {
      const allowed = helper.options[pair.key]
      const value = pair.value.type === 'StringLiteral' ? String(pair.value.value) : undefined
      if (allowed === undefined) {
        const known = Object.keys(helper.options)
        this.#add(
          pair,
          `\`${name}\` has no \`${pair.key}=\`.`,
          known.length === 0
            ? `As in \`${helper.example}\`.`
            : `Did you mean \`${closest(pair.key, known)}=\`?`,
        )
      } else if (value === undefined) {
        this.#add(pair, `\`${pair.key}=\` takes a text in quotes.`, `As in \`${pair.key}="…"\`.`)
      } else if (allowed === 'zone' ? !isZone(value) : !allowed.includes(value)) {
        const hint =
          allowed === 'zone'
            ? 'An IANA name, as in "Europe/Berlin".'
            : `One of ${allowed.map((one) => `"${one}"`).join(', ')}.`
        this.#add(pair, `\`${pair.key}="${value}"\` is not known.`, hint)
      }
    }
  }

  #block(node: BlockNode, scope: Scope): void {
    const name = String(node.path.original)
    const block = BLOCKS.find((one) => one === name)
    const [subject] = node.params
    if (block === undefined) {
      this.#add(
        node,
        `There is no block \`${name}\`.`,
        `Did you mean \`{{#${closest(name, [...BLOCKS])} …}}\`? Blocks are ${BLOCKS.join(', ')}.`,
      )
    } else if (subject?.type !== 'PathExpression' || node.params.length !== 1 || node.hash !== undefined) {
      this.#add(
        node,
        `\`{{#${name}}}\` takes one value of the notice and nothing else.`,
        `As in \`{{#${name} reason}}…{{/${name}}}\`.`,
      )
    } else {
      const found = resolve(subject, scope, this.#check.roles)
      const usable =
        block === 'if' || block === 'unless'
          ? this.#mayBeAbsent(subject, found)
          : this.#mustHold(block, subject, found)
      this.#branches(block, node, scope, usable ? found : undefined)
      return
    }
    this.program(node.program, scope)
    this.program(node.inverse, scope)
  }

  #branches(block: BlockName, node: BlockNode, scope: Scope, found: Resolved | undefined): void {
    const names = node.program?.blockParams ?? []
    if (found?.shape === undefined) {
      // What it would have been is not known, so what is inside cannot be judged.
      if (block === 'if' || block === 'unless') this.program(node.program, scope)
      this.program(node.inverse, scope)
      return
    }
    const there = guardedBy(scope, found)
    if (block === 'if' || block === 'unless') {
      if (names.length > 0)
        this.#add(
          node,
          `\`{{#${block}}}\` names nothing.`,
          'Leave out `as |…|`; `{{#with}}` can name a value.',
        )
      this.program(node.program, block === 'if' ? there : scope)
      this.program(node.inverse, block === 'if' ? scope : there)
      return
    }
    this.program(node.program, inside(there, { found, names, each: block === 'each' }))
    this.program(node.inverse, scope)
  }

  #mustHold(
    block: BlockName,
    node: ExpressionNode & { readonly original: string },
    found: Resolved,
  ): boolean {
    if (!this.#mayBeAbsent(node, found)) return false
    const isList = found.shape?.is === 'list' || found.shape?.is === 'map'
    if (block === 'each' ? isList : found.shape?.is === 'object') return true
    const what = found.shape === undefined ? '' : shapeName(found.shape)
    this.#add(
      node,
      `\`{{#${block}}}\` takes ${block === 'each' ? 'a list' : 'a group of values'}, and \`${node.original}\` is ${what}.`,
      block === 'each'
        ? `Write \`{{#if ${node.original}}}\` for a condition.`
        : `Write \`{{#${isList ? 'each' : 'if'} ${node.original}}}\`.`,
    )
    return false
  }

  /** A condition: its last part may be absent, what leads to it may not. */
  #mayBeAbsent(node: ExpressionNode, found: Resolved): boolean {
    if (found.problem !== undefined) this.findings.push({ ...at(node), ...found.problem })
    return found.problem === undefined
  }

  #mustBeThere(node: ExpressionNode, found: Resolved): found is Resolved & { readonly shape: Shape } {
    if (!this.#mayBeAbsent(node, found)) return false
    if (found.unguarded !== undefined) {
      this.#add(
        node,
        `\`${found.unguarded}\` is not always there.`,
        `Write \`{{#if ${found.unguarded}}}…{{/if}}\` around it.`,
      )
      return false
    }
    return found.shape !== undefined
  }

  #add(node: Pick<ExpressionNode, 'loc'>, message: string, hint: string): void {
    this.findings.push({ ...at(node), message, hint })
  }
}

function at({ loc }: Pick<ExpressionNode, 'loc'>): { readonly line: number; readonly col: number } {
  return { line: loc.start.line, col: loc.start.column + 1 }
}
