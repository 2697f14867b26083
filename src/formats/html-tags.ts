/** An opening tag of a page, and the text of an element that holds nothing but text. */
export interface HtmlTag {
  /** In lower case. */
  name: string
  /** By their names in lower case; the first of a name counts. */
  attributes: ReadonlyMap<string, string>
  /** What stands in a script or style element; empty for most others. */
  text: string
  /** Where that text begins in the page, in UTF-16 code units. */
  textAt: number
}

const TAG_NAME = /[a-z][^\s/>]*/iy
const TAG_PART = /["'>]/g
const COMMENT_END = /--!?>/g
const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g
/** Elements whose content is text whatever it looks like, or does nothing before it is copied. */
const TEXTS = new Set([
  'script',
  'style',
  'textarea',
  'title',
  'xmp',
  'iframe',
  'noembed',
  'noframes',
  'template',
])

/**
 * The opening tags of a page in their order, without those in comments and in texts. Tolerant as browsers are: what is no tag
 * is passed over, and one that does not end is the last.
 */
export function* htmlTags(page: string): Generator<HtmlTag> {
  for (let at = page.indexOf('<'); at >= 0; ) {
    const nameAt = at + 1
    let end = nameAt
    const name = matchAt(TAG_NAME, page, nameAt)?.[0].toLowerCase()
    if (page.startsWith('<!--', at)) end = commentEnd(page, at)
    else if (name !== undefined) {
      const close = tagEnd(page, nameAt + name.length)
      if (close < 0) return
      const textAt = close + 1
      end = TEXTS.has(name) ? closingTagAt(page, name, textAt) : textAt
      const attributes = attributesOf(page.slice(nameAt + name.length, close))
      yield { name, attributes, text: page.slice(textAt, end), textAt }
    }
    at = page.indexOf('<', end)
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** Behind the comment that begins there; `<!-->` is one. */
function commentEnd(page: string, at: number): number {
  const end = matchAt(COMMENT_END, page, at + 2)
  return end ? end.index + end[0].length : page.length
}

/** Where the `>` of a tag stands, which may stand in quotes as well; -1 where there is none. */
function tagEnd(page: string, from: number): number {
  for (let at = from; ; ) {
    const part = matchAt(TAG_PART, page, at)
    if (!part) return -1
    if (part[0] === '>') return part.index
    const closing = page.indexOf(part[0], part.index + 1)
    if (closing < 0) return -1
    at = closing + 1
  }
}

function closingTagAt(page: string, name: string, from: number): number {
  return matchAt(new RegExp(`</${name}(?=[\\s/>])`, 'gi'), page, from)?.index ?? page.length
}

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name, ...values] of text.matchAll(ATTRIBUTE)) {
    const key = name!.toLowerCase()
    const value = values.find((one) => one !== undefined) ?? ''
    if (!attributes.has(key)) attributes.set(key, withoutReferences(value))
  }
  return attributes
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** A value with the character references resolved that stand in addresses. */
const withoutReferences = (value: string): string =>
  value.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/gi, (all, decimal, hex, named) => {
    if (named) return NAMED[named.toLowerCase()]!
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : all
  })
