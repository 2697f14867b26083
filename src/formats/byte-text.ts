/** Turns texts whose characters stand for the bytes of another encoding into what they say. */
export type ByteTextDecoder = (text: string) => string

const NOT_ASCII = /[\x80-\xff]/

/**
 * A decoder of texts that were read byte by byte, each byte becoming the character of its number (ISO 8859-1).
 * @param encoding a label of the Encoding Standard; `auto` for UTF-8 where a text is that, else Windows-1252
 */
export function byteTextDecoder(encoding: string): ByteTextDecoder {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const decoder = new TextDecoder(encoding === 'auto' ? 'windows-1252' : encoding)
  return (text) => {
    if (!NOT_ASCII.test(text)) return text
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0))
    if (encoding !== 'auto') return decoder.decode(bytes)
    try {
      return strict.decode(bytes)
    } catch {
      return decoder.decode(bytes)
    }
  }
}

/** Whether `TextDecoder` knows an encoding of that name. */
export function isEncoding(label: string): boolean {
  try {
    new TextDecoder(label)
    return true
  } catch {
    return false
  }
}

const CODE_PAGES: Readonly<Record<string, string>> = {
  ...{ '65001': 'utf-8', '936': 'gbk', '932': 'shift_jis', '949': 'euc-kr', '950': 'big5', '866': 'ibm866' },
  '874': 'windows-874',
}

/** Language drivers in the 30th byte of a DBF, by the code pages they stand for. */
const LANGUAGE_DRIVERS: Readonly<Record<number, string>> = {
  ...{ 3: '1252', 87: '1252', 88: '1252', 89: '1252', 200: '1250', 201: '1251', 202: '1254' },
  ...{ 203: '1253', 204: '1257', 125: '1255', 126: '1256', 38: '866', 101: '866', 77: '936' },
  ...{ 122: '936', 19: '932', 123: '932', 78: '949', 121: '949', 79: '950', 120: '950', 124: '874' },
}

/** The encoding that the text of a `.cpg` file names; null where it is not known. */
export function encodingOfCodePage(text: string): string | null {
  const name = text
    .replace(/^\ufeff/, '')
    .trim()
    .toLowerCase()
  const page = /^(?:(?:ansi|oem|cp|windows)[ _-]?)?(\d{3,5})$/.exec(name)?.[1]
  const iso = /^(?:iso[ _-]?)?8859[ _-]?(\d{1,2})$/.exec(name)?.[1]
  const label = iso ? `iso-8859-${iso}` : page ? (CODE_PAGES[page] ?? `windows-${page}`) : name
  return label !== '' && isEncoding(label) ? label : null
}

/** The encoding that the header of a DBF tells; null where it tells none that is known, or the usual one. */
export function encodingOfDbf(header: Uint8Array): string | null {
  const page = LANGUAGE_DRIVERS[header[29] ?? 0]
  return page === undefined || page === '1252' ? null : encodingOfCodePage(page)
}
