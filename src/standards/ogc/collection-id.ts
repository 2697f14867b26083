import { NotFoundError } from '../../domain/errors.ts'
import { isStorableText } from '../../domain/storable-text.ts'
import type { DatasetRecord, DatasetReference } from '../../store/datasets.ts'
import type { OgcContext } from './resource.ts'

/** What a collection is called in addresses: its name where no other that is seen has the same, else its number. */
export const collectionIdOf = ({ id, name, isNameUnique }: DatasetRecord): string =>
  isNameUnique && !/^\d+$/.test(name) ? name : String(id)

/** The address of a collection. @param root as `rootOf` gives it */
export const collectionUrl = (root: string, dataset: DatasetRecord): string =>
  `${root}/collections/${encodeURIComponent(collectionIdOf(dataset))}`

/** The dataset that a path names. @throws NotFoundError for what can be none */
export function referenceOf(c: OgcContext): DatasetReference {
  const id = c.req.param('collectionId') ?? ''
  if (!isStorableText(id)) throw new NotFoundError('Dataset', JSON.stringify(id.slice(0, 60)))
  return id
}
