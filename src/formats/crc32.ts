const TABLE = new Uint32Array(256)
for (let byte = 0; byte < 256; byte++) {
  let c = byte
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1
  TABLE[byte] = c
}

/**
 * CRC-32 of ISO 3309 (the one of PNG, gzip and zip), as an unsigned 32-bit number.
 *
 * @param previous checksum of the bytes before these, so that a message can be summed in pieces
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}
