import { getPath } from 'hono/utils/url'

const SUFFIX = /^(\/(?:api\/v1|u)\/.+)\.(json|geojson)$/

/** The path to route by: under `/api/v1` and `/u` every address may end in the format that is asked for. */
export function pathWithoutFormat(request: Request): string {
  const path = getPath(request)
  return SUFFIX.exec(path)?.[1] ?? path
}

/** Whether GeoJSON is asked for: by suffix, by `format=geojson`, or by media type. */
export function wantsGeojson(request: Request): boolean {
  const suffix = SUFFIX.exec(getPath(request))?.[2]
  const asked = suffix ?? new URL(request.url).searchParams.get('format')
  if (asked) return asked === 'geojson'
  return /\bapplication\/(vnd\.geo\+json|geo\+json)\b/.test(request.headers.get('accept') ?? '')
}
