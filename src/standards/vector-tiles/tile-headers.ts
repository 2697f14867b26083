/** `true` on a tile that features were left out of because there are too many. */
export const PARTIAL_HEADER = 'tile-partial'

export const etagOf = (version: number | string): string => `W/"${version}"`

/** The version of an entity tag of ours in the header If-None-Match; null where it names none, or more. */
export function versionOfEtag(header: string | null): number | null {
  const version = /^\s*(?:W\/)?"(\d{1,9})"\s*$/.exec(header ?? '')?.[1]
  return version === undefined ? null : Number(version)
}
