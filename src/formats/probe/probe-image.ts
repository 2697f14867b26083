import { FormatError } from '../format-error.ts'
import type { ByteSource } from './byte-source.ts'
import { probeGif } from './gif.ts'
import type { ImageInfo } from './image-info.ts'
import { probeJpeg } from './jpeg.ts'
import { probePng } from './png.ts'
import { probeTiff } from './tiff.ts'
import { probeWebp } from './webp.ts'

const SIGNATURE_BYTES = 16

const ascii = (text: string) => [...text].map((c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('')

/** How files of a format begin, in hexadecimal; `.` stands for any digit. */
const signature = (...beginnings: string[]) => new RegExp(`^(?:${beginnings.join('|')})`)

const READ: [begins: RegExp, probe: (source: ByteSource) => Promise<ImageInfo>][] = [
  [signature('ffd8ff'), probeJpeg],
  [signature('89504e470d0a1a0a'), probePng],
  [signature(ascii('GIF87a'), ascii('GIF89a')), probeGif],
  [signature('49492a00', '49492b00', '4d4d002a', '4d4d002b'), probeTiff],
  [signature(`${ascii('RIFF')}.{8}${ascii('WEBP')}`), probeWebp],
]

const FORMATS_READ = 'JPEG, PNG, GIF, TIFF and WebP are read'

const REFUSED: [begins: RegExp, name: string][] = [
  [signature(ascii('BM')), 'a BMP'],
  [signature('0000000c6a502020', 'ff4fff51'), 'a JPEG 2000'],
  [signature('0000000c4a584c20', 'ff0a'), 'a JPEG XL'],
  [signature(`.{8}${ascii('ftypavi')}`), 'an AVIF'],
  [signature(...['hei', 'mif', 'hev'].map((brand) => `.{8}${ascii(`ftyp${brand}`)}`)), 'a HEIC'],
  [signature(ascii('%PDF')), 'a PDF'],
  [signature(ascii('<?xml'), ascii('<svg')), 'XML or SVG'],
  [signature('504b0304'), 'a zip archive'],
]

/**
 * Finds out what an image is and walks its structure to the end, without decoding a pixel. The source is read
 * forward in pieces of at most 512 KiB.
 * @throws FormatError `not-an-image`; `truncated` and `corrupt`, saying where; `unsupported`, by name
 */
export async function probeImage(source: ByteSource): Promise<ImageInfo> {
  const head = await source.read(0, Math.min(SIGNATURE_BYTES, source.size))
  const hex = Array.from(head, (byte) => byte.toString(16).padStart(2, '0')).join('')
  for (const [begins, probe] of READ) if (begins.test(hex)) return probe(source)
  for (const [begins, name] of REFUSED) {
    if (begins.test(hex)) {
      throw new FormatError('unsupported', `the file is ${name}; ${FORMATS_READ}`)
    }
  }
  const what = source.size === 0 ? 'the file is empty' : 'the file is not an image'
  throw new FormatError('not-an-image', `${what}; ${FORMATS_READ}`)
}
