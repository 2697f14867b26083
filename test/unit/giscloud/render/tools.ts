import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { loadSvgRasterizer, type SvgRasterizer } from '../../../../src/formats/svg/rasterizer.ts'

const require = createRequire(import.meta.url)

export const fontFile = (): Promise<Buffer> =>
  readFile(require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'))

export async function testRasterizer(): Promise<SvgRasterizer> {
  const wasm = await readFile(require.resolve('@resvg/resvg-wasm/index_bg.wasm'))
  return loadSvgRasterizer(await WebAssembly.compile(wasm), await fontFile())
}
