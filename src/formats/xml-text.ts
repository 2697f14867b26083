const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Control characters, most of which XML 1.0 cannot hold even escaped, and the two noncharacters it excludes. */
const UNREPRESENTABLE = /[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu

/** Text as XML character data or the value of an attribute; what XML cannot hold becomes U+FFFD. */
export const xmlText = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(UNREPRESENTABLE, '\ufffd')
    .replaceAll(/[&<>"']/g, (character) => ESCAPES[character]!)
