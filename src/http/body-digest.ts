import { createHash } from 'node:crypto'

/**
 * SHA-256 of a body, chunk by chunk. The boundary of a multipart form is passed over wherever it stands: a form that is
 * sent again has another one.
 */
export class BodyDigest {
  readonly #hash = createHash('sha256')
  readonly #boundary: Buffer
  /** The end of what has come, where a boundary may have begun. */
  #rest = Buffer.alloc(0)

  /** @param contentType of the body */
  constructor(contentType: string) {
    this.#boundary = Buffer.from(boundaryOf(contentType))
  }

  update(chunk: Uint8Array): void {
    if (this.#boundary.length === 0) {
      this.#hash.update(chunk)
      return
    }
    const data = Buffer.concat([this.#rest, chunk])
    let from = 0
    for (let at = data.indexOf(this.#boundary); at >= 0; at = data.indexOf(this.#boundary, from)) {
      this.#hash.update(data.subarray(from, at))
      from = at + this.#boundary.length
    }
    const undecided = Math.max(from, data.length - this.#boundary.length + 1)
    this.#hash.update(data.subarray(from, undecided))
    this.#rest = data.subarray(undecided)
  }

  /** The digest of everything, hexadecimal; nothing may be added afterwards. */
  digest(): string {
    return this.#hash.update(this.#rest).digest('hex')
  }
}

/** The boundary that a multipart form says it has; empty for other bodies. */
function boundaryOf(contentType: string): string {
  const match = /^\s*multipart\/[^;]*;(?:.*;)?\s*boundary=(?:"([^"]*)"|([^;\s]*))/i.exec(contentType)
  return match?.[1] ?? match?.[2] ?? ''
}
