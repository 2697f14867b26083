import type { LayerRecord } from '../../store/layers.ts'
import { scaleRange } from '../maps/scale-range.ts'

/** Layers of one picture, of those that are switched on; the lowest ones are left out of more. */
export const LAYERS_MAX = 200

/** The layers of a map that are shown at a scale: each is switched on, and so are the folders it is in. The lowest first. */
export function shownLayers(layers: readonly LayerRecord[], scaleDenominator: number): LayerRecord[] {
  const byId = new Map(layers.map((layer) => [layer.id, layer]))
  const isShown = (layer: LayerRecord): boolean => layer.isVisible && isOfScale(layer, scaleDenominator)
  return layers
    .filter((layer) => layer.type !== 'folder' && isShown(layer) && foldersOf(layer, byId).every(isShown))
    .slice(-LAYERS_MAX)
}

/** What one layer shows, whatever it is switched to: itself, or of a folder what is switched on in it. */
export function layersWithin(
  layer: LayerRecord,
  layers: readonly LayerRecord[],
  scaleDenominator: number,
): LayerRecord[] {
  if (layer.type !== 'folder') return [layer]
  const byId = new Map(layers.map((other) => [other.id, other]))
  const inside = layers.filter((other) => foldersOf(other, byId).includes(layer))
  // Folders around it do not count: among those inside, it is no folder of theirs any more.
  return shownLayers(
    inside.map((other) => (other.parentId === layer.id ? { ...other, parentId: null } : other)),
    scaleDenominator,
  )
}

const isOfScale = (layer: LayerRecord, denominator: number): boolean => {
  const { min, max } = scaleRange(layer)
  return denominator >= min && denominator <= max
}

/** The folders that a layer is in, the nearest first. */
function foldersOf(layer: LayerRecord, byId: ReadonlyMap<number, LayerRecord>): LayerRecord[] {
  const folders: LayerRecord[] = []
  for (
    let folder = layer.parentId === null ? undefined : byId.get(layer.parentId);
    folder && !folders.includes(folder);
    folder = folder.parentId === null ? undefined : byId.get(folder.parentId)
  )
    folders.push(folder)
  return folders
}
