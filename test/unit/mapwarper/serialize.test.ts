import { describe, expect, it } from 'vitest'
import * as schemas from '../../../src/dialects/mapwarper/schemas.ts'
import {
  gcpResource,
  includedLayers,
  mapFeature,
  mapResource,
  thumbnailPath,
  userResource,
} from '../../../src/dialects/mapwarper/serialize.ts'
import type { Principal, Role } from '../../../src/store/principal.ts'
import { gcpRecord, scanRecord, userRecord } from './records.ts'

const origin = 'https://maps.example'
const administrator: Principal = { kind: 'user', id: 3, login: 'root', roles: ['administrator'] }

describe('map documents', () => {
  it('has the documented attributes, relationships and links', () => {
    expect(mapResource(scanRecord(), origin)).toEqual({
      id: '260',
      type: 'maps',
      attributes: {
        title: 'Tartu turismiskeem',
        description: null,
        width: 800,
        height: 595,
        status: 'warped',
        mask_status: 'unmasked',
        mask_stale: false,
        created_at: '2016-02-07T17:52:19.479Z',
        updated_at: '2016-04-10T17:00:36.000Z',
        bbox: '26.6456393,58.3415076,26.8259949,58.4058083',
        map_type: 'is_map',
        source_uri: null,
        unique_id: null,
        date_depicted: '',
        status_detail: null,
        transform_options: 'auto',
        resample_options: 'near',
        use_mask: false,
        srs: 'EPSG:3857',
      },
      relationships: { layers: { data: [] }, added_by: { data: { id: '2', type: 'users' } } },
      links: {
        self: 'https://maps.example/api/v1/maps/260',
        gcps_csv: 'https://maps.example/maps/260/gcps.csv',
        mask: 'https://maps.example/mapimages/260.gml.ol',
        geotiff: 'https://maps.example/maps/260/export.tif',
        png: 'https://maps.example/maps/260/export.png',
        aux_xml: 'https://maps.example/maps/260/export.aux_xml',
        kml: 'https://maps.example/maps/260.kml',
        tiles: 'https://maps.example/maps/tile/260/{z}/{x}/{y}.png',
        tilejson: 'https://maps.example/maps/tile/260/tilejson.json',
        pmtiles: 'https://maps.example/maps/260/export.pmtiles',
        cog: 'https://maps.example/maps/260/export.cog.tif',
        wms: 'https://maps.example/maps/wms/260?request=GetCapabilities&service=WMS&version=1.1.1',
        wmts: 'https://maps.example/maps/wmts/260?service=WMTS&request=GetCapabilities&version=1.0.0',
        tms: 'https://maps.example/maps/tms/260/{z}/{x}/{y}.png',
        iiif: 'https://maps.example/iiif/260/info.json',
        manifest: 'https://maps.example/iiif/260/manifest.json',
        annotation: 'https://maps.example/maps/260/annotation.json',
        gcps_qgis: 'https://maps.example/maps/260/gcps.points',
        gcps_gdal: 'https://maps.example/maps/260/gcps.gdal',
        gcps_arcgis: 'https://maps.example/maps/260/gcps.txt',
        live: 'wss://maps.example/maps/260/live',
        rectifications: 'https://maps.example/api/v1/maps/260/rectifications',
        thumb: '/uploads/260/thumb/Tartu%201900.old.png',
      },
    })
  })

  it('has no owner where there is none', () => {
    expect(mapResource(scanRecord({ ownerId: null }), origin).relationships.added_by).toEqual({ data: null })
  })

  it('names the layers of maps, and includes each once', () => {
    const [a, b] = [1, 2].map((id) => ({ id, title: `Layer ${id}`, description: null }))
    const scans = [scanRecord({ mosaics: [a!, b!] }), scanRecord({ mosaics: [b!] })]
    expect(mapResource(scans[0]!, origin).relationships.layers.data).toEqual([
      { id: '1', type: 'layers' },
      { id: '2', type: 'layers' },
    ])
    const { included } = includedLayers(scans, origin)
    expect(included?.map(({ id }) => id)).toEqual(['1', '2'])
    expect(included?.[0]).toEqual({
      id: '1',
      type: 'layers',
      attributes: { name: 'Layer 1', description: null },
      links: { self: 'https://maps.example/api/v1/layers/1' },
    })
    expect(includedLayers([scanRecord()], origin)).toEqual({})
  })

  it('names thumbnails that a URL can hold', () => {
    expect(thumbnailPath({ id: 1, fileName: 'a/?#é.tif' })).toBe('/uploads/1/thumb/a%2F%3F%23%C3%A9.png')
    expect(thumbnailPath({ id: 1, fileName: '.png' })).toBe('/uploads/1/thumb/image.png')
    expect(thumbnailPath({ id: 1, fileName: null })).toBe('/missing.png')
  })

  it('is what the OpenAPI document says', () => {
    expect(schemas.mapResource.safeParse(mapResource(scanRecord(), origin)).error).toBeUndefined()
    expect(schemas.mapFeature.safeParse(mapFeature(scanRecord())).error).toBeUndefined()
    expect(schemas.gcpResource.safeParse(gcpResource(gcpRecord, 1.5)).error).toBeUndefined()
    const user = userResource(userRecord({ roles: ['administrator'] }), origin, administrator)
    expect(schemas.userResource.safeParse(user).error).toBeUndefined()
  })
})

describe('map features', () => {
  it('write the ring as text with the digits of the bbox', () => {
    const feature = mapFeature(scanRecord({ bbox: '-7.70,49.0,3.4,56.1' }))
    expect(feature.geometry.coordinates).toBe(
      '[[[-7.70, 49.0], [3.4, 49.0], [3.4, 56.1], [-7.70, 56.1], [-7.70, 49.0]]]',
    )
    expect(feature.id).toBe(260)
    expect(Object.keys(feature.properties)).toEqual([
      'title',
      'description',
      'width',
      'height',
      'status',
      'created_at',
      'bbox',
      'thumb_url',
    ])
  })

  it('have empty coordinates without a bbox', () => {
    expect(mapFeature(scanRecord({ bbox: null })).geometry).toEqual({ type: 'Polygon', coordinates: '' })
  })
})

describe('points and users', () => {
  it('have lat and lon as text, x and y as numbers, error null unless given', () => {
    expect(gcpResource(gcpRecord)).toEqual({
      id: '2',
      type: 'gcps',
      attributes: {
        map_id: 260,
        x: 151.5,
        y: 392,
        lat: '52.7603488553',
        lon: '-4.65',
        created_at: '2015-10-23T12:38:29.023Z',
        updated_at: '2016-06-08T10:54:44.094Z',
        error: null,
      },
    })
    expect(gcpResource(gcpRecord, 0).attributes.error).toBe(0)
  })

  it('show email and roles to administrators alone, and never a hash', () => {
    const roles: Role[] = ['administrator', 'editor']
    const editor: Principal = { kind: 'user', id: 4, login: 'ed', roles: ['editor'] }
    expect(userResource(userRecord({ roles }), origin, editor)).toEqual({
      id: '2',
      type: 'users',
      attributes: { login: 'tim', created_at: '2010-08-26T15:37:34.619Z', enabled: true, provider: null },
      links: { self: 'https://maps.example/api/v1/users/2' },
    })
    const shown = userResource(userRecord({ roles }), origin, administrator)
    expect(shown.attributes.email).toBe('tim@example.org')
    expect(shown.relationships?.roles.data).toEqual([
      { id: '2', type: 'roles' },
      { id: '3', type: 'roles' },
    ])
    expect(JSON.stringify(shown)).not.toContain('scrypt')
  })
})
