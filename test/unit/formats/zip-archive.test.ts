import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FormatError } from '../../../src/formats/format-error.ts'
import { type ByteSource, memorySource } from '../../../src/formats/probe/byte-source.ts'
import {
  isZip,
  listZip,
  unzip,
  ZIP_DIRECTORY_MAX_BYTES,
  type ZipEntry,
  type ZipLimits,
} from '../../../src/formats/zip-archive.ts'
import { type ZippedFile, zipFile } from '../../support/zip-file.ts'
import { concat, rejection, utf8 } from '../intake/chunks.ts'

const LIMITS = { maxEntries: 20, maxEntryBytes: 50_000_000, maxTotalBytes: 60_000_000 }

const list = (bytes: Uint8Array, limits: ZipLimits = LIMITS) => listZip(memorySource(bytes), limits)

async function bytesOf(source: ByteSource, entry: ZipEntry): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of unzip(source, entry)) chunks.push(chunk.slice())
  return concat(chunks)
}

const noise = (length: number): Uint8Array => {
  let state = 1
  return Uint8Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff
    return state >> 16
  })
}

describe('a zip archive', () => {
  const file = fc.record({
    path: fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((path) => !/^\.|[/\\]|\0/.test(path) && path.isWellFormed()),
    bytes: fc.uint8Array({ maxLength: 3000 }),
    method: fc.constantFrom(0, 8),
  })

  test('gives every file back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(file, { maxLength: 5, selector: ({ path }) => path }),
        async (files: ZippedFile[]) => {
          const source = memorySource(zipFile(files))
          const entries = await listZip(source, LIMITS)
          expect(entries.map(({ path, size }) => [path, size])).toEqual(
            files.map(({ path, bytes }) => [path, bytes.length]),
          )
          for (const [index, entry] of entries.entries())
            expect(await bytesOf(source, entry)).toEqual(files[index]!.bytes)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('of files larger than what is read at once', async () => {
    const files = [
      { path: 'stored', bytes: noise(2_500_000), method: 0 },
      { path: 'deflated', bytes: noise(2_500_000) },
      { path: 'well packed', bytes: new Uint8Array(900_000) },
    ]
    const source = memorySource(zipFile(files))
    for (const [index, entry] of (await listZip(source, LIMITS)).entries())
      expect(Buffer.compare(await bytesOf(source, entry), files[index]!.bytes)).toBe(0)
  })

  test('leaves out folders, hidden files and what macOS adds', async () => {
    const paths = ['maps/', '__MACOSX/maps/._a.png', 'maps/.DS_Store', '.hidden', 'maps/a.png', 'dir\\b.png']
    const entries = await list(zipFile(paths.map((path) => ({ path, bytes: utf8('') }))))
    expect(entries.map(({ path }) => path)).toEqual(['maps/a.png', 'dir\\b.png'])
  })

  test('has its hidden files where they are wanted, but for what macOS adds', async () => {
    const paths = ['__MACOSX/._a', 'a/.DS_Store', 'a/._b', '.hidden', 'a/.well-known', '.DS_Store.txt']
    const bytes = zipFile(paths.map((path) => ({ path, bytes: utf8('') })))
    const entries = await list(bytes, { ...LIMITS, withHidden: true })
    expect(entries.map(({ path }) => path)).toEqual(['.hidden', 'a/.well-known', '.DS_Store.txt'])
  })

  test('is told by its first bytes, an empty one too', async () => {
    expect(isZip(zipFile([{ path: 'a', bytes: utf8('a') }]))).toBe(true)
    expect(isZip(zipFile([]))).toBe(true)
    expect(await list(zipFile([]))).toEqual([])
    for (const other of ['', 'PK', 'PK12', '\x89PNG']) expect(isZip(utf8(other))).toBe(false)
  })
})

describe('an archive that cannot be taken', () => {
  const refusal = async (bytes: Uint8Array, limits = LIMITS) => {
    const error = await rejection(list(bytes, limits))
    expect(error).toBeInstanceOf(FormatError)
    return `${(error as FormatError).code}: ${(error as FormatError).message}`
  }
  const a = { path: 'a', bytes: utf8('a') }

  test.each<[string, ZippedFile[], RegExp, Partial<typeof LIMITS>?]>([
    ['a link', [{ ...a, mode: 0o120777 }], /^unsupported-zip: the file "a" in it is a link/],
    ['encrypted', [{ ...a, flags: 1 }], /^unsupported-zip: the file "a" in it is encrypted/],
    ['packed by LZMA', [{ ...a, method: 14 }], /^unsupported-zip: the file "a" in it is packed by a method/],
    ['of too many files', [a, { ...a, path: 'b' }], /^zip-bomb: .*more than 1 files/, { maxEntries: 1 }],
    ['of a file too large', [{ ...a, claims: { size: 51_000_000, packedSize: 2_000_000 } }], /^zip-bomb/],
    [
      'of files too large together',
      ['b', 'c'].map((path) => ({ ...a, path, claims: { size: 40_000_000, packedSize: 2_000_000 } })),
      /^zip-bomb: .*its files have more than/,
    ],
    [
      'that is a bomb',
      [{ path: 'bomb', bytes: new Uint8Array(30_000_000) }],
      /^zip-bomb: .*more than 200 times/,
    ],
  ])('%s', async (_, files, message, limits = {}) => {
    expect(await refusal(zipFile(files), { ...LIMITS, ...limits })).toMatch(message)
  })

  test('has a directory that is too large to be held', async () => {
    const files = Array.from({ length: 90 }, (_, n) => ({ ...a, path: `${n}`.padEnd(60_000, 'x') }))
    const bytes = zipFile(files)
    expect(bytes.length).toBeGreaterThan(2 * ZIP_DIRECTORY_MAX_BYTES)
    expect(await refusal(bytes, { ...LIMITS, maxEntries: 100 })).toMatch(/^zip-bomb: .*its directory has/)
  })

  test('is cut off, or no archive at all', async () => {
    const whole = zipFile([a])
    for (const bytes of [whole.subarray(0, -1), whole.subarray(0, 40), utf8('no archive'), new Uint8Array(0)])
      expect(await refusal(bytes)).toMatch(/^bad-zip/)
  })

  test('passes on what its source says', async () => {
    const failing = { size: 1000, read: () => Promise.reject(new Error('out of order')) }
    expect(await rejection(listZip(failing, LIMITS))).toEqual(new Error('out of order'))
  })
})

describe('a file of an archive', () => {
  const bytes = noise(5000)

  const reading = async (archive: Uint8Array, spoil: (entry: ZipEntry) => void = () => {}) => {
    const source = memorySource(archive)
    const [entry] = await listZip(source, LIMITS)
    spoil(entry!)
    return rejection(bytesOf(source, entry!))
  }

  test.each<[string, ZippedFile['claims']]>([
    ['another checksum', { crc32: 1 }],
    ['fewer bytes', { size: 4999 }],
    ['more bytes', { size: 5001 }],
    ['fewer packed bytes', { packedSize: 4000 }],
  ])('that claims %s is corrupt', async (_, claims) => {
    for (const method of [0, 8]) {
      const archive = zipFile([{ path: 'a.png', bytes, method, claims: claims! }])
      expect(await reading(archive)).toMatchObject({ code: 'bad-zip' })
    }
  })

  test('that is not where it is said to be is corrupt', async () => {
    const archive = zipFile([{ path: 'a.png', bytes }])
    const elsewhere = await reading(archive, (entry) => {
      entry.offset = 7
    })
    expect(elsewhere).toMatchObject({ message: expect.stringContaining('is not where the directory says') })
    const beyond = await reading(archive, (entry) => {
      entry.packedSize = archive.length
    })
    expect(beyond).toMatchObject({ message: expect.stringContaining('is cut off') })
  })

  test('is never other than it was, whatever is changed', async () => {
    const archive = zipFile([{ path: 'a.png', bytes }])
    const [entry] = await list(archive)
    await fc.assert(
      fc.asyncProperty(fc.nat(archive.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const changed = archive.slice()
        changed[at]! ^= mask
        const read = await bytesOf(memorySource(changed), entry!).catch((error: unknown) => error)
        if (read instanceof Uint8Array) expect(Buffer.compare(read, bytes)).toBe(0)
        else expect(read).toBeInstanceOf(FormatError)
        const listed = await list(changed).catch((error: unknown) => error)
        if (!Array.isArray(listed)) expect(listed).toBeInstanceOf(FormatError)
      }),
      { numRuns: 150 },
    )
  })
})
