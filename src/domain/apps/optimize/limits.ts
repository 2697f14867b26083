/** Scripts that become one, and a script or style sheet that is made smaller; larger ones stay as they are. */
export const OPTIMIZED_SOURCE_MAX_BYTES = 2 * 1024 * 1024
/** JSON that is written without spaces; it is parsed, which takes several times its size. */
export const OPTIMIZED_JSON_MAX_BYTES = 2 * 1024 * 1024
/** A page whose scripts and style sheets are looked for. */
export const ANALYSED_PAGE_MAX_BYTES = 1024 * 1024
/** Files below this size are not compressed: the answer's head is larger. */
export const COMPRESSED_MIN_BYTES = 1024
/** What compressing must gain, of the whole. */
export const COMPRESSION_GAIN_MIN = 0.05
/** Up to here a file is compressed as far as it goes, which takes 1.6 s a MiB; then some 0.1 s a MiB for 7 % more bytes. */
export const BEST_COMPRESSION_MAX_BYTES = 128 * 1024
/** Files up to this size are compressed in memory; larger ones as they are read. */
export const COMPRESSED_AT_ONCE_MAX_BYTES = 4 * 1024 * 1024
/** How long one call of the optimizer takes up files, ms. */
export const CALL_MAX_MS = 2_000
/** How long a call waits for another to end, ms. */
export const TURN_WAIT_MAX_MS = 10_000
/** A call that has been silent for so long is dead, and another may take its place, ms. */
export const CALL_LEASE_MS = 60_000
