import type { Coding } from './content-coding.ts'

/** Entity tags are the digest of the file, with its coding where it has one. */
export const etagOf = (sha256: string, coding: Coding): string =>
  coding === 'identity' ? `"${sha256}"` : `"${sha256}-${coding}"`

/** The digest that an entity tag names, of whatever coding. */
export const digestOfTag = (tag: string): string =>
  tag.replace(/^W\//, '').replaceAll(/^"|(?:-br|-gzip)?"$/g, '')

/** Entity tags in a header `If-Match`. */
export const tagsIn = (header: string): string[] => header.match(/(?:W\/)?"[^"]*"/g) ?? []
