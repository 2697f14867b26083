import { asList, isNode, type Node } from './json-ld.ts'

const PREFERRED_LANGUAGES = ['en', 'none', '@none']
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

/**
 * What a label or a description says, in one language and without markup: a language map of Presentation 3
 * (`{"en": ["..."]}`), or a text, a `{"@value", "@language"}` or a list of them as in Presentation 2. English goes
 * before what has no language, and that before the first there is. Empty where nothing is said.
 */
export function plainText(value: unknown): string {
  const said = asList(value).flatMap(valuesOf)
  const chosen =
    PREFERRED_LANGUAGES.find((wanted) => said.some(({ language }) => isOf(language, wanted))) ??
    said[0]?.language
  return said
    .filter(({ language }) => chosen !== undefined && isOf(language, chosen))
    .map(({ text }) => withoutMarkup(text))
    .filter((text) => text !== '')
    .join('\n')
}

interface Said {
  language: string
  text: string
}

const isOf = (language: string, wanted: string): boolean =>
  language === wanted || language.startsWith(`${wanted}-`)

function valuesOf(value: unknown): Said[] {
  if (typeof value === 'string') return [{ language: 'none', text: value }]
  if (!isNode(value)) return []
  if ('@value' in value) return literal(value)
  return Object.entries(value).flatMap(([language, texts]) =>
    asList(texts).flatMap((text) => (typeof text === 'string' ? [{ language, text }] : [])),
  )
}

function literal({ '@value': text, '@language': language }: Node): Said[] {
  if (typeof text !== 'string') return []
  return [{ language: typeof language === 'string' ? language : 'none', text }]
}

/** A value that begins with a tag and ends with one is HTML (Presentation 3.0, section 4.5). */
function withoutMarkup(value: string): string {
  const text = value.trim()
  if (!text.startsWith('<') || !text.endsWith('>')) return text
  return text
    .replace(/<br\s*\/?>|<\/(?:p|div|li)\s*>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(\w{1,6});/g, (whole, name: string) => ENTITIES[name] ?? whole)
    .replace(/[ \t]*\n\s*/g, '\n')
    .trim()
}
