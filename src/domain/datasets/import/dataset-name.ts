import { FILE_NAME_MAX_CHARACTERS } from '../../intake/file-name.ts'

const NAME_MAX_CHARACTERS = 60
const TITLE_MAX_CHARACTERS = 200

/** What datasets are called in addresses: lower-case letters of ASCII, digits and underscores. */
export function slugOf(text: string): string {
  const slug = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, NAME_MAX_CHARACTERS)
    .replace(/^_+|_+$/g, '')
  return slug === '' ? 'dataset' : slug
}

/** A file's name without its extension, for a person. */
export function stemOf(fileName: string): string {
  const stem = fileName.slice(0, FILE_NAME_MAX_CHARACTERS).replace(/\.[A-Za-z0-9]{1,8}$/, '')
  return stem === '' ? fileName : stem
}

/** How a layer's dataset is called, of what was wished for and what the file says. */
export function namesOf(
  layer: string,
  isOnly: boolean,
  wished: { name?: string | undefined; title?: string | undefined },
): { name: string; title: string } {
  const shown =
    layer
      .toWellFormed()
      .replaceAll(/\p{Cc}/gu, ' ')
      .trim()
      .slice(0, TITLE_MAX_CHARACTERS) || 'dataset'
  if (isOnly)
    return { name: slugOf(wished.name ?? wished.title ?? shown), title: wished.title ?? wished.name ?? shown }
  const name = wished.name ?? wished.title
  return {
    name: slugOf(name === undefined ? shown : `${name}_${shown}`),
    title: wished.title === undefined ? shown : `${wished.title}: ${shown}`.slice(0, TITLE_MAX_CHARACTERS),
  }
}
