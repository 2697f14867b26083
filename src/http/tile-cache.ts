import { ByteLru } from '../domain/render/byte-lru.ts'
import { YEAR_SECONDS } from './cache-policy.ts'

/** Encoded tiles this isolate keeps at hand, bytes. */
const AT_HAND_MAX_BYTES = 8 * 1024 * 1024

/** A tile with what is to be said of it. */
export interface KeptTile {
  bytes: Uint8Array
  headers: Record<string, string>
}

/** What a tile takes beside its bytes, for the many that are empty. */
const ENTRY_BYTES = 500

const atHand = new ByteLru<KeptTile>(AT_HAND_MAX_BYTES)

/**
 * A tile everyone may see, from this isolate's memory or the shared cache; null when it was not drawn lately.
 * @param key names the content: it carries the version, so it is never purged
 * @param headers names of those that were kept with it
 */
export async function keptTile(
  cache: Cache,
  key: string,
  headers: readonly string[] = [],
): Promise<KeptTile | null> {
  const near = atHand.get(key)
  if (near) return near
  const shared = await cache.match(key)
  if (!shared) return null
  const kept = {
    bytes: new Uint8Array(await shared.arrayBuffer()),
    headers: Object.fromEntries(
      headers.flatMap((name) => {
        const value = shared.headers.get(name)
        return value === null ? [] : [[name, value]]
      }),
    ),
  }
  atHand.set(key, kept, kept.bytes.byteLength + ENTRY_BYTES)
  return kept
}

/** Keeps a tile everyone may see. */
export function keepTile(
  cache: Cache,
  key: string,
  bytes: Uint8Array,
  type: string,
  headers: Record<string, string> = {},
): Promise<void> {
  atHand.set(key, { bytes, headers }, bytes.byteLength + ENTRY_BYTES)
  return cache.put(
    key,
    new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: { ...headers, 'content-type': type, 'cache-control': `public, max-age=${YEAR_SECONDS}` },
    }),
  )
}
