const ID_MAX = 2 ** 31 - 1

/** A resource's number as it is written in an address; null when none can have it. */
export function parseId(text: string | undefined): number | null {
  if (text === undefined || !/^[1-9]\d{0,9}$/.test(text)) return null
  const id = Number(text)
  return id <= ID_MAX ? id : null
}
