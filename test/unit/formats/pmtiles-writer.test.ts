import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { PMTiles, type Source, tileIdToZxy, zxyToTileId } from 'pmtiles'
import { describe, expect, test } from 'vitest'
import { buildDirectories } from '../../../src/formats/pmtiles-directory.ts'
import type { PmtilesDescription } from '../../../src/formats/pmtiles-header.ts'
import { type PmtilesTile, planPmtiles } from '../../../src/formats/pmtiles-writer.ts'

const HEADER: PmtilesDescription = {
  tileType: 'webp',
  tileCompression: 'none',
  minZoom: 0,
  maxZoom: 14,
  bounds: [7.25, 47.1, 8.05, 47.75],
  center: [7.65, 47.4],
  centerZoom: 11,
}

/** The bytes of a blob follow from its name, so that a tile read back tells which blob it is. */
function blobBytes(name: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Number(name.split('/')[1] ?? 5) + name.length)
  new TextEncoder().encodeInto(name, bytes)
  return bytes
}

function tileOf(tileId: number, blob: string): PmtilesTile {
  return { tileId, blob, length: blobBytes(blob).length }
}

async function archiveOf(tiles: Iterable<PmtilesTile>, header = HEADER, metadata = {}) {
  const plan = await planPmtiles({ tiles, header, metadata })
  const bytes = Buffer.concat([plan.head, ...plan.blobs.map(blobBytes)])
  expect(bytes.length).toBe(plan.totalBytes)
  const source: Source = {
    getKey: () => 'memory',
    getBytes: async (offset, length) => ({
      data: new Uint8Array(bytes.subarray(offset, offset + length)).buffer,
    }),
  }
  return { plan, bytes, reader: new PMTiles(source) }
}

async function readTile(reader: PMTiles, tileId: number): Promise<string | undefined> {
  const tile = await reader.getZxy(...tileIdToZxy(tileId))
  return tile && Buffer.from(tile.data).toString('latin1')
}

function expected(blob: string | undefined): string | undefined {
  return blob && Buffer.from(blobBytes(blob)).toString('latin1')
}

/** Reads every tile id from 0 to `end` and compares it with what was put in. */
async function expectTiles(reader: PMTiles, blobs: Map<number, string>, end: number) {
  for (let id = 0; id < end; id++) {
    const got = await readTile(reader, id)
    if (got !== expected(blobs.get(id))) expect({ id, got }).toEqual({ id, got: expected(blobs.get(id)) })
  }
}

describe('every tile read back by the pmtiles package', () => {
  const everyTileOfZooms0To6 = (4 ** 7 - 1) / 3
  const pyramids: [string, (id: number) => string | undefined][] = [
    ['all distinct', (id) => `t${id}/${id % 97}`],
    ['all the same', () => 'sea'],
    ['some missing, some shared', (id) => (id % 7 === 3 ? undefined : id % 5 < 3 ? 'sea' : `t${id}/9`)],
    ['one tile far out', (id) => (id === everyTileOfZooms0To6 - 1 ? 'last' : undefined)],
  ]
  for (const [name, blobOf] of pyramids) {
    test(name, async () => {
      const blobs = new Map<number, string>()
      for (let id = 0; id < everyTileOfZooms0To6; id++) {
        const blob = blobOf(id)
        if (blob) blobs.set(id, blob)
      }
      const { plan, reader } = await archiveOf([...blobs].map(([id, blob]) => tileOf(id, blob)))
      await expectTiles(reader, blobs, everyTileOfZooms0To6)
      expect(plan.blobs).toEqual([...new Set(blobs.values())])
      const header = await reader.getHeader()
      expect(header.numAddressedTiles).toBe(blobs.size)
      expect(header.numTileContents).toBe(new Set(blobs.values()).size)
    })
  }

  test('any set of tiles, in any order', async () => {
    const tiles = fc.uniqueArray(fc.tuple(fc.nat(340), fc.nat(4)), {
      selector: ([id]) => id,
      minLength: 1,
      maxLength: 120,
    })
    await fc.assert(
      fc.asyncProperty(tiles, async (drawn) => {
        const blobs = new Map(drawn.map(([id, blob]) => [id, `b${blob}/${blob}`]))
        const { plan, reader, bytes } = await archiveOf([...blobs].map(([id, blob]) => tileOf(id, blob)))
        await expectTiles(reader, blobs, 341)
        const header = await reader.getHeader()
        const sorted = [...blobs].sort(([a], [b]) => a - b)
        expect(plan.blobs).toEqual([...new Set(sorted.map(([, blob]) => blob))])
        const runs = sorted.filter(([id, blob]) => blobs.get(id - 1) !== blob)
        expect(header.numTileEntries).toBe(runs.length)
        const again = await archiveOf(sorted.map(([id, blob]) => tileOf(id, blob)))
        expect(again.bytes.equals(bytes)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  test('a run reaches from the end of one zoom into the next', async () => {
    const { reader } = await archiveOf([tileOf(4, 'a'), tileOf(5, 'a'), tileOf(6, 'a')])
    expect((await reader.getHeader()).numTileEntries).toBe(1)
    await expectTiles(reader, new Map([4, 5, 6].map((id) => [id, 'a'])), 12)
  })

  test('tiles by address, at the highest zoom an archive can have', async () => {
    const corner = 2 ** 26 - 1
    const addresses = [
      [0, 0, 0],
      [3, 5, 2],
      [26, corner, corner],
      [26, 0, corner],
    ] as const
    const tiles = addresses.map(([z, x, y]) => ({ z, x, y, blob: `${z}.${x}.${y}`, length: 0 }))
    for (const tile of tiles) tile.length = blobBytes(tile.blob).length
    const { reader } = await archiveOf(tiles, { ...HEADER, maxZoom: 26 })
    for (const { z, x, y, blob } of tiles) {
      expect(await readTile(reader, zxyToTileId(z, x, y))).toBe(expected(blob))
    }
    expect(await reader.getZxy(26, 1, 1)).toBeUndefined()
  })
})

describe('directories', () => {
  test('leaves where the root would not fit', async () => {
    const blobs = new Map<number, string>()
    for (let id = 0; blobs.size < 25_000; id += 1 + ((id * 2_654_435_761) % 5)) {
      blobs.set(id, `t${id}/${(id * 48_271) % 1009}`)
    }
    const { plan, bytes, reader } = await archiveOf([...blobs].map(([id, blob]) => tileOf(id, blob)))
    const header = await reader.getHeader()
    expect(header.leafDirectoryLength).toBeGreaterThan(0)
    expect(header.rootDirectoryOffset + header.rootDirectoryLength).toBeLessThanOrEqual(16384)
    expect(header.leafDirectoryOffset + (header.leafDirectoryLength ?? 0)).toBe(header.tileDataOffset)
    expect(header.tileDataOffset).toBe(plan.head.length)
    expect(header.tileDataOffset + (header.tileDataLength ?? 0)).toBe(bytes.length)
    await expectTiles(reader, blobs, Math.max(...blobs.keys()) + 10)
  })

  test('leaves grow until the root fits', async () => {
    const count = 17_000
    const gaps = fc.sample(fc.nat(2 ** 36 - 1), { numRuns: count, seed: 1798 })
    let tileId = 0
    const columns = {
      count,
      tileIds: Float64Array.from(gaps, (gap) => (tileId += 1 + gap)),
      runLengths: new Uint32Array(count).fill(1),
      lengths: new Float64Array(count).fill(1000),
      offsets: Float64Array.from(gaps, (_, i) => i * 1000),
    }
    const { root, leaves } = await buildDirectories(columns, 5)
    expect(root.length).toBeLessThanOrEqual(16384 - 127)
    expect(leaves.length).toBeLessThan(count / 5)
    expect(leaves.length).toBeGreaterThan(1)
  })

  test('contiguous blobs cost one byte of offset each, and no time stamp', async () => {
    const tiles = Array.from({ length: 300 }, (_, id) => tileOf(id, `t${String(id).padStart(3, '0')}/0`))
    const { bytes, reader } = await archiveOf(tiles)
    const { rootDirectoryOffset, rootDirectoryLength } = await reader.getHeader()
    const packed = bytes.subarray(rootDirectoryOffset, rootDirectoryOffset + rootDirectoryLength)
    expect(packed.readUInt32LE(4)).toBe(0)
    const root = gunzipSync(packed)
    const column = (value: number, first = value) => [first, ...new Array<number>(299).fill(value)]
    const length = blobBytes('t000/0').length
    expect([...root]).toEqual([
      ...[(300 % 128) | 0x80, 300 >> 7],
      ...column(1, 0),
      ...column(1),
      ...column(length),
      ...column(0, 1),
    ])
  })
})

test('the header, byte by byte', async () => {
  const metadata = { name: 'Basel', vector_layers: [] }
  const { bytes, reader } = await archiveOf(
    [tileOf(0, 'a'), tileOf(1, 'b/3'), tileOf(2, 'b/3')],
    HEADER,
    metadata,
  )
  const u64 = (at: number) => Number(bytes.readBigUInt64LE(at))
  expect(bytes.subarray(0, 7).toString('latin1')).toBe('PMTiles')
  expect(bytes[7]).toBe(3)
  expect(u64(8)).toBe(127)
  expect(u64(24)).toBe(127 + u64(16))
  expect(u64(40)).toBe(u64(24) + u64(32))
  expect(u64(48)).toBe(0)
  expect(u64(56)).toBe(u64(40))
  expect(u64(64)).toBe(bytes.length - u64(56))
  expect([u64(72), u64(80), u64(88)]).toEqual([3, 2, 2])
  expect([...bytes.subarray(96, 102)]).toEqual([1, 2, 1, 4, 0, 14])
  const position = (at: number) => [bytes.readInt32LE(at), bytes.readInt32LE(at + 4)]
  expect(position(102)).toEqual([72_500_000, 471_000_000])
  expect(position(110)).toEqual([80_500_000, 477_500_000])
  expect(bytes[118]).toBe(11)
  expect(position(119)).toEqual([76_500_000, 474_000_000])
  expect(await reader.getMetadata()).toEqual(metadata)
})

describe('refused', () => {
  const plan = (tiles: PmtilesTile[], header: Partial<PmtilesDescription> = {}) =>
    planPmtiles({ tiles, header: { ...HEADER, ...header }, metadata: {} })

  test.each<[string, PmtilesTile[], string]>([
    ['no tiles', [], 'pmtiles_empty'],
    ['a tile twice', [tileOf(3, 'a'), tileOf(1, 'b'), tileOf(3, 'c')], 'pmtiles_tile'],
    ['a tile of no bytes', [{ tileId: 0, blob: 'a', length: 0 }], 'pmtiles_tile'],
    ['a fraction of an id', [{ tileId: 0.5, blob: 'a', length: 1 }], 'pmtiles_tile'],
    ['a tile past the zooms', [{ z: 15, x: 0, y: 0, blob: 'a', length: 1 }], 'pmtiles_tile'],
    ['a column past the zoom', [{ z: 2, x: 4, y: 0, blob: 'a', length: 1 }], 'pmtiles_tile'],
    ['a negative row', [{ z: 2, x: 0, y: -1, blob: 'a', length: 1 }], 'pmtiles_tile'],
    [
      'two lengths for one blob',
      [
        { tileId: 0, blob: 'a', length: 1 },
        { tileId: 1, blob: 'a', length: 2 },
      ],
      'pmtiles_tile',
    ],
  ])('%s', async (_, tiles, code) => {
    await expect(plan(tiles)).rejects.toMatchObject({ name: 'FormatError', code })
  })

  test.each<[string, Partial<PmtilesDescription>]>([
    ['zooms out of order', { minZoom: 5, maxZoom: 4 }],
    ['a zoom past 26', { maxZoom: 27 }],
    ['bounds out of order', { bounds: [8, 47, 7, 48] }],
    ['bounds that are no degrees', { bounds: [7, 47, 8, 91] }],
    ['a centre that is no number', { center: [Number.NaN, 47] }],
  ])('%s', async (_, header) => {
    await expect(plan([tileOf(0, 'a')], header)).rejects.toMatchObject({ code: 'pmtiles_description' })
  })
})
