/** What a page is examined for; each runs inside the browser, by `page.evaluate`. */
interface Audits {
  faintTexts(): string[]
  namelessControls(): string[]
  rightmost(): number
}

const inPage = new URL('in-page.js', import.meta.url).href

export const { faintTexts, namelessControls, rightmost } = (await import(inPage)) as Audits
