import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodePath, relativeAddress, resolveAddress } from '../../../src/domain/apps/optimize/addresses.ts'
import { pageReferences } from '../../../src/domain/apps/optimize/page-references.ts'
import { htmlTags } from '../../../src/formats/html-tags.ts'

describe('pageReferences', () => {
  it('finds what a page loads of its app', () => {
    const found = pageReferences(
      'pages/index.html',
      `<!doctype html><!-- <script src=commented.js></script> -->
      <LINK REL="icon StyleSheet" HREF='../css/a&amp;b.css?v=1'><link rel=stylesheet href=https://example.org/x.css>
      <script>var s = "<script src='in-a-text.js'><\\/script>"</script>
      <script src="classic.js" src="second.js"></script><script type="text/javascript" src=/absolute.js></script>
      <script type="module" src="./m%C3%BC.js#x"></script><script type="text/template"><script src="t.js"></script>
      <template><script src="later.js"></script></template><script type=module>import 'a'</script>
      <script type="module" src="../../outside.js"></script><script src="classic.js"></script>`,
    )
    expect(found).toMatchObject({
      modules: ['pages/mü.js'],
      scripts: ['pages/classic.js'],
      styles: ['css/a&b.css'],
      hasMappedAddresses: false,
      base: 'pages/index.html',
    })
    expect(found.inline.map(({ isModule, text }) => [isModule, text.trim()])).toEqual([
      [false, `var s = "<script src='in-a-text.js'><\\/script>"`],
      [true, `import 'a'`],
    ])
  })

  it('knows where in a page a script stands', () => {
    const page = '<p>\n<script>a</script>\n  <script>b</script>'
    const [first, second] = pageReferences('p.html', page).inline
    expect([first!.text, second!.text]).toEqual(['\n        a', '\n\n          b'])
  })

  it.each([
    ['sub/', 'sub/a.js'],
    ['../x.html', 'a.js'],
    ['https://example.org/', undefined],
    ['', 'pages/a.js'],
  ])('goes by a base of %j', (href, module) => {
    const page = `<base href="${href}"><base href="second/"><script type=module src=a.js></script>`
    const path = href.startsWith('sub') ? 'index.html' : 'pages/index.html'
    expect(pageReferences(path, page).modules).toEqual(module === undefined ? [] : [module])
  })

  it.each([
    ['{"imports":{"lib":"./lib/lib.js","other":"https://example.org/o.js"}}', ['lib/lib.js'], false],
    ['{"imports":{"lib/":"./lib/"}}', [], true],
    ['{"imports":{"./a.js":"./b.js"}}', ['b.js'], true],
    ['{"scopes":{"x/":{"a":"./b.js"}}}', [], true],
    ['[1, {"imports": 3', [], false],
    ['null', [], false],
  ])('reads a map of imports: %s', (map, modules, hasMappedAddresses) => {
    const page = `<script type="importmap">${map}</script>`
    expect(pageReferences('index.html', page)).toMatchObject({ modules, hasMappedAddresses })
  })
})

describe('htmlTags', () => {
  it('goes through anything', () => {
    const part = fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '<!--',
      '-->',
      '<script',
      '</script',
      ' src=',
      '=',
      '/',
      'a',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string()), { maxLength: 40 }), (parts) => {
        const page = parts.join('')
        for (const { textAt, text } of htmlTags(page))
          expect(page.slice(textAt, textAt + text.length)).toBe(text)
      }),
    )
  })
})

describe('addresses in an app', () => {
  const path = fc
    .array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 5 })
    .map((names) =>
      names.map((name) => `x${name.replaceAll(/[/\\\p{Cc}]/gu, '_')}`.normalize('NFC')).join('/'),
    )
    .filter((text) => text.isWellFormed())

  it('lead back to what they were made for', () => {
    fc.assert(
      fc.property(path, path, (from, to) => {
        const address = { kind: 'file', path: to, suffix: '?q=1#f' } as const
        const told = relativeAddress(from, address)
        expect(told).toMatch(/^\.{1,2}\//)
        expect(told).not.toMatch(/["'`]/)
        expect(resolveAddress(from, told)).toEqual(address)
        expect(resolveAddress(from, encodePath(to))).toMatchObject({ kind: 'file' })
      }),
    )
  })

  it('that lead out of it lead to the same place from everywhere', () => {
    const outside = resolveAddress('a/b/c.js', '../../../other/x.js?y')
    expect(outside).toEqual({ kind: 'outside', up: 1, rest: 'other/x.js?y' })
    expect(relativeAddress('chunks/c.js', outside as { kind: 'outside'; up: number; rest: string })).toBe(
      '../../other/x.js?y',
    )
  })

  it.each([
    'https://example.org/a.js',
    '//example.org/a.js',
    '/a.js',
    'data:text/plain,x',
    '#a',
    '',
    'a%FF.js',
  ])('are none of its own: %j', (address) =>
    expect(resolveAddress('index.html', address)).toEqual({ kind: 'elsewhere' }),
  )
})
