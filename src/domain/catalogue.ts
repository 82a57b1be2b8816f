/** Type of a fact an action gives, or of a parameter it takes. */
export type ValueType = 'text' | 'int' | 'number' | 'boolean' | 'path' | 'file' | 'json' | 'map' | 'list'

export interface ParameterSpec {
  readonly type: ValueType | 'target'
  /** For `type: 'target'`. */
  readonly targets?: readonly ('sqlite' | 'postgres')[]
  readonly required: boolean
  readonly description: string
}

/** What the runbook language must know about an action; made from its zod schema. */
export interface ActionSpec {
  readonly name: string
  readonly kinds: readonly ('run' | 'check')[]
  readonly summary: string
  /** False: it declares itself additive; a `run` of it needs neither undo nor irreversible. */
  readonly mutating: boolean
  /** Its attempts have parts, which a runbook may estimate one by one. */
  readonly hasParts?: true
  readonly parameters: { readonly [name: string]: ParameterSpec }
  readonly facts: { readonly [name: string]: ValueType }
  /** What the action would not take, as far as that is known before it runs. Targets count as referenced. */
  readonly problems: (input: LiteralInput) => readonly InputProblem[]
}

/** Arguments of one use of an action, apart by whether their value is known already. */
export interface LiteralInput {
  readonly literals: { readonly [parameter: string]: unknown }
  readonly referenced: readonly string[]
}

/** `message` is a clause of its own; without `parameter` it is about the arguments together. */
export interface InputProblem {
  readonly parameter?: string
  readonly message: string
}

export type ActionCatalogue = { readonly [name: string]: ActionSpec }
