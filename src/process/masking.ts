import type { AttemptFacts, Result } from './evidence.ts'
import { makeMasker, type Secret } from './mask.ts'
import { openMaskedOutput, type MaskedOutput } from './masked-output.ts'
import type { Question } from './lines.ts'
import type { ProgressUpdate } from './report.ts'

/** All that leaves an attempt's folder goes through this. */
export interface Masking {
  readonly output: MaskedOutput
  readonly hideInUpdate: (update: ProgressUpdate) => ProgressUpdate
  readonly hideInQuestion: (question: Question) => Question
  readonly hideInFacts: (facts: AttemptFacts) => AttemptFacts
  readonly hideInResult: (result: Result) => Result
}

export async function openMasking(folder: string, secrets: readonly Secret[]): Promise<Masking> {
  const words = makeMasker(secrets)
  const values = makeMasker(secrets, { users: false })
  const output = await openMaskedOutput(folder, words)

  function hideInUpdate({ progress, tail, samples }: ProgressUpdate): ProgressUpdate {
    const label = progress?.label
    return {
      progress: progress && { ...progress, ...(label === undefined ? {} : { label: words.mask(label) }) },
      tail,
      samples: samples.map((sample) => ({ ...sample, answer: words.mask(sample.answer) })),
    }
  }

  function hideInQuestion({ answer, ...question }: Question): Question {
    const told = answer === undefined ? {} : { answer: words.mask(answer) }
    return { ...question, prompt: words.mask(question.prompt), ...told }
  }

  function hideInFacts(left: AttemptFacts): AttemptFacts {
    if ('error' in left) {
      const { message, hint, changed } = left.error
      const error = { message: words.mask(message), hint: words.mask(hint), changed: words.mask(changed) }
      return {
        error,
        ...(left.facts === undefined ? {} : { facts: hideInMap(left.facts) }),
        ...hideInParts(left),
      }
    }
    const facts = hideInMap(left.facts)
    if ('verdict' in left) return { ...left, answer: words.mask(left.answer), facts }
    return { summary: words.mask(left.summary), facts, ...hideInParts(left) }
  }

  function hideInParts({ parts }: { readonly parts?: Parts }): { readonly parts?: Parts } {
    return parts === undefined
      ? {}
      : { parts: parts.map((part) => ({ ...part, name: words.mask(part.name) })) }
  }

  function hideInMap(facts: FactMap): FactMap {
    return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, hideInValue(value)]))
  }

  function hideInValue(value: FactMap[string]): FactMap[string] {
    if (typeof value === 'string') return values.mask(value)
    return Array.isArray(value) ? value.map(values.mask) : value
  }

  function hideInResult(result: Result): Result {
    const { notStarted } = result
    return notStarted === undefined ? result : { ...result, notStarted: words.mask(notStarted) }
  }

  return { output, hideInUpdate, hideInQuestion, hideInFacts, hideInResult }
}

type FactMap = NonNullable<AttemptFacts['facts']>
type Parts = NonNullable<Extract<AttemptFacts, { summary: string }>['parts']>
