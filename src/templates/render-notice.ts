import { WRITERS, type Medium } from './helpers.ts'
import { compile } from './media.ts'
import { NoticeContext } from './notice-context.ts'
import { partsFor, type NoticeMedium, type Part } from './notice-parts.ts'
import { cutForSlack, escapeSlack } from './slack-text.ts'
import { parseTemplate } from './syntax-tree.ts'
import { readTemplateFile } from './template-file.ts'

/** A mail's subject beyond this is cut by most programs that show it. */
const SUBJECT_MAX = 200

/** A template could not be written. Nothing was sent; `hint` says what to do. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  readonly hint: string

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.hint = hint
  }
}

export interface RenderedNotice {
  /** Of a mail. */
  readonly subject?: string
  /** mrkdwn for Slack (at most 3,000 characters), plain for mail, a JSON object for a webhook. */
  readonly text: string
  /** Of a mail whose template has an `html` section. */
  readonly html?: string
}

export interface NoticeToRender {
  /** The text of the template file. */
  readonly template: string
  readonly medium: NoticeMedium
  readonly context: NoticeContext
}

/**
 * Writes a notice. A cutover that is not live is marked REHEARSAL here, so that no template can forget it.
 * Throws {@link TemplateError}; a template without findings of `checkTemplate` never does.
 */
export function renderNotice({ template, medium, context }: NoticeToRender): RenderedNotice {
  const known = NoticeContext.safeParse(context)
  if (!known.success) {
    const at = known.error.issues[0]?.path.join('.') ?? ''
    throw new TemplateError(
      `The facts for this notice are incomplete at \`${at}\`.`,
      'This is a fault of Cutover; send the notice by hand and report it.',
    )
  }
  const { needed, missing } = partsFor(readTemplateFile(template), medium)
  const [first] = missing
  if (first !== undefined) throw new TemplateError(first.message, first.hint)
  const written = new Map(
    needed.map((part) => [part.name, finish(part, write(part, known.data), known.data)]),
  )
  const subject = written.get('subject')
  const html = written.get('html')
  return {
    ...(subject === undefined ? {} : { subject }),
    text: written.get('text') ?? '',
    ...(html === undefined ? {} : { html }),
  }
}

function write(part: Part, context: NoticeContext): string {
  const parsed = parseTemplate(part.section.text)
  if (!parsed.ok) throw new TemplateError(parsed.failure.message, parsed.failure.hint)
  const literal = part.markup || part.as !== 'slack' ? (text: string) => text : escapeSlack
  try {
    return compile(parsed.tree, part.as, literal)(context)
  } catch (error) {
    throw new TemplateError(
      `The notice could not be written: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}.`,
      'Look at the template with `cutover validate`, and send this notice by hand.',
      { cause: error },
    )
  }
}

function finish(part: Part, written: string, { cutover }: NoticeContext): string {
  const mark = cutover.rehearsal ? MARKS[part.as](WRITERS[part.as].value(cutover.environment)) : ''
  if (part.name === 'subject') {
    const line = `${cutover.rehearsal ? '[REHEARSAL] ' : ''}${WRITERS.text.value(written)}`
    return line.length <= SUBJECT_MAX ? line : `${line.slice(0, SUBJECT_MAX - 1).trimEnd()}…`
  }
  if (part.as === 'json') return jsonObject(written, cutover.rehearsal)
  const tidy =
    mark +
    written
      .replaceAll(/[ \t]+$/gm, '')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trim()
  return part.as === 'slack' ? cutForSlack(tidy) : tidy
}

const MARKS: { readonly [M in Medium]: (environment: string) => string } = {
  slack: (environment) => `*REHEARSAL* on ${environment}: nothing here is live.\n`,
  text: (environment) => `REHEARSAL on ${environment}: nothing here is live.\n\n`,
  html: (environment) => `<p><strong>REHEARSAL</strong> on ${environment}: nothing here is live.</p>\n`,
  json: () => '',
}

function jsonObject(written: string, rehearsal: boolean): string {
  let value: unknown
  try {
    value = JSON.parse(written)
  } catch (error) {
    throw new TemplateError(
      'The section `json` is not JSON once it is written.',
      'Put quotes around each value, and take care of commas inside `{{#if}}`.',
      { cause: error },
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TemplateError('The section `json` must be one JSON object.', 'Write `{ … }`.')
  }
  return JSON.stringify(rehearsal ? { ...value, rehearsal: true } : value)
}
