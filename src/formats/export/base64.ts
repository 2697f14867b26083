const PIECE_BYTES = 0x8000

/** Bytes as base64 (RFC 4648) with padding. */
export function base64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    binary += String.fromCharCode(...bytes.subarray(at, at + PIECE_BYTES))
  return btoa(binary)
}
