import type { Map as MapLibre } from 'maplibre-gl'
import { fetched } from './requests.ts'
import type { Picture } from './view.ts'

/** Pixels of the longer side of a picture that tells none, at most. */
const SIDE_MAX = 128

/** Loads the pictures that a style names as they are missed. */
export function addPictures(map: MapLibre, pictures: Readonly<Record<string, Picture>>): void {
  const asked = new Set<string>()
  map.on('styleimagemissing', ({ id }) => {
    const picture = Object.hasOwn(pictures, id) ? pictures[id] : undefined
    if (!picture || asked.has(id)) return
    asked.add(id)
    pixelsOf(picture)
      .then((pixels) => map.addImage(id, pixels))
      .catch((error: unknown) => console.warn(`The picture ${picture.path} is not there:`, error))
  })
}

/** A picture in its size, whatever it is stored as. */
async function pixelsOf({ path, side }: Picture): Promise<ImageData> {
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
    const context = canvas.getContext('2d')!
    context.drawImage(image, 0, 0, canvas.width, canvas.height)
    return context.getImageData(0, 0, canvas.width, canvas.height)
  } finally {
    URL.revokeObjectURL(address)
  }
}
