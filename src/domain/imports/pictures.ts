import { listZip, unzip, type ZipEntry } from '../../formats/zip-archive.ts'
import { bucketSource } from '../../store/bucket-source.ts'
import type { ImportPicture } from '../../store/imports.ts'
import { uploadStream } from '../../store/object-upload.ts'
import type { Context } from '../context.ts'
import { sanitizeFileName } from '../intake/file-name.ts'
import { BODY_MAX_BYTES, type StagedImage } from '../intake/stage-image.ts'
import { PICTURES_MAX, UNPACKED_MAX_BYTES } from './stage-import.ts'

/** The picture a name stands for, or what is wrong with the name. */
type Match = { picture: ImportPicture } | { fault: string }

/** The pictures of one import, as its table refers to them. */
export class Pictures {
  readonly #context: Context
  readonly #exact: Map<string, ImportPicture>
  readonly #folded: Map<string, ImportPicture[]>
  readonly #archives = new Map<string, Promise<Map<string, ZipEntry>>>()

  constructor(context: Context, pictures: readonly ImportPicture[]) {
    this.#context = context
    this.#exact = new Map(pictures.map((picture) => [picture.name, picture]))
    this.#folded = Map.groupBy(pictures, ({ name }) => name.toLowerCase())
  }

  /** The picture with this name, folders left out: by its very name, else by a name that differs in case alone. */
  match(given: string): Match {
    const name = sanitizeFileName(given, null)
    const exact = this.#exact.get(name)
    if (exact) return { picture: exact }
    const alike = this.#folded.get(name.toLowerCase()) ?? []
    if (alike.length === 1) return { picture: alike[0]! }
    return {
      fault:
        alike.length === 0
          ? `${JSON.stringify(name)} names no picture`
          : `${JSON.stringify(name)} names several pictures, which differ in case`,
    }
  }

  /** Names of the pictures that none of these names stand for. */
  unnamed(names: Iterable<string>): string[] {
    const named = new Set<ImportPicture>()
    for (const name of names) {
      const match = this.match(name)
      if ('picture' in match) named.add(match.picture)
    }
    return [...this.#exact.values()].filter((picture) => !named.has(picture)).map(({ name }) => name)
  }

  /** Copies a picture to where a map's original lies. @throws FormatError where an archive's entry is corrupt */
  async copy(picture: ImportPicture, key: string): Promise<StagedImage> {
    const upload = uploadStream(this.#context.bucket, key)
    try {
      for await (const chunk of this.#bytes(picture)) await upload.write(chunk)
    } catch (error) {
      await upload.abort()
      throw error
    }
    const stored = await upload.close()
    return { key, ...stored, fileName: picture.name, declaredType: null, attribute: 'file', sourceUrl: null }
  }

  async *#bytes({ objectKey, entry }: ImportPicture): AsyncGenerator<Uint8Array, void, undefined> {
    const object = await (entry === undefined
      ? this.#context.bucket.get(objectKey)
      : this.#context.bucket.head(objectKey))
    if (!object) throw new Error(`the object ${objectKey} is gone`)
    if ('body' in object) {
      yield* object.body as unknown as AsyncIterable<Uint8Array>
      return
    }
    const source = bucketSource(this.#context.bucket, objectKey, object.size)
    const found = (await this.#archive(objectKey, source)).get(entry!)
    if (!found) throw new Error(`the archive ${objectKey} has no entry ${entry}`)
    yield* unzip(source, found)
  }

  /** The entries of an archive by their paths, read once. */
  #archive(key: string, source: ReturnType<typeof bucketSource>): Promise<Map<string, ZipEntry>> {
    const limits = {
      maxEntries: PICTURES_MAX,
      maxEntryBytes: BODY_MAX_BYTES,
      maxTotalBytes: UNPACKED_MAX_BYTES,
    }
    const known = this.#archives.get(key)
    if (known) return known
    const reading = listZip(source, limits).then(
      (entries) => new Map(entries.map((entry) => [entry.path, entry])),
    )
    this.#archives.set(key, reading)
    reading.catch(() => this.#archives.delete(key))
    return reading
  }
}
