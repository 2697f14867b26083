import { FormatError } from './format-error.ts'

/** The root element must begin within so many bytes. */
export const XML_PROLOG_MAX_BYTES = 256 * 1024
/** How much of the root element's attributes is looked at. */
const ATTRIBUTES_MAX_CHARACTERS = 16 * 1024

/** The root element of a document. */
export interface XmlRoot {
  /** Without its prefix. */
  name: string
  /** Values of all attributes that declare namespaces. */
  namespaces: string[]
}

/**
 * Finds the root element of an XML document and refuses one with a document type, in which entities are declared that
 * make a small file large or lead to other files. A parser that meets no DOCTYPE has none to expand.
 * @param head the document's first bytes
 * @throws FormatError `xml-doctype`; `bad-xml` where no root element begins among them
 */
export function xmlRoot(head: Uint8Array): XmlRoot {
  const text = decode(head.subarray(0, XML_PROLOG_MAX_BYTES))
  for (let at = 0; ; ) {
    while (at < text.length && text.charCodeAt(at) <= 0x20) at++
    if (text.startsWith('<?', at)) at = endOf(text, '?>', at)
    else if (text.startsWith('<!--', at)) at = endOf(text, '-->', at + 4)
    else if (text.startsWith('<!', at))
      throw new FormatError('xml-doctype', 'a document type (<!DOCTYPE>) is not allowed in an XML file')
    else {
      const root = /^<([\p{L}_][^\s/>]{0,200})/u.exec(text.slice(at, at + 256))
      if (!root) throw new FormatError('bad-xml', `no element of XML begins at character ${at + 1}`)
      const tag = text.slice(at, at + ATTRIBUTES_MAX_CHARACTERS)
      const attributes = tag.slice(0, tagEnd(tag))
      return {
        name: root[1]!.replace(/^.*:/, ''),
        namespaces: [...attributes.matchAll(/\sxmlns(?::[^\s=]+)?\s*=\s*["']([^"']*)["']/g)].map(
          (found) => found[1]!,
        ),
      }
    }
  }
}

/** Whether bytes begin as XML does, in whatever encoding. */
export function looksLikeXml(head: Uint8Array): boolean {
  return /^\s*<[?!\p{L}_]/u.test(decode(head.subarray(0, 1024)))
}

function decode(bytes: Uint8Array): string {
  const [first, second] = bytes
  const isWide = first === 0xff || first === 0xfe || first === 0 || second === 0
  const isBigEndian = first === 0xfe || first === 0
  return new TextDecoder(isWide ? (isBigEndian ? 'utf-16be' : 'utf-16le') : 'utf-8').decode(bytes)
}

function endOf(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from)
  if (end === -1)
    throw new FormatError('bad-xml', `its root element does not begin within ${XML_PROLOG_MAX_BYTES} bytes`)
  return end + mark.length
}

/** Where a tag ends; a `>` in an attribute's quotes does not end it. */
function tagEnd(tag: string): number {
  return /^(?:[^"'>]|"[^"]*"|'[^']*')*/.exec(tag)![0].length
}
