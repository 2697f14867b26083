/** Bytes of what is served below `/assets`, by its path; null where there is no such thing. */
export async function readAsset(assets: Fetcher, path: string): Promise<Uint8Array | null> {
  const response = await assets.fetch(new URL(path, 'http://assets.local'))
  if (response.ok) return new Uint8Array(await response.arrayBuffer())
  await response.body?.cancel()
  return null
}
