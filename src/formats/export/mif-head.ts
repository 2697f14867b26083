const LINE_FEED = 0x0a

/**
 * The pieces of a MIF file whose texts are UTF-8, which GDAL leaves unsaid: its first two lines are made to tell of it, and
 * of the first version of the format that may.
 */
export function* withUtf8Charset(pieces: Iterable<Uint8Array>): Generator<Uint8Array, void, undefined> {
  let isHead = true
  for (const piece of pieces) {
    if (isHead) {
      const end = piece.indexOf(LINE_FEED, piece.indexOf(LINE_FEED) + 1) + 1
      const head = new TextDecoder().decode(piece.subarray(0, end))
      yield new TextEncoder().encode(
        head.replace(/^Version \d+(\r?\n)Charset "[^"]*"/i, 'Version 1520$1Charset "UTF-8"'),
      )
      yield piece.subarray(end)
    } else yield piece
    isHead = false
  }
}
