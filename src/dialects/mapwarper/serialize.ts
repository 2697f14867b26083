import type { GcpRecord } from '../../store/gcps.ts'
import { hasRole, type Principal, ROLES, type Role } from '../../store/principal.ts'
import type { ScanRecord } from '../../store/scans.ts'
import type { UserProfile } from '../../store/users.ts'
import type { GcpResource, LayerSummary, MapFeature, MapResource, UserResource } from './schemas.ts'

/** Stands for the thumbnail of a map without an image. */
export const MISSING_THUMBNAIL_PATH = '/missing.png'

/** Path of a map's thumbnail: named after the image, always PNG. */
export function thumbnailPath({ id, fileName }: Pick<ScanRecord, 'id' | 'fileName'>): string {
  if (fileName === null) return MISSING_THUMBNAIL_PATH
  const name = fileName.replace(/\.[^.]*$/, '') || 'image'
  return `/uploads/${id}/thumb/${encodeURIComponent(name)}.png`
}

/** @param origin scheme, host and port that links begin with */
export function mapResource(scan: ScanRecord, origin: string): MapResource {
  const map = `${origin}/maps/${scan.id}`
  return {
    id: String(scan.id),
    type: 'maps',
    attributes: {
      title: scan.title,
      description: scan.description,
      width: scan.width,
      height: scan.height,
      status: scan.status,
      mask_status: scan.maskStatus,
      mask_stale: scan.maskStale,
      created_at: scan.createdAt.toISOString(),
      updated_at: scan.updatedAt.toISOString(),
      bbox: scan.bbox,
      map_type: scan.mapType,
      source_uri: scan.sourceUri,
      unique_id: scan.uniqueId,
      date_depicted: scan.dateDepicted,
      status_detail: scan.statusDetail,
      transform_options: scan.transform,
      resample_options: scan.resampling,
      use_mask: scan.useMask,
      srs: scan.transform === null ? null : (scan.srs ?? 'EPSG:4326'),
    },
    relationships: {
      layers: { data: scan.mosaics.map(({ id }) => ({ id: String(id), type: 'layers' })) },
      added_by: { data: scan.ownerId === null ? null : { id: String(scan.ownerId), type: 'users' } },
    },
    links: {
      self: `${origin}/api/v1/maps/${scan.id}`,
      gcps_csv: `${map}/gcps.csv`,
      mask: `${origin}/mapimages/${scan.id}.gml.ol`,
      geotiff: `${map}/export.tif`,
      png: `${map}/export.png`,
      aux_xml: `${map}/export.aux_xml`,
      kml: `${map}.kml`,
      tiles: `${origin}/maps/tile/${scan.id}/{z}/{x}/{y}.png`,
      tilejson: `${origin}/maps/tile/${scan.id}/tilejson.json`,
      pmtiles: `${map}/export.pmtiles`,
      cog: `${map}/export.cog.tif`,
      wms: `${origin}/maps/wms/${scan.id}?request=GetCapabilities&service=WMS&version=1.1.1`,
      wmts: `${origin}/maps/wmts/${scan.id}?service=WMTS&request=GetCapabilities&version=1.0.0`,
      tms: `${origin}/maps/tms/${scan.id}/{z}/{x}/{y}.png`,
      iiif: `${origin}/iiif/${scan.id}/info.json`,
      manifest: `${origin}/iiif/${scan.id}/manifest.json`,
      annotation: `${map}/annotation.json`,
      gcps_qgis: `${map}/gcps.points`,
      gcps_gdal: `${map}/gcps.gdal`,
      gcps_arcgis: `${map}/gcps.txt`,
      live: `${origin.replace(/^http/, 'ws')}/maps/${scan.id}/live`,
      rectifications: `${origin}/api/v1/maps/${scan.id}/rectifications`,
      thumb: thumbnailPath(scan),
    },
  }
}

/** The layers that maps name in their relationships, each once; no member at all where they name none. */
export function includedLayers(
  scans: readonly Pick<ScanRecord, 'mosaics'>[],
  origin: string,
): { included?: LayerSummary[] } {
  const mosaics = new Map(scans.flatMap((scan) => scan.mosaics).map((mosaic) => [mosaic.id, mosaic]))
  if (mosaics.size === 0) return {}
  return {
    included: Array.from(mosaics.values(), ({ id, title, description }) => ({
      id: String(id),
      type: 'layers',
      attributes: { name: title, description },
      links: { self: `${origin}/api/v1/layers/${id}` },
    })),
  }
}

/** The documented feature: its coordinates are JSON inside a string, the corners of the bbox with its own digits. */
export function mapFeature(scan: ScanRecord): MapFeature {
  return {
    id: scan.id,
    type: 'Feature',
    properties: {
      title: scan.title,
      description: scan.description,
      width: scan.width,
      height: scan.height,
      status: scan.status,
      created_at: scan.createdAt.toISOString(),
      bbox: scan.bbox,
      thumb_url: thumbnailPath(scan),
    },
    geometry: { type: 'Polygon', coordinates: scan.bbox === null ? '' : ringText(scan.bbox) },
  }
}

function ringText(bbox: string): string {
  const [w, s, e, n] = bbox.split(',')
  return `[[[${w}, ${s}], [${e}, ${s}], [${e}, ${n}], [${w}, ${n}], [${w}, ${s}]]]`
}

/** @param error image pixels, where it was computed */
export function gcpResource(gcp: GcpRecord, error: number | null = null): GcpResource {
  return {
    id: String(gcp.id),
    type: 'gcps',
    attributes: {
      map_id: gcp.scanId,
      x: gcp.x,
      y: gcp.y,
      lat: gcp.lat,
      lon: gcp.lon,
      created_at: gcp.createdAt.toISOString(),
      updated_at: gcp.updatedAt.toISOString(),
      error,
    },
  }
}

/** The number a role has in documents. */
export const roleId = (role: Role): string => String(ROLES.indexOf(role) + 1)

/** A user as `requester` may see them: email and roles are shown to administrators. */
export function userResource(user: UserProfile, origin: string, requester: Principal): UserResource {
  const isAdministrator = hasRole(requester, 'administrator')
  return {
    id: String(user.id),
    type: 'users',
    attributes: {
      login: user.login,
      created_at: user.createdAt.toISOString(),
      enabled: user.enabled,
      provider: user.provider,
      ...(isAdministrator ? { email: user.email } : {}),
    },
    ...(isAdministrator
      ? {
          relationships: {
            roles: {
              data: user.roles.map((role) => ({ id: roleId(role), type: 'roles' })),
            },
          },
        }
      : {}),
    links: { self: `${origin}/api/v1/users/${user.id}` },
  }
}
