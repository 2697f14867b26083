export const FILE_NAME_MAX_CHARACTERS = 120
const EXTENSION_MAX_CHARACTERS = 10

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/jpeg': '.jpg',
  'image/jpg': '.jpg',
  'image/pjpeg': '.jpg',
  'image/png': '.png',
  'image/x-png': '.png',
  'image/gif': '.gif',
  'image/tiff': '.tif',
  'image/webp': '.webp',
}

/**
 * A name that is safe to store, to show and to put into a header: the last segment of a path of either slash,
 * without control and format characters (bidirectional overrides among them), those that file systems reserve made
 * underscores, without dots and spaces at its ends, at most `FILE_NAME_MAX_CHARACTERS` long with its extension kept.
 * When nothing is left, `image` with the extension of `mediaType`.
 */
export function sanitizeFileName(name: string | null, mediaType: string | null): string {
  const cleaned = (name ?? '')
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .normalize('NFC')
    .replace(/^.*[/\\]/, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/^[\s.]+|[\s.]+$/g, '')
  return cleaned === '' ? `image${EXTENSIONS[mediaType ?? ''] ?? ''}` : shorten(cleaned)
}

function shorten(name: string): string {
  const characters = [...name]
  if (characters.length <= FILE_NAME_MAX_CHARACTERS) return name
  const dot = characters.lastIndexOf('.')
  const extension = characters.length - dot <= EXTENSION_MAX_CHARACTERS ? characters.slice(dot) : []
  const kept = characters.slice(0, FILE_NAME_MAX_CHARACTERS - extension.length)
  return [...kept, ...extension].join('').replace(/[\s.]+$/, '')
}

/** The file name that a URL's path ends in, decoded; null when it ends in a slash. */
export function fileNameOfUrl(url: URL): string | null {
  const segment = url.pathname.split('/').at(-1)!
  try {
    return decodeURIComponent(segment) || null
  } catch {
    return segment
  }
}
