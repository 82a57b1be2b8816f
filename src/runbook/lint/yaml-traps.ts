import { isMap, isPair, isScalar, visit } from 'yaml'
import type { Pair, Scalar } from 'yaml'
import { errorAt, warningAt } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { LintContext } from './context.ts'

/** Texts that YAML reads as something else than the writer saw. What it cannot read at all it says itself. */
export function yamlTraps(context: LintContext): Finding[] {
  const { source } = context.draft
  const findings: Finding[] = []
  visit(source.document, {
    Pair: (_, pair, ancestors) => {
      const parent = ancestors.at(-1)
      if (isMap(parent) && parent.flow === true) findings.push(...commaInValue(context, pair))
    },
    Scalar: (_, scalar) => {
      findings.push(...eatenComment(context, scalar))
    },
  })
  return findings
}

/** `{ do: Stop API, workers }` is a step with an unknown key `workers`. */
function commaInValue({ draft }: LintContext, { key, value }: Pair): Finding[] {
  const lone = isScalar(key) && key.range && (value === null || (isScalar(value) && value.source === ''))
  if (!lone || !isScalar(key) || !key.range) return []
  const behind = draft.source.text.slice(key.range[1]).trimStart()
  if (behind.startsWith(':')) return []
  return [
    errorAt(draft.source.spotAt(key.range[0]), {
      code: 'yaml-comma',
      message: `inside { } a comma ends the text before it, so "${String(key.value)}" is read as a key of its own`,
      hint: 'Put the text in quotes, or write the map over several lines.',
    }),
  ]
}

/** `Fix issue #12` ends before the number sign. */
function eatenComment({ draft }: LintContext, scalar: Scalar): Finding[] {
  const { comment, type, range } = scalar
  if (typeof comment !== 'string' || type !== 'PLAIN' || !range || comment.startsWith(' ') || comment === '')
    return []
  const { text } = draft.source
  const between = text.slice(range[1], range[1] + 80).split('\n')[0] ?? ''
  if (!between.trimStart().startsWith(`#${comment.split('\n')[0] ?? ''}`)) return []
  return [
    warningAt(draft.source.spotAt(range[1]), {
      code: 'yaml-comment',
      message: `YAML takes "#${comment}" for a comment, so the text ends before it`,
      hint: 'Put the text in quotes; a comment has a space after #.',
    }),
  ]
}

/** `{{ }}` and `$name` that nobody fills in: outside of notices and the channel's name they stay as they are. */
export function unfilled(context: LintContext): Finding[] {
  const { source, head } = context.draft
  const named = [...Object.keys(head.vars ?? {}), ...(head.secrets ?? [])].map((name) => ({
    name,
    inside: new RegExp(`.\\$\\{?${name}\\b|^\\$\\{?${name}[}/.:-]`),
  }))
  const findings: Finding[] = []
  visit(source.document, {
    Scalar: (at, scalar, ancestors) => {
      const { value, range } = scalar
      if (typeof value !== 'string' || at === 'key' || !range || isChannelName(ancestors)) return
      if (/\{\{.*\}\}/.test(value)) {
        findings.push(
          errorAt(source.spotAt(range[0]), {
            code: 'unfilled',
            message:
              '{{ }} is filled in only in notices and in the name of the channel; here it stays as it stands',
            hint: 'Write the text out; in `with`, `env` and argv a whole value may be `$name`.',
          }),
        )
      }
      const inside = value.includes('$') ? named.find((one) => one.inside.test(value))?.name : undefined
      if (
        inside === undefined ||
        value.startsWith('$$') ||
        /\s/.test(value) ||
        context.index.has(value.slice(1))
      )
        return
      findings.push(
        warningAt(source.spotAt(range[0]), {
          code: 'unfilled',
          message: `$${inside} is filled in only where it is the whole value; in "${value}" it stays as it stands`,
          hint: 'Make the whole value a var.',
        }),
      )
    },
  })
  return findings
}

function isChannelName(ancestors: readonly unknown[]): boolean {
  const keys = ancestors.flatMap((node) =>
    isPair(node) && isScalar(node.key) ? [String(node.key.value)] : [],
  )
  return keys.join('.') === 'channel.name'
}
