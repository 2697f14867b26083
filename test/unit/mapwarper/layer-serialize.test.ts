import { describe, expect, it } from 'vitest'
import * as schemas from '../../../src/dialects/mapwarper/layer-schemas.ts'
import { layerFeature, layerResource } from '../../../src/dialects/mapwarper/layer-serialize.ts'
import type { MosaicRecord } from '../../../src/store/mosaics.ts'

const origin = 'https://maps.example'

const mosaicRecord = (changes: Partial<MosaicRecord> = {}): MosaicRecord => ({
  id: 2,
  ownerId: 7,
  name: 'Category:Maps Of Tartu',
  description: null,
  published: false,
  version: 3,
  createdAt: new Date('2015-11-12T10:56:25.461Z'),
  updatedAt: new Date('2016-04-04T16:20:52.354Z'),
  isVisible: true,
  sourceUri: 'urn:tartu',
  depictsYear: '1798',
  bbox: '26.111586,58.232919,27.358788,58.486400',
  members: { ids: [6, 5, 9], maps: 2, rectified: 1 },
  mayEdit: true,
  ...changes,
})

describe('layer documents', () => {
  it('has the documented attributes, relationships and links', () => {
    expect(layerResource(mosaicRecord(), origin)).toEqual({
      id: '2',
      type: 'layers',
      attributes: {
        name: 'Category:Maps Of Tartu',
        description: null,
        created_at: '2015-11-12T10:56:25.461Z',
        updated_at: '2016-04-04T16:20:52.354Z',
        bbox: '26.111586,58.232919,27.358788,58.486400',
        maps_count: 2,
        rectified_maps_count: 1,
        is_visible: true,
        source_uri: 'urn:tartu',
        rectified_percent: 50,
        published: false,
        map_order: [6, 5, 9],
        depicts_year: '1798',
      },
      relationships: {
        maps: {
          data: [
            { id: '6', type: 'maps' },
            { id: '5', type: 'maps' },
            { id: '9', type: 'maps' },
          ],
        },
        added_by: { data: { id: '7', type: 'users' } },
      },
      links: {
        self: 'https://maps.example/api/v1/layers/2',
        kml: 'https://maps.example/layers/2.kml',
        tiles: 'https://maps.example/mosaics/tile/2/{z}/{x}/{y}.png',
        tilejson: 'https://maps.example/mosaics/tile/2/tilejson.json',
        wms: 'https://maps.example/mosaics/wms/2?request=GetCapabilities&service=WMS&version=1.1.1',
        wmts: 'https://maps.example/mosaics/wmts/2?service=WMTS&request=GetCapabilities&version=1.0.0',
        tms: 'https://maps.example/mosaics/tms/2/{z}/{x}/{y}.png',
      },
    })
  })

  it.each([
    [0, 0, 0],
    [3, 0, 0],
    [3, 1, 100 / 3],
    [4, 4, 100],
  ])('of %i maps with %i rectified say %d percent', (maps, rectified, percent) => {
    const record = mosaicRecord({ members: { ids: [], maps, rectified } })
    expect(layerResource(record, origin).attributes.rectified_percent).toBe(percent)
  })

  it('has no owner where there is none', () => {
    const { relationships } = layerResource(mosaicRecord({ ownerId: null }), origin)
    expect(relationships.added_by).toEqual({ data: null })
  })

  it('is what the OpenAPI document says', () => {
    for (const record of [mosaicRecord(), mosaicRecord({ bbox: null, sourceUri: null, depictsYear: null })]) {
      expect(schemas.layerResource.strict().safeParse(layerResource(record, origin)).error).toBeUndefined()
      expect(schemas.layerFeature.strict().safeParse(layerFeature(record)).error).toBeUndefined()
    }
  })
})

describe('layer features', () => {
  it('write the ring as text, with numbers', () => {
    const { id, type, properties, geometry } = layerFeature(mosaicRecord())
    expect([id, type]).toEqual([2, 'Feature'])
    expect(properties).toEqual({
      name: 'Category:Maps Of Tartu',
      description: null,
      created_at: '2015-11-12T10:56:25.461Z',
      bbox: '26.111586,58.232919,27.358788,58.486400',
      maps_count: 2,
      rectified_maps_count: 1,
      rectified_percent: 50,
      source_uri: 'urn:tartu',
    })
    expect(geometry.coordinates).toBe(
      '[[[26.111586, 58.232919], [27.358788, 58.232919], [27.358788, 58.4864], [26.111586, 58.4864], [26.111586, 58.232919]]]',
    )
  })

  it('have empty coordinates without a bbox', () => {
    expect(layerFeature(mosaicRecord({ bbox: null })).geometry).toEqual({ type: 'Polygon', coordinates: '' })
  })
})
