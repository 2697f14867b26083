import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32 } from '../../../src/formats/crc32.ts'
import { memorySource } from '../../../src/formats/probe/byte-source.ts'
import { listZip, unzip } from '../../../src/formats/zip-archive.ts'
import { knownArchiveBytes, zipArchive } from '../../../src/formats/zip-writer.ts'
import { concat, rejection } from '../intake/chunks.ts'

const LIMITS = { maxEntries: 20, maxEntryBytes: 1e6, maxTotalBytes: 1e6, withHidden: true }

async function collected(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk.slice())
  return concat(all)
}

const known = (name: string, bytes: Uint8Array, modifiedAt?: Date) => ({
  ...{ name, chunks: [bytes.subarray(0, 3), bytes.subarray(3)] },
  known: { size: bytes.length, crc32: crc32(bytes) },
  ...(modifiedAt ? { modifiedAt } : {}),
})

describe('an archive of members that are known', () => {
  const name = fc.string({
    unit: fc.constantFrom('a', 'ü', '日', ' ', '/', '_'),
    minLength: 1,
    maxLength: 12,
  })
  const member = fc.record({
    name: name.map((text) => `m${text}e`),
    bytes: fc.uint8Array({ maxLength: 500 }),
  })

  it('has the length that was told, and what was put in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(member, { maxLength: 5, selector: (it) => it.name }),
        async (members) => {
          const given = members.map((it) => known(it.name, it.bytes))
          const archive = await collected(zipArchive(given))
          expect(archive.length).toBe(knownArchiveBytes(given))
          const source = memorySource(archive)
          const entries = await listZip(source, LIMITS)
          expect(entries.map(({ path }) => path)).toEqual(members.map((it) => it.name))
          for (const [i, entry] of entries.entries())
            expect(await collected(unzip(source, entry))).toEqual(members[i]!.bytes)
        },
      ),
      { numRuns: 50, endOnFailure: true },
    )
  })

  it('fails where the bytes are others, or fewer', async () => {
    const bytes = Uint8Array.of(1, 2, 3, 4)
    for (const chunks of [[Uint8Array.of(1, 2, 3, 5)], [Uint8Array.of(1, 2, 3)], [bytes, bytes]]) {
      const error = await rejection(collected(zipArchive([{ ...known('a', bytes), chunks }])))
      expect(error).toMatchObject({ code: 'bad-member' })
    }
  })

  it.runIf(existsSync('/usr/bin/python3') && existsSync('/usr/bin/unzip'))(
    'is read by other programs, with its times',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'zip-writer-'))
      const file = join(folder, 'a.zip')
      const text = new TextEncoder().encode('some text')
      const members = [
        known('größe/a.txt', text, new Date('2024-02-29T12:34:57Z')),
        known('b.txt', new Uint8Array(), new Date('1970-01-01T00:00:00Z')),
        known('c.txt', text, new Date('2200-01-01T00:00:00Z')),
        { name: 'deflated.txt', chunks: [text], modifiedAt: new Date('2024-02-29T12:34:57Z') },
      ]
      writeFileSync(file, await collected(zipArchive(members)))
      execFileSync('/usr/bin/unzip', ['-tqq', file])
      const script =
        'import json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nprint(json.dumps([z.testzip()]+[[i.filename,i.date_time,z.read(i).decode()] for i in z.infolist()]))'
      const listed = JSON.parse(execFileSync('/usr/bin/python3', ['-c', script, file], { encoding: 'utf8' }))
      rmSync(folder, { recursive: true })
      expect(listed).toEqual([
        null,
        ['größe/a.txt', [2024, 2, 29, 12, 34, 56], 'some text'],
        ['b.txt', [1980, 1, 1, 0, 0, 0], ''],
        ['c.txt', [2107, 1, 1, 0, 0, 0], 'some text'],
        ['deflated.txt', [2024, 2, 29, 12, 34, 56], 'some text'],
      ])
    },
  )
})
