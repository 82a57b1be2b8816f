/** A plan as it is written on paper, before anybody has said in which form: headings, tables, boxes, blanks. */
export type Part =
  /** `part` begins a new page. */
  | {
      readonly type: 'heading'
      readonly level: 'part' | 'chapter' | 'section'
      readonly text: string
      readonly aside?: string
    }
  | { readonly type: 'text'; readonly text: string }
  /** Stands out: something dangerous, or something that must not be missed. */
  | { readonly type: 'warning'; readonly text: string }
  | { readonly type: 'facts'; readonly rows: readonly (readonly [string, string])[] }
  | {
      readonly type: 'table'
      readonly head: readonly string[]
      readonly rows: readonly (readonly string[])[]
    }
  /** To be typed or sent as it stands. */
  | { readonly type: 'verbatim'; readonly caption?: string; readonly text: string }
  /** To be ticked by hand. */
  | { readonly type: 'boxes'; readonly texts: readonly string[] }
  /** To be filled in by hand. */
  | { readonly type: 'blanks'; readonly labels: readonly string[] }
  | StepPart

/** One step with everything that somebody needs who has nothing but this page. Kept on one page where it fits. */
export interface StepPart {
  readonly type: 'step'
  readonly id: string
  readonly title: string
  /** `RUN · by lead · 22:30 · 3 min`. */
  readonly marks: readonly string[]
  readonly parts: readonly Exclude<Part, { type: 'step' | 'heading' }>[]
}

export interface Paper {
  readonly title: string
  /** Below the title and on every page. */
  readonly subtitle: string
  readonly parts: readonly Part[]
}
