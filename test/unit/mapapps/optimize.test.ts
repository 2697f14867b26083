import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OPTIMIZED_SOURCE_MAX_BYTES } from '../../../src/domain/apps/optimize/limits.ts'
import { oneAtATime } from '../../../src/domain/apps/optimize/one-at-a-time.ts'
import { load } from '../../support/module-graph.ts'
import { optimize, optimizerTurns } from './optimizing.ts'

const page = (script: string) => `<!doctype html><script type="module" src="${script}"></script>`

describe('an optimized app', () => {
  it('has in one piece what its page loads, and the rest later', async () => {
    const files = {
      'index.html': page('js/main.js?v=3'),
      'js/main.js': `import { twice } from './lib/twice.js'
        export const result = async () => [twice(2), (await import('./late.js')).late]`,
      'js/lib/twice.js': `/** @license MIT */ import { factor } from './factor.js'
        export const twice = (someNumber) => someNumber * factor()`,
      'js/lib/factor.js': 'let asked = 0; export const factor = () => 2 + asked++',
      'js/late.js': `import { factor } from './lib/factor.js'; export const late = factor()`,
    }
    const { served, text } = await optimize(files)
    expect(text('js/main.js')).not.toContain('lib/')
    expect(Object.keys(served).filter((path) => path.startsWith('chunks/'))).toHaveLength(2)
    expect(Object.values(served).join('')).toContain('@license MIT')
    expect(text('index.html')).toBe(files['index.html'])
    expect(await load(served, ['js/main.js'])).toEqual([[4, 3]])
    expect(await load(files, ['js/main.js'])).toEqual([[4, 3]])
  })

  it('behaves as its sources do, whatever imports what', async () => {
    /** Modules that import others before them, now or later, ask for their own addresses, or do not. */
    const graph = fc.array(
      fc.record({
        imports: fc.array(fc.nat(), { maxLength: 3 }),
        later: fc.array(fc.nat(), { maxLength: 2 }),
        folder: fc.constantFrom('', 'a/', 'a/b/', 'ü #/'),
        asksAddress: fc.boolean(),
        isPage: fc.boolean(),
      }),
      { minLength: 2, maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(graph, async (modules) => {
        const paths = modules.map(({ folder }, index) => `${folder}m${index}.mjs`)
        const address = (from: number, to: number) =>
          '../'.repeat(paths[from]!.split('/').length - 1).replace(/^$/, './') +
          paths[to]!.split('/').map(encodeURIComponent).join('/')
        const files: Record<string, string> = {}
        for (const [index, { imports, later, asksAddress, isPage }] of modules.entries()) {
          const earlier = (numbers: number[]) => [
            ...new Set(numbers.map((n) => (index === 0 ? 0 : n % index))),
          ]
          const [now, then] = index === 0 ? [[], []] : [earlier(imports), earlier(later)]
          files[paths[index]!] = [
            ...now.map((n) => `import { result as r${n} } from ${JSON.stringify(address(index, n))}`),
            'let calls = 0',
            // Says how often it was called: a module that is there twice would count twice.
            `export const result = async () => [${index}, ++calls,`,
            ...(asksAddress ? [`import.meta.url.split('/').at(-1).replace(/^m.*/, 'm'),`] : []),
            ...now.map((n) => `await r${n}(),`),
            ...then.map((n) => `await (await import(${JSON.stringify(address(index, n))})).result(),`),
            ']',
          ].join('\n')
          if (isPage || index === modules.length - 1)
            files[`page${index}.html`] = page(paths[index]!.split('/').map(encodeURIComponent).join('/'))
        }
        const { served } = await optimize(files)
        const pages = paths.filter((_, index) => files[`page${index}.html`] !== undefined)
        expect(await load(served, pages)).toEqual(await load(files, pages))
      }),
      { numRuns: 12, endOnFailure: true },
    )
  })

  it('keeps a module where it is that asks for its address, but for one that only pages load', async () => {
    const address = 'export const here = import.meta.url'
    const { text } = await optimize({
      'index.html': page('main.js'),
      'main.js': `import { here } from './lib/here.js'; console.log(here, import.meta.url)`,
      'lib/here.js': `import { x } from './x.js'; ${address} + x`,
      'lib/x.js': 'export const x = 1',
    })
    expect(text('main.js')).toMatch(
      /^import\{here as \w+\}from"\.\/lib\/here\.js";console\.log\(\w+,import\.meta\.url\);\n$/,
    )
    expect(text('lib/here.js')).toContain('from"./x.js"')
  })

  it.each([
    ['computes addresses', { 'main.js': `import './x.js'; const n = 'x'; import('./' + n + '.js')` }],
    ['maps addresses', { 'map.html': '<script type=importmap>{"imports":{"./x.js":"./y.js"}}</script>' }],
    ['computes them in a page', { 'inline.html': '<script type=module>import(location.hash)</script>' }],
  ])('has each module by itself where it %s', async (_what, files) => {
    const { text, made } = await optimize({
      'index.html': page('main.js'),
      'main.js': `import './x.js'`,
      'x.js': 'globalThis.x = 1',
      ...files,
    })
    expect(text('main.js')).toContain('./x.js')
    expect([...made.keys()].some((path) => path.startsWith('chunks'))).toBe(false)
  })

  it('makes scripts small that are no modules, and leaves the names that others know', async () => {
    const { text } = await optimize({
      'index.html': '<script src="classic.js"></script>',
      'classic.js': '/*! legal */ function known(longArgument) { return longArgument + 1 }\nvar unused = 1',
      'amd.js': `define(["./a", "exports"], function (someModule, exports) { exports.b = someModule.b })`,
      'umd.js': `(function (root, factory) { if (typeof exports === 'object') factory(exports); else factory(root) })(this, function (e) { e.umd = 1 })`,
    })
    expect(text('classic.js').trim()).toBe('/*! legal */function known(n){return n+1}var unused=1;')
    expect(text('amd.js').trim()).toBe('define(["./a","exports"],function(e,n){n.b=e.b});')
    const root: { umd?: number } = {}
    new Function(text('umd.js')).call(root)
    expect(root.umd).toBe(1)
  })

  it('has style sheets with those they import, whose addresses go on to lead where they led', async () => {
    const { text } = await optimize({
      'page/index.html': '<link rel="STYLESHEET next" href="../css/main.css?x">',
      'css/main.css':
        '@import "sub/a.css" screen; @import url(https://example.org/z.css); .m { color: rgba(255,0,0,.5) }',
      'css/sub/a.css': '/*! keep */ .a { background: url("../../i/b c.png#x") url(/abs.png) url(data:,x) }',
      'other.css': '@import "css/sub/a.css"; .o   { margin: 0px }',
    })
    expect(text('css/main.css').trim()).toBe(
      '@import"https://example.org/z.css";@media screen{/*! keep */.a{background:url(../i/b%20c.png#x) url(/abs.png) url(data:,x)}}.m{color:#ff000080}',
    )
    expect(text('other.css').trim()).toBe('@import"css/sub/a.css";.o{margin:0}')
  })

  it('writes JSON without spaces and with every digit, and leaves what is none', async () => {
    const { text, bytes, made } = await optimize({
      'a.json': '\ufeff{ "n": 12345678901234567890.10, "t": "a \\" b" }',
      'b.geojson': '{ // no comments here\n}',
      'latin.json': Uint8Array.of(0x22, 0xe4, 0x22, 0x20),
    })
    expect(text('a.json')).toBe('{"n":12345678901234567890.10,"t":"a \\" b"}')
    expect(text('b.geojson')).toBe('{ // no comments here\n}')
    expect(bytes(made.get('latin.json')!.objectKey)).toEqual(Uint8Array.of(0x22, 0xe4, 0x22, 0x20))
  })

  it('is compressed where that gains something, to the same bytes', async () => {
    const random = Uint8Array.from({ length: 5000 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 13)
    const { made, bytes } = await optimize({
      'a.txt': 'some words '.repeat(500),
      'large.svg': `<svg>${'<path d="M0 0"/>'.repeat(300_000)}</svg>`,
      'short.txt': 'some words '.repeat(20),
      'random.txt': random,
      'a.png': 'some words '.repeat(500),
    })
    for (const path of ['a.txt', 'large.svg']) {
      const { objectKey, gzipKey, brotliKey } = made.get(path)!
      expect(gunzipSync(bytes(gzipKey!)).equals(bytes(objectKey))).toBe(true)
      expect(brotliDecompressSync(bytes(brotliKey!)).equals(bytes(objectKey))).toBe(true)
    }
    for (const path of ['short.txt', 'a.png'])
      expect(made.get(path)).toMatchObject({ objectKey: path, gzipKey: null, brotliKey: null })
  })

  it.each([
    [{ 'index.html': '', 'broken.js': 'let a = 1\nlet b = ;' }, 'broken.js:2:9: Unexpected ";"'],
    [
      { 'index.html': page('main.js'), 'main.js': `\n import './lib/none.js'` },
      'main.js:2:9: Could not resolve "./lib/none.js": the app has no such file',
    ],
    [
      { 'index.html': '<link rel=stylesheet href=a.css>', 'a.css': '@import "b.css";' },
      'a.css:1:9: Could not resolve "b.css": the app has no such file',
    ],
    [
      {
        'index.html': page('main.js'),
        'main.js': `import { b } from './a.js'; b()`,
        'a.js': 'export const a = 1',
      },
      'main.js:1:10: No matching export in "a.js" for import "b"',
    ],
  ])('is not made of what is wrong, which is said with its place', async (files, message) => {
    await expect(optimize(files as Record<string, string>)).rejects.toThrow(message)
  })

  it('leaves what takes more memory than there is, or is too large, and makes the rest', async () => {
    const deep = `x = ${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const large = `/* ${' '.repeat(OPTIMIZED_SOURCE_MAX_BYTES)} */ export const l = 1`
    const { text } = await optimize({
      'index.html': page('main.js'),
      'main.js': `import './large.js'; import './deep.js'; import { x } from './x.js'; console.log(x)`,
      'deep.js': deep,
      'large.js': large,
      'x.js': 'export const x = 1',
    })
    expect(text('deep.js')).toBe(deep)
    expect(text('large.js')).toBe(large)
    expect(text('main.js')).toBe('import"./large.js";import"./deep.js";console.log(1);\n')
  })
})

describe('the optimizer', () => {
  it('does one call at a time, and the next when that has ended', async () => {
    const turn = await optimizerTurns()
    const { promise, resolve } = Promise.withResolvers<string>()
    const done: string[] = []
    const first = turn(() => promise)
    const second = turn(async () => done.push('second'))
    await new Promise((next) => setTimeout(next, 50))
    expect(done).toEqual([])
    resolve('first')
    expect(await first).toEqual({ kind: 'made', result: 'first' })
    expect(await second).toEqual({ kind: 'made', result: 1 })
  })

  it('says that it is busy where that takes too long', async () => {
    const turn = oneAtATime({ startRunningService: async () => null, wasmModule: null as never }, 20)
    const { promise, resolve } = Promise.withResolvers<string>()
    const first = turn(() => promise)
    expect(await turn(async () => 'second')).toEqual({ kind: 'busy' })
    resolve('first')
    await first
  })
})
