/** A row of a page that names the tests of an API, `docs/<dialect>-tests.md`. */
export interface Row {
  section: string
  /** `METHOD path`, one for each method of the row; none where the row is of a convention. */
  operations: string[]
  whence: string
  file: string
  title: string
}

/** The rows of a page: of operations, or of what holds of many. */
export function rowsOf(markdown: string): Row[] {
  const rows: Row[] = []
  let section = ''
  for (const line of markdown.split('\n')) {
    if (line.startsWith('## ')) section = line.slice(3)
    if (!line.startsWith('|')) continue
    const cells = line.split('|').slice(1, -1)
    const trimmed = cells.map((cell) => cell.trim())
    if (/^(-+|method|what holds)$/.test(trimmed[0]!)) continue
    const [file = '', title = ''] = trimmed.at(-1)!.split(' › ')
    const [methods, path, whence] = trimmed.length === 4 ? trimmed : ['', '', '']
    const operations = methods!
      .split(' ')
      .filter(Boolean)
      .map((method) => `${method} ${path!.replaceAll('`', '')}`)
    rows.push({ section, operations, whence: whence!, file, title })
  }
  return rows
}

/** The titles of the tests of a source: texts that stand before the function that is the test. */
export function titlesOf(source: string): string[] {
  const text = /'((?:[^'\\\n]|\\.)*)'|"([^"\n]*)"/.source
  const calls = source.matchAll(new RegExp(`(?<!describe)\\(\\s*(?:${text}),\\s*(?:async\\b|\\()`, 'g'))
  return Array.from(calls, ([, single, double]) => single?.replaceAll(/\\(.)/g, '$1') ?? double!)
}
