import type { Gdal } from '../../src/formats/gdal/module.ts'
import { VectorGdal, type VectorLayer } from '../../src/formats/gdal/vector.ts'
import { memorySyncSource, type SyncByteFile } from '../../src/formats/sync-bytes.ts'

/** A layer as GDAL reads it, features as GeoJSON without a system of its own. */
export interface ReadLayer extends VectorLayer {
  features: { properties: Record<string, unknown>; geometry: { type: string; coordinates: unknown } | null }[]
  /** All of them as text: numbers with all their digits. */
  text: string
}

/** Files in memory, by their names. */
export class MemoryFolder {
  readonly files = new Map<string, MemoryFile>()

  file(name: string): SyncByteFile {
    const file = this.files.get(name) ?? new MemoryFile()
    this.files.set(name, file)
    return file
  }

  remove(name: string): void {
    this.files.delete(name)
  }

  rename(name: string, to: string): void {
    const file = this.files.get(name)
    this.files.delete(name)
    if (file) this.files.set(to, file)
  }

  bytes(name: string): Uint8Array<ArrayBuffer> {
    const file = this.files.get(name)
    if (!file) throw new Error(`there is no file ${name}`)
    return file.bytes()
  }
}

class MemoryFile implements SyncByteFile {
  #bytes = new Uint8Array(0)
  size = 0

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.size)
  }

  read(offset: number, target: Uint8Array): number {
    const part = this.#bytes.subarray(offset, Math.min(this.size, offset + target.length))
    target.set(part)
    return part.length
  }

  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.length))
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#bytes.set(bytes, offset)
    this.size = Math.max(this.size, end)
  }

  truncate(size: number): void {
    if (size > this.size) this.write(size, new Uint8Array(0))
    this.#bytes.fill(0, size)
    this.size = size
  }
}

/**
 * The layers of a file, as GDAL reads it.
 * @param files those that belong together, the one that is opened first
 */
export function readLayers(
  gdal: Gdal,
  driver: string,
  files: readonly (readonly [name: string, bytes: Uint8Array])[],
  openOptions: readonly string[] = [],
): ReadLayer[] {
  const vector = new VectorGdal(gdal)
  const folder = `/in/read-${crypto.randomUUID()}`
  for (const [name, bytes] of files) vector.mount(`${folder}/${name}`, memorySyncSource(bytes))
  // GDAL 3.8 reads features without geometry wrongly the other way.
  vector.configure('OGR2OGR_USE_ARROW_API', 'NO')
  const made = new MemoryFolder()
  vector.mountOutput(made)
  const input = { path: `${folder}/${files[0]![0]}`, drivers: [driver], openOptions }
  return vector.info(input).layers.map((layer, i) => {
    vector.translate(input, `${i}.json`, [
      '-f',
      'GeoJSON',
      '-lco',
      'COORDINATE_PRECISION=15',
      '-a_srs',
      '',
      layer.name,
    ])
    const text = new TextDecoder().decode(made.bytes(`${i}.json`))
    return { ...layer, text, features: JSON.parse(text).features }
  })
}
