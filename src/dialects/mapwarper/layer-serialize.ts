import type { MosaicRecord } from '../../store/mosaics.ts'
import type { LayerFeature, LayerResource } from './layer-schemas.ts'

/** Percent of a layer's maps that have been rectified, 0 without maps. */
function rectifiedPercent({ members: { maps, rectified } }: MosaicRecord): number {
  return maps === 0 ? 0 : (100 * rectified) / maps
}

/** @param origin scheme, host and port that links begin with */
export function layerResource(mosaic: MosaicRecord, origin: string): LayerResource {
  const { id, members } = mosaic
  const mosaics = `${origin}/mosaics`
  return {
    id: String(id),
    type: 'layers',
    attributes: {
      name: mosaic.name,
      description: mosaic.description,
      created_at: mosaic.createdAt.toISOString(),
      updated_at: mosaic.updatedAt.toISOString(),
      bbox: mosaic.bbox,
      maps_count: members.maps,
      rectified_maps_count: members.rectified,
      is_visible: mosaic.isVisible,
      source_uri: mosaic.sourceUri,
      rectified_percent: rectifiedPercent(mosaic),
      published: mosaic.published,
      map_order: members.ids,
      depicts_year: mosaic.depictsYear,
    },
    relationships: {
      maps: { data: members.ids.map((map) => ({ id: String(map), type: 'maps' })) },
      added_by: { data: mosaic.ownerId === null ? null : { id: String(mosaic.ownerId), type: 'users' } },
    },
    links: {
      self: `${origin}/api/v1/layers/${id}`,
      kml: `${origin}/layers/${id}.kml`,
      tiles: `${mosaics}/tile/${id}/{z}/{x}/{y}.png`,
      tilejson: `${mosaics}/tile/${id}/tilejson.json`,
      wms: `${mosaics}/wms/${id}?request=GetCapabilities&service=WMS&version=1.1.1`,
      wmts: `${mosaics}/wmts/${id}?service=WMTS&request=GetCapabilities&version=1.0.0`,
      tms: `${mosaics}/tms/${id}/{z}/{x}/{y}.png`,
    },
  }
}

/** The documented feature: its coordinates are JSON inside a string, the corners of the bbox as numbers. */
export function layerFeature(mosaic: MosaicRecord): LayerFeature {
  return {
    id: mosaic.id,
    type: 'Feature',
    properties: {
      name: mosaic.name,
      description: mosaic.description,
      created_at: mosaic.createdAt.toISOString(),
      bbox: mosaic.bbox,
      maps_count: mosaic.members.maps,
      rectified_maps_count: mosaic.members.rectified,
      rectified_percent: rectifiedPercent(mosaic),
      source_uri: mosaic.sourceUri,
    },
    geometry: { type: 'Polygon', coordinates: mosaic.bbox === null ? '' : ringText(mosaic.bbox) },
  }
}

function ringText(bbox: string): string {
  const [w, s, e, n] = bbox.split(',').map(Number)
  return `[[[${w}, ${s}], [${e}, ${s}], [${e}, ${n}], [${w}, ${n}], [${w}, ${s}]]]`
}
