import { WGS_84 } from '../../geo/crs/reference-system.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import { findStoredFileOf, type StoredFile } from '../storage/storage.ts'
import { readFeatureItem } from './feature-items.ts'

/** Where the files are that features of a layer name, in the storage of its owner. */
const folderOf = (layerId: number): string => `media/${layerId}`

export interface MediaReference {
  /** Number of the feature. */
  feature: string
  /** Name of the property, in whatever case, whose value has names of files between commas. */
  attribute: string
  /** What the file may be called; the first that is there counts. */
  names: readonly string[]
}

/**
 * Reads whether a feature names a file.
 * @returns what finds it once it is known whose layer that is
 * @throws NotFoundError where there is no such feature, or it names no such file; or, later, where there is none
 */
export async function readMediaFile(
  context: Context,
  principal: Principal,
  datasetId: number,
  { feature, attribute, names }: MediaReference,
): Promise<(layer: { id: number; ownerId: number | null }) => Promise<StoredFile>> {
  const form = { srid: WGS_84, geometry: null, withData: true }
  const { item } = await readFeatureItem(context, principal, datasetId, feature, form)
  const { data } = JSON.parse(item) as { data: Record<string, unknown> }
  const named = namesIn(data[attribute] ?? data[attribute.toLowerCase()])
  return async ({ id, ownerId }) => {
    for (const name of names) {
      const isThere = ownerId !== null && named.has(name)
      const file = isThere ? await findStoredFileOf(context, ownerId, `${folderOf(id)}/${name}`) : null
      if (file) return file
    }
    throw new NotFoundError('File', names[0]!)
  }
}

const namesIn = (value: unknown): Set<string> =>
  new Set(typeof value === 'string' ? value.split(',').map((name) => name.trim()) : [])
