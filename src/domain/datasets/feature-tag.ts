import type { DatasetSchema } from '../../store/datasets.ts'

/** What an entity tag says of a feature: it moves with the feature's revision and with the dataset's columns. */
export const tagOf = ({ schemaVersion }: Pick<DatasetSchema, 'schemaVersion'>, revision: number): string =>
  `${schemaVersion}.${revision}`

/** The revisions that tags of the present columns name; those of others name none. */
export function revisionsOf(
  { schemaVersion }: Pick<DatasetSchema, 'schemaVersion'>,
  tags: readonly string[],
): number[] {
  return tags.flatMap((tag) => {
    const [, version, revision] = /^(\d{1,9})\.(\d{1,9})$/.exec(tag) ?? []
    return Number(version) === schemaVersion ? [Number(revision)] : []
  })
}
