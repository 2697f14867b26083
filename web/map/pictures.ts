import type { Map as MapLibre } from 'maplibre-gl'
import type { Picture } from './layer-node.ts'

/** Asks for an address as the page does. */
export type Fetch = (address: string) => Promise<Response>

/** Pixels of the longer side of a picture that tells none, at most. */
const SIDE_MAX = 128

/** The pictures that a style names, each loaded once it is needed. */
export class Pictures {
  readonly #pictures: Readonly<Record<string, Picture>>
  readonly #fetched: Fetch
  readonly #drawn = new Map<string, Promise<HTMLCanvasElement | null>>()

  constructor(pictures: Readonly<Record<string, Picture>>, fetched: Fetch) {
    this.#pictures = pictures
    this.#fetched = fetched
  }

  /** Has a map load what its style misses. */
  supply(map: MapLibre): void {
    map.setMissingStyleImageResolver(async (id) => {
      const canvas = await this.of(id)
      if (!canvas || map.hasImage(id)) return
      map.addImage(id, canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height))
    })
  }

  /** A picture in its size; null where it is not there. */
  of(id: string): Promise<HTMLCanvasElement | null> {
    const picture = Object.hasOwn(this.#pictures, id) ? this.#pictures[id] : undefined
    if (!picture) return Promise.resolve(null)
    const known = this.#drawn.get(id)
    if (known) return known
    const drawn = drawnPicture(picture, this.#fetched).catch((error: unknown) => {
      console.warn(`The picture ${picture.path} is not there:`, error)
      return null
    })
    this.#drawn.set(id, drawn)
    return drawn
  }
}

/** A picture in its size, whatever it is stored as. */
async function drawnPicture({ path, side }: Picture, fetched: Fetch): Promise<HTMLCanvasElement> {
  const address = URL.createObjectURL(await (await fetched(path)).blob())
  try {
    const image = new Image()
    image.src = address
    await image.decode()
    const [width, height] = [image.naturalWidth || SIDE_MAX, image.naturalHeight || SIDE_MAX]
    const longer = Math.max(width, height)
    const scale = (side || Math.min(longer, SIDE_MAX)) / longer
    const canvas = document.createElement('canvas')
    canvas.width = Math.max(1, Math.round(width * scale))
    canvas.height = Math.max(1, Math.round(height * scale))
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
    return canvas
  } finally {
    URL.revokeObjectURL(address)
  }
}
