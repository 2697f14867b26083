/** Attributes of maps and layers that begin so are the platform's own notes. */
const NOTE = '$'

/** What of a body is kept as it is: members that are not known. */
export const keptMembers = (
  members: Record<string, unknown>,
  known: readonly string[],
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(members).filter(([name]) => !known.includes(name) && !name.startsWith(NOTE)),
  )

/** What has been kept, without the platform's notes. */
export const shownAttributes = (attributes: Record<string, unknown>): Record<string, unknown> =>
  keptMembers(attributes, [])

/** Of what is said of something new: null takes nothing away. */
export const attributesOfNew = (attributes: Record<string, unknown> = {}): Record<string, unknown> =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null))
