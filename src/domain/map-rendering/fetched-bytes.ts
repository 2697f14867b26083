import { joined } from '../iiif/read-body.ts'
import { safeFetch } from '../intake/safe-fetch.ts'

/** What may come from elsewhere for one picture. */
export interface FetchLimits {
  allow: readonly string[]
  /** When everything has to be there, milliseconds since 1970. */
  deadline: number
  maxBytes: number
}

/** What is at an address. @throws FetchRefusedError */
export async function fetchedBytes(address: string, limits: FetchLimits): Promise<Uint8Array> {
  const totalMs = Math.max(1, limits.deadline - Date.now())
  const { allow, maxBytes } = limits
  const { body } = await safeFetch(address, { allow, maxBytes, totalMs, firstByteMs: totalMs })
  return joined(body)
}
