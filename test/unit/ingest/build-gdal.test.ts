import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { capMemory, patchGlue } from '../../../dev/build-gdal.ts'

interface GrowingMemory {
  buffer: ArrayBuffer
  grow(pages: number): number
}

const require = createRequire(import.meta.url)

describe('the memory section of a wasm module', () => {
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
  // A custom section, a memory of 1 page, and the memory's export under the name m.
  const custom = [0, 2, 1, 0x78]
  const exported = [7, 5, 1, 1, 0x6d, 2, 0]
  const module = (memories: number[]) => Uint8Array.from([...header, ...custom, ...memories, ...exported])

  test('is rewritten, the rest is kept', async () => {
    const capped = capMemory(module([5, 3, 1, 0, 1]), 8, 64)
    const compiled = await WebAssembly.compile(capped as Uint8Array<ArrayBuffer>)
    const memory = new WebAssembly.Instance(compiled, {}).exports.m as unknown as GrowingMemory
    expect(memory.buffer.byteLength).toBe(8 * 2 ** 20)
    memory.grow(56 * 16)
    expect(() => memory.grow(1)).toThrow()
  })

  test('must be there, once', () => {
    expect(() => capMemory(Uint8Array.from([...header, ...custom]), 8, 64)).toThrow('no memory section')
    expect(() => capMemory(module([5, 5, 2, 0, 1, 0, 1]), 8, 64)).toThrow('found 2')
    expect(() => capMemory(Uint8Array.from([1, 2, 3, 4]), 8, 64)).toThrow('not a version 1 module')
  })
})

test('the glue is patched only where every piece is found exactly once', async () => {
  const path = require.resolve('gdal3.js/build/package/gdal3WebAssembly.js')
  const glue = await readFile(path, 'utf8')
  const patched = patchGlue(glue)
  expect(patched).not.toContain('require(')
  expect(patched).toContain('export default CModule')
  expect(() => patchGlue(patched)).toThrow('found 0')
  expect(() => patchGlue(glue + glue)).toThrow('found 2')
})
