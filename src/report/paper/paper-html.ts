import { escapeHtml } from '../../templates/helpers.ts'
import type { Paper, Part } from './document.ts'

/** A plan on paper as one HTML file: nothing is loaded from anywhere, and it prints on A4 with room to write. */
export function paperHtml(paper: Paper): string {
  const { title, subtitle, parts } = paper
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${escapeHtml(title)}</h1><p>${escapeHtml(subtitle)}</p></header>
${parts.map(written).join('\n')}
<footer>${escapeHtml(`${title} · ${subtitle}`)}</footer>
</body>
</html>
`
}

function written(part: Part): string {
  switch (part.type) {
    case 'heading': {
      const aside =
        part.aside === undefined || part.aside === '' ? '' : ` <small>${escapeHtml(part.aside)}</small>`
      const [tag, name] =
        part.level === 'section' ? ['h3', ''] : ['h2', part.level === 'part' ? ' class="part"' : '']
      return `<${tag}${name}>${escapeHtml(part.text)}${aside}</${tag}>`
    }
    case 'text':
      return `<p>${escapeHtml(part.text)}</p>`
    case 'warning':
      return `<p class="warning"><strong>!</strong> ${escapeHtml(part.text)}</p>`
    case 'facts':
      return `<dl>${part.rows
        .filter(([, value]) => value !== '')
        .map(([label, value]) => `<dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd>`)
        .join('')}</dl>`
    case 'table':
      return part.rows.length === 0 ? '' : table(part)
    case 'verbatim':
      return `${part.caption === undefined ? '' : `<p class="caption">${escapeHtml(part.caption)}</p>`}<pre>${escapeHtml(part.text.trimEnd())}</pre>`
    case 'boxes':
      return `<ul class="boxes">${part.texts.map((text) => `<li>${BOX} ${escapeHtml(text)}</li>`).join('')}</ul>`
    case 'blanks':
      return part.labels
        .map((label) => `<p class="blank"><span>${escapeHtml(label)}</span><i></i></p>`)
        .join('')
    case 'step':
      return step(part)
  }
}

const BOX = '<span class="box"></span>'

function step({ id, title, marks, parts }: Extract<Part, { type: 'step' }>): string {
  return `<section class="step">
<h4>${BOX} ${escapeHtml(title)} <code>${escapeHtml(id)}</code></h4>
<p class="marks">${marks.map((mark) => escapeHtml(mark)).join(' · ')}<span class="done">Begun ______ Done ______ By __________</span></p>
${parts.map(written).join('\n')}
</section>`
}

function table({ head, rows }: Extract<Part, { type: 'table' }>): string {
  const cells = (row: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`
  return `<table><thead>${cells(head, 'th')}</thead><tbody>${rows.map((row) => cells(row, 'td')).join('')}</tbody></table>`
}

const STYLE = `
@page { size: A4; margin: 16mm 14mm 18mm; }
* { box-sizing: border-box; }
body { font: 10.5pt/1.4 "Helvetica Neue", Arial, sans-serif; color: #000; max-width: 182mm; margin: 0 auto; padding: 6mm 4mm; }
h1 { font-size: 20pt; margin: 0 0 1mm; }
header { border-bottom: 2px solid #000; margin-bottom: 4mm; }
header p { margin: 0 0 2mm; font-weight: 600; }
h2 { font-size: 14pt; margin: 8mm 0 3mm; border-bottom: 1.5px solid #000; break-after: avoid; }
h3 { font-size: 11.5pt; margin: 5mm 0 2mm; break-after: avoid; }
h4 { font-size: 11pt; margin: 0; display: flex; gap: 2mm; align-items: baseline; }
h4 code { font-weight: 400; font-size: 8.5pt; color: #444; margin-left: auto; }
small { font-weight: 400; font-size: 10pt; }
p { margin: 1mm 0; }
.step { border: 1px solid #999; border-radius: 1.5mm; padding: 2mm 3mm; margin: 0 0 2.5mm; break-inside: avoid; }
.marks { display: flex; justify-content: space-between; gap: 4mm; color: #333; font-size: 9pt; }
.done { white-space: nowrap; color: #000; }
.box { display: inline-block; flex: none; width: 3.6mm; height: 3.6mm; border: 1.2px solid #000; vertical-align: -0.4mm; }
.boxes { list-style: none; padding: 0; margin: 1.5mm 0; }
.boxes li { margin: 1mm 0; padding-left: 6mm; text-indent: -6mm; }
.boxes .box { margin-right: 1.6mm; }
.blank { display: flex; gap: 3mm; align-items: flex-end; margin: 2.5mm 0; }
.blank i { flex: 1; border-bottom: 1px solid #000; min-width: 40mm; height: 5mm; }
.warning { border-left: 1.2mm solid #000; padding-left: 2mm; font-weight: 600; }
.caption { font-weight: 600; font-family: monospace; break-after: avoid; margin-top: 3mm; }
pre { font: 8.8pt/1.35 "DejaVu Sans Mono", Menlo, Consolas, monospace; background: #f2f2f2; border: 1px solid #ccc; padding: 1.5mm 2mm; margin: 1.5mm 0; white-space: pre-wrap; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.4mm 4mm; margin: 1mm 0; font-size: 9.5pt; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: 9.5pt; margin: 1.5mm 0; }
th, td { border: 1px solid #999; padding: 1mm 2mm; text-align: left; vertical-align: top; overflow-wrap: break-word; }
td:empty { min-width: 34mm; }
th { background: #f2f2f2; }
tr { break-inside: avoid; }
td { height: 7mm; }
footer { display: none; }
@media print {
  body { padding: 0; max-width: none; }
  h2.part { break-before: page; }
  .step pre { background: none; }
  footer { display: block; position: fixed; bottom: -12mm; left: 0; right: 0; font-size: 7.5pt; color: #444; }
}
`
