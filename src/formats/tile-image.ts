export type TileImageType = 'image/png' | 'image/webp'

/**
 * The image type a raster tile is sent in. A `.webp` address always gets WebP. A `.png` address gets PNG, unless the
 * client names `image/webp` itself in its Accept header (a wildcard is not enough) and likes it at least as much as
 * PNG. The answer depends on the header: send `Vary: Accept` with what a `.png` address gets.
 *
 * @param accept the header's value, null where there is none
 */
export function chooseTileType(extension: 'png' | 'webp', accept: string | null): TileImageType {
  if (extension === 'webp') return 'image/webp'
  const weights = acceptWeights(accept ?? '')
  const webp = weights.get('image/webp') ?? 0
  const png = weights.get('image/png') ?? weights.get('image/*') ?? weights.get('*/*') ?? 0
  return webp > 0 && webp >= png ? 'image/webp' : 'image/png'
}

/** Media ranges of an Accept header and their weights (RFC 9110, section 12.5.1); a malformed weight counts as 0. */
function acceptWeights(accept: string): Map<string, number> {
  const weights = new Map<string, number>()
  for (const element of accept.toLowerCase().split(',')) {
    const [range = '', ...parameters] = element.split(';').map((part) => part.trim())
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1'
    weights.set(range, /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(q) ? Number(q) : 0)
  }
  return weights
}

const EMPTY_TILES: Record<256 | 512, Record<TileImageType, Uint8Array<ArrayBuffer>>> = {
  256: {
    'image/png': fromBase64(
      'iVBORw0KGgoAAAANSUhEUgAAAQAAAAEAAQMAAABmvDolAAAAA1BMVEUAAACnej3aAAAAAXRSTlMAQObYZgAAAB9JREFUeNrtwQEN' +
        'AAAAwqD3T20ON6AAAAAAAAAAAL4NIQAAAWDknZcAAAAASUVORK5CYII=',
    ),
    'image/webp': fromBase64('UklGRhoAAABXRUJQVlA4TA0AAAAv/8A/EAcQERGIiP4HAA=='),
  },
  512: {
    'image/png': fromBase64(
      'iVBORw0KGgoAAAANSUhEUgAAAgAAAAIAAQMAAADOtka5AAAAA1BMVEUAAACnej3aAAAAAXRSTlMAQObYZgAAADZJREFUeNrtwQEB' +
        'AAAAgiD/r25IQAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAfBuCAAABY3VQpAAAAABJRU5ErkJggg==',
    ),
    'image/webp': fromBase64('UklGRiwAAABXRUJQVlA4TB8AAAAv/8F/EAcQEREQCCT7e89QRP8z/vOf//znP//5z/8BAA=='),
  },
}

/** A fully transparent tile: a palette of one colour as PNG, lossless as WebP. Shared, so not to be written to. */
export function emptyTile(size: 256 | 512, type: TileImageType): Uint8Array<ArrayBuffer> {
  return EMPTY_TILES[size][type]
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}
