/** What a Range header asks of a file whose size is not known yet. */
export type ByteRange = { offset: number; length?: number } | { suffix: number }

/** Bytes `offset` to `offset + length` of a file. */
export interface ByteSpan {
  offset: number
  length: number
}

/** Null where there is no range to serve: no header, another unit, several ranges, or nonsense (RFC 9110, 14.2). */
export function parseRange(header: string | null): ByteRange | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '')
  if (!match) return null
  const [first, last] = [match[1]!, match[2]!]
  if (first === '') return last === '' ? null : { suffix: Number(last) }
  const offset = Number(first)
  if (last === '') return { offset }
  return Number(last) < offset ? null : { offset, length: Number(last) - offset + 1 }
}

/** The bytes of a file of `size` bytes that a range names; null when it names none, which is answered with 416. */
export function spanOf(range: ByteRange, size: number): ByteSpan | null {
  const offset = 'suffix' in range ? Math.max(0, size - range.suffix) : range.offset
  const wanted = 'suffix' in range ? range.suffix : (range.length ?? size)
  const length = Math.min(wanted, size - offset)
  return length > 0 ? { offset, length } : null
}
