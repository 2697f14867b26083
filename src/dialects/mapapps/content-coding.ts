/** How the bytes of a file may be coded, the smallest first. */
const CODINGS = ['br', 'gzip', 'identity'] as const
export type Coding = (typeof CODINGS)[number]

/**
 * The coding that a client likes best of those that there are (RFC 9110, 12.5.3); of several that it likes as much, the
 * smallest. The file as it is, where it takes none.
 * @param accepted the header `Accept-Encoding`
 */
export function preferredCoding(accepted: string, isThere: (coding: Coding) => boolean): Coding {
  const qualities = new Map(
    accepted
      .toLowerCase()
      .split(',')
      .map((item) => {
        const [coding = '', ...parameters] = item.split(';').map((part) => part.trim())
        const weight = Number(
          parameters.find((parameter) => parameter.startsWith('q='))?.slice('q='.length) ?? 1,
        )
        return [coding === 'x-gzip' ? 'gzip' : coding, weight >= 0 && weight <= 1 ? weight : 0] as const
      }),
  )
  const qualityOf = (coding: Coding) =>
    qualities.get(coding) ?? (coding === 'identity' ? LEAST : (qualities.get('*') ?? 0))
  let best: Coding = 'identity'
  let quality = 0
  for (const coding of CODINGS) {
    if (!isThere(coding) || qualityOf(coding) <= quality) continue
    best = coding
    quality = qualityOf(coding)
  }
  return best
}

/** What the file as it is counts where a client says nothing of it: less than whatever it names. */
const LEAST = 0.0001
