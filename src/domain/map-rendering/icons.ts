import { FormatError } from '../../formats/format-error.ts'
import { dataUrl } from '../../formats/svg/elements.ts'
import { checkedDrawing } from '../../formats/svg/plain-drawing.ts'
import { FetchRefusedError } from '../intake/errors.ts'
import { findStoredFileOf } from '../storage/storage.ts'
import { type DecodedImage, decodedImage } from './decoded-image.ts'
import { fetchedBytes } from './fetched-bytes.ts'
import type { PictureTools } from './picture-tools.ts'
import { scaledImage } from './scaled-image.ts'

/** File of an icon or a pattern. */
export const ICON_MAX_BYTES = 256 * 1024
/** Pixels of it as it comes, and the longer side as it is drawn. */
export const ICON_SOURCE_MAX_PX = 1024 * 1024
export const ICON_SIDE_MAX_PX = 256
/** The longer side of an icon whose rule tells no size. */
const ICON_SIDE_PX = 128
/** Different icons and patterns of one picture. */
export const ICONS_MAX = 60

/** A small image in the size that it is drawn in. */
export interface Icon {
  /** Pixels. */
  width: number
  height: number
  /** PNG as the address of itself. */
  href: string
}

const BEGINS_TAG = 0x3c
const BLANKS = [0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]

/** The icons of one picture, each read once. */
export class IconShelf {
  readonly #tools: PictureTools
  readonly #deadline: number
  readonly #icons = new Map<string, Promise<Icon | null>>()
  /** They are decoded one after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  /** @param deadline milliseconds since 1970 */
  constructor(tools: PictureTools, deadline: number) {
    this.#tools = tools
    this.#deadline = deadline
  }

  /**
   * The icon of a path in somebody's storage, or of an address.
   * @param side of the longer side, pixels; its own, bounded, unless given
   * @returns null where it is not there, or is none
   */
  icon(ownerId: number | null, reference: string, side?: number): Promise<Icon | null> {
    const key = JSON.stringify([ownerId, reference, side])
    const known = this.#icons.get(key)
    if (known) return known
    if (this.#icons.size >= ICONS_MAX) return Promise.resolve(null)
    const icon = this.#read(ownerId, reference, side)
    this.#icons.set(key, icon)
    return icon
  }

  async #read(ownerId: number | null, reference: string, side?: number): Promise<Icon | null> {
    try {
      const bytes = await this.#bytes(ownerId, reference)
      if (!bytes) return null
      const icon = this.#turn.then(() => this.#encoded(bytes, side))
      this.#turn = icon.catch(() => undefined)
      return await icon
    } catch (error) {
      if (error instanceof FormatError || error instanceof FetchRefusedError) return null
      throw error
    }
  }

  async #bytes(ownerId: number | null, reference: string): Promise<Uint8Array | null> {
    const { context } = this.#tools
    if (/^https?:\/\//i.test(reference))
      return fetchedBytes(reference, {
        ...{ allow: context.fetchAllow, deadline: this.#deadline, maxBytes: ICON_MAX_BYTES },
      })
    const file = ownerId === null ? null : await findStoredFileOf(context, ownerId, reference)
    if (!file || file.byteSize > ICON_MAX_BYTES) return null
    const object = await context.bucket.get(file.objectKey)
    return object && new Uint8Array(await object.arrayBuffer())
  }

  async #encoded(bytes: Uint8Array, side?: number): Promise<Icon> {
    const { width, height, data } = await this.#drawn(bytes, side)
    const png = await this.#tools.codecs.encodePng({ width, height, data })
    return { width, height, href: dataUrl('image/png', png) }
  }

  async #drawn(bytes: Uint8Array, side?: number): Promise<DecodedImage> {
    const longer = (width: number, height: number) =>
      Math.max(
        1,
        Math.min(side ? ICON_SIDE_MAX_PX : ICON_SIDE_PX, Math.round(side || Math.max(width, height))),
      )
    if (bytes.find((byte) => !BLANKS.includes(byte)) === BEGINS_TAG) {
      const drawing = checkedDrawing(bytes)
      try {
        return this.#tools.rasterizer.drawFitted(drawing, ({ width, height }) => longer(width, height))
      } catch (error) {
        throw new FormatError('bad-svg', String(error))
      }
    }
    const image = await decodedImage(this.#tools.codecs, bytes, ICON_SOURCE_MAX_PX)
    const scale = longer(image.width, image.height) / Math.max(image.width, image.height)
    const shorter = (length: number) => Math.max(1, Math.round(length * scale))
    return scaledImage(image, shorter(image.width), shorter(image.height))
  }
}
