import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planAppArchive } from '../../../src/domain/apps/archive-plan.ts'
import type { ZipEntry } from '../../../src/formats/zip-archive.ts'

const entry = (path: string): ZipEntry => ({
  ...{ path, size: 1, packedSize: 1, offset: 0, method: 0, crc32: 0 },
})
const plan = (...paths: string[]) => planAppArchive(paths.map(entry)).map(({ path }) => path)

describe('the files of an archive', () => {
  it('are those beside app.json', () => {
    expect(plan('b/x.js', 'app.json', 'a/app.json')).toEqual(['b/x.js', 'app.json', 'a/app.json'])
    expect(plan('my/app.json', 'my/images/a.png', 'my/my/app.json')).toEqual([
      'app.json',
      'images/a.png',
      'my/app.json',
    ])
  })

  it.each([
    [['index.html'], 'has no app.json'],
    [[], 'has no app.json'],
    [['a/b/app.json'], 'has no app.json'],
    [['a/app.json', 'b/app.json'], 'more than one app.json: a/app.json, b/app.json'],
    [['a/app.json', 'x.js'], '"x.js" lies outside of a/'],
    [['app.json', '$raw/x'], 'must not begin with $'],
    [['a/app.json', 'a/$raw/x'], 'must not begin with $'],
    [['app.json', 'app.json'], 'twice'],
    [['app.json', 'A.png', 'a.PNG'], 'twice'],
    [['app.json', 'caf\u00e9', 'cafe\u0301'], 'twice'],
    [['app.json', 'x', 'X/y'], '"x" as a file and as a folder'],
    [['app.json', '../x'], 'leads elsewhere'],
    [['app.json', '/etc/passwd'], 'is empty'],
    [['app.json', 'C:/x'], 'leads elsewhere'],
    [['app.json', 'a\\..\\x'], 'separator'],
    [['app.json', 'a/\uff0e\uff0e/x'], 'leads elsewhere'],
    [['app.json', 'a\uff0fb'], 'separator'],
    [['app.json', 'a\0.png'], 'cannot be seen'],
    [['app.json', '%2e%2e/x'], 'encoded more than once'],
    [['app.json', '%252e%252e/x'], 'encoded more than once'],
    [['app.json', '\uff05\uff12\uff45/x'], 'encoded more than once'],
  ])('are refused where they cannot be (%#): %j', (paths, message) => {
    expect(() => plan(...paths)).toThrow(message)
  })

  it('have paths that stay within the app, whatever the archive says', () => {
    const name = fc.oneof(
      fc.constantFrom(
        '..',
        '.',
        '',
        '...',
        '\uff0e\uff0e',
        '\u2024\u2024',
        '%2e%2e',
        '%252e',
        'C:',
        '\\',
        '\0',
        '$raw',
        'a',
        ' ',
      ),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    )
    const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join('/'))
    fc.assert(
      fc.property(path, (evil) => {
        let paths: string[]
        try {
          paths = plan('app.json', evil)
        } catch {
          return
        }
        for (const made of paths) {
          const plain = made.normalize('NFKC')
          expect(
            new URL(`http://h/app/${plain.split('/').map(encodeURIComponent).join('/')}`).pathname,
          ).toMatch(/^\/app\/./)
          expect(plain.split(/[/\\]/)).not.toContain('..')
          expect(made.split('/')).toHaveLength(plain.split(/[/\\]/).length)
          expect(made).not.toMatch(/^[$/]|\0|\\/)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
