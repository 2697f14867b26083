import { posix, win32 } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ValidationError } from '../../../src/domain/errors.ts'
import { isShown, mediaTypeOfFile } from '../../../src/domain/storage/media-types.ts'
import {
  encodeStoragePath,
  NAME_MAX_BYTES,
  PATH_MAX_BYTES,
  PATH_MAX_NAMES,
  parseStoragePath,
  storagePathOfAddress,
} from '../../../src/domain/storage/storage-path.ts'

const FOLDER = '/storage/of/somebody'

/** What a path comes to, or null where it is refused. */
function outcome(parse: (text: string) => string, text: string): string | null {
  try {
    return parse(text)
  } catch (error) {
    expect(error).toBeInstanceOf(ValidationError)
    return null
  }
}

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '..',
        '.',
        '/',
        '\\',
        '%2e',
        '%2F',
        '%252e',
        '%5c',
        '%',
        '\0',
        'C:',
        '//',
        ' ',
        '%c0%af',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

describe('a path of the storage', () => {
  it('never leaves its folder, whatever is written and however it is read again', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const parse of [parseStoragePath, storagePathOfAddress]) {
          const path = outcome(parse, text)
          if (path === null || path === '') continue
          for (const { resolve, sep } of [posix, win32]) {
            const root = resolve(FOLDER)
            const parts = resolve(FOLDER, path).split(sep)
            expect(parts.join(sep).startsWith(root + sep)).toBe(true)
            expect(parts.slice(root.split(sep).length).join('/')).toBe(path)
          }
          // Whoever decodes it once more is led nowhere else.
          const again = outcome(storagePathOfAddress, path)
          if (again !== null) expect(posix.resolve(FOLDER, again).startsWith(`${FOLDER}/`)).toBe(true)
          expect(parseStoragePath(path)).toBe(path)
          expect(storagePathOfAddress(encodeStoragePath(path))).toBe(path)
          expect(path).toBe(path.normalize('NFC'))
          expect(/[\p{Cc}\\]/u.test(path)).toBe(false)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['my_folder/world.shp', 'my_folder/world.shp'],
    ['my_folder/', 'my_folder'],
    ['', ''],
    ['n%C3%BC/%E6%97%A5%E6%9C%AC.txt', 'nü/日本.txt'],
    ['nu%CC%88.txt', 'nü.txt'],
    ['100%25 of it', '100% of it'],
    ['a%20b/...c', 'a b/...c'],
    ['a%3Fb%23c', 'a?b#c'],
  ])('%j in an address is %j', (address, path) => {
    expect(storagePathOfAddress(address)).toBe(path)
  })

  it.each([
    ['leads elsewhere', '..'],
    ['leads elsewhere', 'C:/x'],
    ['leads elsewhere', 'a/../b'],
    ['leads elsewhere', '%2e%2e'],
    ['leads elsewhere', 'a/.'],
    ['leads elsewhere', '...'],
    ['leads elsewhere', '%20'],
    ['separator', 'a%2fb'],
    ['separator', 'a%5Cb'],
    ['encoded more than once', '%252e%252e'],
    ['encoded more than once', 'a%2500'],
    ['cannot be seen', 'a%00'],
    ['cannot be seen', 'a%0A'],
    ['cannot be seen', 'gpj%E2%80%AEexe'],
    ['is empty', 'a//b'],
    ['is empty', '//etc/passwd'],
    ['not encoded as UTF-8', '%ff'],
    [`${NAME_MAX_BYTES} bytes`, 'a'.repeat(NAME_MAX_BYTES + 1)],
    [`${PATH_MAX_NAMES} names`, Array.from({ length: PATH_MAX_NAMES + 1 }, () => 'a').join('/')],
    [`${PATH_MAX_BYTES} bytes`, Array.from({ length: 5 }, () => 'a'.repeat(250)).join('/')],
  ])('is refused: %s', (why, address) => {
    expect(() => storagePathOfAddress(address)).toThrow(why)
  })
})

describe('the media type of a file', () => {
  it('is what its extension says, else what was declared, else nothing known', () => {
    expect(mediaTypeOfFile('a/b.PNG', 'text/html')).toBe('image/png')
    expect(mediaTypeOfFile('a.d/b', 'application/x-own')).toBe('application/x-own')
    for (const declared of [null, '', 'text', 'text/html; charset=x', 'a/b\r\nx: y', `a/${'b'.repeat(100)}`])
      expect(mediaTypeOfFile('b.unknown', declared)).toBe('application/octet-stream')
    expect(mediaTypeOfFile('constructor', null)).toBe('application/octet-stream')
    expect(mediaTypeOfFile('x.constructor', null)).toBe('application/octet-stream')
  })

  it('tells what browsers show', () => {
    for (const type of ['text/plain; charset=utf-8', 'image/svg+xml', 'video/mp4'])
      expect(isShown(type)).toBe(true)
    for (const type of [
      'application/octet-stream',
      'application/pdf',
      'text/javascript',
      'image/tiff',
      'text/plainest',
    ])
      expect(isShown(type)).toBe(false)
  })
})
