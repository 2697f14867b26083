import type { Esbuild } from '../../../formats/esbuild/esbuild.ts'
import { FormatError } from '../../../formats/format-error.ts'

/** What a file is by its form, for what is made of it. */
export type FileForm = 'page' | 'script' | 'style' | 'json' | 'text' | 'other'

const FORMS: readonly (readonly [RegExp, FileForm])[] = [
  [/\.html?$/i, 'page'],
  [/\.m?js$/i, 'script'],
  [/\.css$/i, 'style'],
  [/\.(?:json|geojson|topojson|webmanifest)$/i, 'json'],
]
/** Media types of what gets smaller by compressing, beside texts. */
const COMPRESSIBLE =
  /^(?:text\/.*|application\/(?:json|javascript|xml|wasm|manifest\+json|vnd\.ms-fontobject|vnd\.mapbox-vector-tile|x-protobuf|.*\+(?:json|xml))|image\/(?:svg\+xml|bmp|vnd\.microsoft\.icon|vnd\.dxf)|font\/(?:ttf|otf)|model\/.*)(?:;|$)/

export function formOf(path: string, contentType: string): FileForm {
  const form = FORMS.find(([pattern]) => pattern.test(path))?.[1]
  return form ?? (COMPRESSIBLE.test(contentType) ? 'text' : 'other')
}

/**
 * A script made small by itself: its top-level names, which others may know, stay.
 * @throws FormatError `bad-source`, EsbuildExhaustedError
 */
export const minifyScript = (esbuild: Esbuild, path: string, text: string): Promise<string> =>
  minified(esbuild, path, text, 'js')

/** A style sheet made small by itself: what it imports is left there. @throws FormatError, EsbuildExhaustedError */
export const minifyStyle = (esbuild: Esbuild, path: string, text: string): Promise<string> =>
  minified(esbuild, path, text, 'css')

async function minified(esbuild: Esbuild, path: string, text: string, loader: 'js' | 'css'): Promise<string> {
  const { code } = await esbuild.transform(text, {
    ...{ loader, sourcefile: path, minify: true, target: 'esnext', charset: 'utf8' },
    ...{ legalComments: 'inline', logLevel: 'silent' },
  })
  return code
}

const SPACES = /("(?:[^"\\]|\\.)*")|[ \t\r\n]+/g

/** JSON without the spaces between its tokens, all else as it is: numbers keep their digits. @throws FormatError */
export function minifyJson(text: string): string {
  try {
    JSON.parse(text)
  } catch {
    throw new FormatError('bad-json', 'not valid JSON')
  }
  return text.replace(SPACES, '$1')
}
