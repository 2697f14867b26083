import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import type { LayerNode } from '../../../web/map/layer-node.ts'
import { readConfiguration } from '../../../web/viewer/configuration.ts'
import type { DrawnLayer } from '../../../web/viewer/drawn-layer.ts'
import { leavesOf, readLayer, readLayers } from '../../../web/viewer/layer-entries.ts'
import { layerTree } from '../../../web/viewer/layer-tree.ts'
import { loadLayer } from '../../../web/viewer/load-layer.ts'
import { defaultLook } from '../../../web/viewer/symbols.ts'

const { validateStyleMin } = createRequire(
  createRequire(import.meta.url).resolve('maplibre-gl/package.json'),
)('@maplibre/maplibre-gl-style-spec') as { validateStyleMin(style: unknown): { message: string }[] }

const PLATFORM = 'https://maps.example.org'
const base = { page: `${PLATFORM}/resources/apps/x/index.html`, platform: PLATFORM }

/** Loads a layer where these addresses have these documents; every style that comes is one that MapLibre takes. */
async function loaded(options: object, documents: Record<string, unknown> = {}): Promise<DrawnLayer> {
  const layer = await loadLayer(readLayer({ ...options }, 'l'), {
    base,
    look: defaultLook(0),
    fetchJson: async (address) => {
      if (!Object.hasOwn(documents, address)) throw new Error(`nothing at ${address}`)
      return documents[address]
    },
  })
  expect(validateStyleMin({ version: 8, sources: layer.sources, layers: layer.layers })).toEqual([])
  expect(
    layer.node.isFolder ||
      layer.node.styleLayers.every((id) => layer.layers.some((other) => other.id === id)),
  ).toBe(true)
  return layer
}

const tilesOf = ({ sources }: DrawnLayer): string[] =>
  (Object.values(sources)[0] as { tiles: string[] }).tiles

describe('the layers of a configuration', () => {
  it('are of the kind they say, by whatever name, or else of that of their address', () => {
    const kinds = (layers: object[]) => readLayers(layers).map(({ kind }) => kind)
    expect(
      kinds(
        ['MAP', 'Scan', 'OGC_FEATURE', 'web-tile', 'WEB_TILED', 'GEOJSON', 'AGS_FEATURE'].map((type) => ({
          type,
        })),
      ),
    ).toEqual(['map', 'scan', 'collection', 'tiles', 'tiles', 'geojson', null])
    const urls = [
      ...['/1/maps/12', '/1/layers/3', '/maps/7', '/mosaics/7', '/layers/tile/7/tilejson.json'],
      ...['/ogc/collections/cities', '/tiles/12.json', 'data/a.geojson?x=1', '/t/{z}/{x}/{y}.png', 'a.csv'],
    ]
    expect(kinds(urls.map((url) => ({ url })))).toEqual([
      ...['map', 'layer', 'scan', 'mosaic', 'mosaic', 'collection', 'tilejson', 'geojson', 'tiles', null],
    ])
    expect(kinds([{ layers: [] }, {}, null as never, 'x' as never])).toEqual(['group', null, null, null])
  })

  it('are shown as they say, and lie in groups', () => {
    const [group] = readLayers([
      {
        type: 'GROUP',
        title: 'G',
        visible: false,
        layers: [{ id: 'a', opacity: 7, minScale: 1e6 }, { layers: [{ url: 'b' }] }],
      },
    ])
    expect(group).toMatchObject({
      title: 'G',
      isVisible: false,
      children: [{ title: 'a', opacity: 1, isVisible: true }, {}],
    })
    expect(leavesOf([group!]).map(({ key, title }) => [key, title])).toEqual([
      ['layer-0-0', 'a'],
      ['layer-0-1-0', 'b'],
    ])
    const drawn = new Map([['layer-0-1-0', { node: { name: 'b', isFolder: false } } as DrawnLayer]])
    const names = (nodes: LayerNode[]): unknown[] =>
      nodes.map(({ name, children }) => [name, ...names(children ?? [])])
    expect(names(layerTree([group!], drawn))).toEqual([['G', ['Layer', ['b']]]])
    expect(layerTree([group!], new Map())).toEqual([])
  })
})

describe('what draws a layer', () => {
  const style = {
    ...{ version: 8, name: 'Districts' },
    metadata: {
      tree: [
        {
          id: 3,
          name: 'Areas',
          isFolder: false,
          isVisible: true,
          styleLayers: ['3-0-fill'],
          legend: [],
          titles: {},
          children: [],
        },
      ],
      ...{ pictures: {}, bounds: [7, 47, 8, 48], attribution: '© Somebody', isImperial: false },
    },
    sources: { 'layer-3': { type: 'vector', tiles: [`${PLATFORM}/1/layers/3/tiles/{z}/{x}/{y}.mvt`] } },
    layers: [
      { id: 'background', type: 'background' },
      {
        id: '3-0-fill',
        type: 'fill',
        source: 'layer-3',
        'source-layer': 'a',
        maxzoom: 12,
        paint: { 'fill-opacity': 0.5 },
      },
    ],
  }

  it('is the style of a map of the platform, under names of its own', async () => {
    for (const url of [12, '12', '/1/maps/12', '/1/maps/12.json', '/1/maps/12/render.iframe?toolbar=1']) {
      const map = await loaded(
        { type: 'MAP', title: 'Mine', url, opacity: 0.5, maxScale: 1 },
        { [`${PLATFORM}/1/maps/12/style`]: style },
      )
      expect(map.layers).toMatchObject([
        { id: 'l/3-0-fill', source: 'l/layer-3', maxzoom: 12, paint: { 'fill-opacity': 0.25 } },
      ])
      expect(map.sources).toMatchObject({ 'l/layer-3': { attribution: '© Somebody' } })
      expect(map.node).toMatchObject({
        name: 'Mine',
        isFolder: true,
        children: [{ name: 'Areas', styleLayers: ['l/3-0-fill'] }],
      })
      expect(map.bounds).toEqual([7, 47, 8, 48])
    }
    const layer = await loaded({ url: '/1/layers/3' }, { [`${PLATFORM}/1/layers/3/style`]: style })
    expect(layer.node).toMatchObject({ isFolder: false, styleLayers: ['l/3-0-fill'] })
    await expect(
      loaded({ type: 'MAP', url: 12 }, { [`${PLATFORM}/1/maps/12/style`]: { a: 1 } }),
    ).rejects.toThrow(/no map/)
  })

  it('is the tiles of a scan, a mosaic or a dataset, as TileJSON has them', async () => {
    const raster = {
      tiles: [`${PLATFORM}/maps/tile/7/{z}/{x}/{y}.png?v=1`],
      minzoom: 3,
      maxzoom: 9,
      bounds: [7, 47, 8, 48],
    }
    for (const options of [
      { type: 'SCAN', url: 7 },
      { url: '/maps/7' },
      { url: '/maps/tile/7/tilejson.json' },
    ]) {
      const scan = await loaded(options, { [`${PLATFORM}/maps/tile/7/tilejson.json`]: raster })
      expect(scan.sources.l).toMatchObject({ type: 'raster', ...raster })
    }
    await loaded({ type: 'MOSAIC', url: 7 }, { [`${PLATFORM}/mosaics/tile/7/tilejson.json`]: raster })
    const vector = { tiles: ['a/{z}/{x}/{y}.mvt'], vector_layers: [{ id: 'places' }] }
    const tiled = await loaded(
      { type: 'VECTOR_TILE', url: 'https://elsewhere.example/t/set.json' },
      { 'https://elsewhere.example/t/set.json': vector },
    )
    expect(tiled.sources.l).toMatchObject({
      type: 'vector',
      tiles: ['https://elsewhere.example/t/a/{z}/{x}/{y}.mvt'],
    })
    expect(tiled.layers.every((layer) => 'source-layer' in layer && layer['source-layer'] === 'places')).toBe(
      true,
    )
    await expect(loaded({ type: 'TILEJSON', url: 7 }, { [`${PLATFORM}/tiles/7.json`]: [] })).rejects.toThrow(
      /no TileJSON/,
    )
  })

  it('is a collection by its tiles, or by its features where it has none or shall', async () => {
    const address = `${PLATFORM}/ogc/collections/cities`
    const links = [
      { rel: 'items', type: 'application/geo+json', href: `${address}/items` },
      { rel: 'tiles', type: 'application/json', href: `${PLATFORM}/tiles/5.json` },
    ]
    const items = {
      ...{ type: 'FeatureCollection', numberMatched: 3, numberReturned: 1 },
      features: [{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [7, 47, 300] } }],
    }
    const documents = {
      [address]: { links },
      [`${PLATFORM}/tiles/5.json`]: { tiles: ['/t/{z}/{x}/{y}'], vector_layers: [{ id: 'c' }] },
      [`${address}/items?limit=10000`]: items,
    }
    expect(
      (await loaded({ type: 'DATASET', url: '/ogc/collections/cities/' }, documents)).sources.l,
    ).toMatchObject({
      ...{ type: 'vector', tiles: [`${PLATFORM}/t/{z}/{x}/{y}`] },
    })
    const features = await loaded(
      { type: 'OGC_FEATURE', url: '/ogc', collectionId: 'cities', mode: 'snapshot' },
      documents,
    )
    expect(features).toMatchObject({
      bounds: [7, 47, 7, 47],
      remarks: ['only 1 of its 3 features are shown'],
    })
    await expect(
      loaded({ type: 'DATASET', url: 'x' }, { [`${PLATFORM}/resources/apps/x/x`]: {} }),
    ).rejects.toThrow(/no collection/)
  })

  it('is GeoJSON beside the page, with its looks, labels and popups', async () => {
    const square = [
      [
        [7, 47],
        [8, 47],
        [8, 48],
        [7, 47],
      ],
    ]
    const data = {
      type: 'Feature',
      properties: { kind: 'a' },
      geometry: { type: 'Polygon', coordinates: square },
    }
    const documents = { [`${PLATFORM}/resources/apps/x/data/a.geojson`]: data }
    const layer = await loaded(
      {
        ...{ type: 'GEOJSON', url: './data/a.geojson', title: 'Areas', minScale: 1e6 },
        renderer: {
          ...{ type: 'unique-value', field: 'kind' },
          uniqueValueInfos: [
            {
              value: 'a',
              label: 'A',
              symbol: {
                type: 'simple-fill',
                color: [255, 0, 0, 0.5],
                outline: { color: '#000', width: '2px' },
              },
            },
          ],
          defaultSymbol: { type: 'esriSLS', color: [0, 0, 255, 255] },
        },
        labelingInfo: [{ labelExpressionInfo: { expression: '$feature["kind"]' } }],
        popupTemplate: {
          title: '{kind}',
          content: [{ type: 'fields', fieldInfos: [{ fieldName: 'kind', label: 'Kind' }] }],
        },
      },
      documents,
    )
    expect(layer.bounds).toEqual([7, 47, 8, 48])
    expect(layer.node).toMatchObject({
      legend: [
        { label: 'A', kind: 'polygon', fill: 'rgb(255 0 0 / 0.5)', border: '#000' },
        { label: 'Other', kind: 'line', border: 'rgb(0 0 255 / 1)' },
      ],
      ...{ titles: { kind: 'Kind' }, popup: { title: '{kind}', fields: ['kind'] } },
    })
    expect(layer.layers[0]).toMatchObject({
      paint: {
        'fill-color': [
          'case',
          ['==', ['to-string', ['get', 'kind']], 'a'],
          'rgb(255 0 0 / 0.5)',
          'rgb(0 0 0 / 0)',
        ],
      },
      minzoom: expect.closeTo(8.2, 1),
    })
    expect(layer.layers.map(({ type }) => type)).toEqual([
      'fill',
      'line',
      'circle',
      'symbol',
      'symbol',
      'symbol',
    ])
    const breaks = {
      type: 'class-breaks',
      field: 'n',
      classBreakInfos: [{ maxValue: 5 }, { maxValue: 9, label: 'more' }],
    }
    const classed = await loaded(
      { url: './data/a.geojson', renderer: breaks, popupEnabled: false },
      documents,
    )
    expect(classed.node).toMatchObject({ popup: null, legend: [{ label: ' – 5' }, { label: 'more' }] })
    for (const wrong of [
      {},
      [],
      null,
      'x',
      { type: 'Feature', geometry: { type: 'Point', coordinates: ['a', 1] } },
    ])
      await expect(
        loaded({ url: 'a.geojson' }, { [`${PLATFORM}/resources/apps/x/a.geojson`]: wrong }),
      ).rejects.toThrow()
  })

  it('is tiles and a WMS from elsewhere', async () => {
    expect(
      tilesOf(
        await loaded({
          type: 'WEB_TILE',
          urlTemplate: 'https://{subDomain}.example.org/{level}/{col}/{row}.png',
          subDomains: ['x', 'y'],
        }),
      ),
    ).toEqual(['https://x.example.org/{z}/{x}/{y}.png', 'https://y.example.org/{z}/{x}/{y}.png'])
    expect(tilesOf(await loaded({ url: '/maps/tile/7/{z}/{x}/{y}.png' }))).toEqual([
      `${PLATFORM}/maps/tile/7/{z}/{x}/{y}.png`,
    ])
    expect(tilesOf(await loaded({ type: 'OSM' }))[0]).toContain('openstreetmap')
    const [wms] = tilesOf(
      await loaded({
        type: 'WMS',
        url: 'https://wms.example.org/ows?map=x&layers=old',
        sublayers: [{ name: 'a' }, { name: 'b' }],
        copyright: '<b>',
      }),
    )
    const { searchParams } = new URL(wms!.replace(/[{}]/g, ''))
    expect(Object.fromEntries(searchParams)).toMatchObject({
      map: 'x',
      LAYERS: 'a,b',
      VERSION: '1.3.0',
      CRS: 'EPSG:3857',
      BBOX: 'bbox-epsg-3857',
    })
    for (const options of [
      { type: 'AGS_FEATURE', url: 'https://x.example' },
      { type: 'WMS', url: 'https://x.example' },
      { type: 'WEB_TILE', url: 'https://x.example/{z}' },
      { type: 'WEB_TILE', url: 'javascript:{z}/{x}/{y}' },
      { type: 'GEOJSON' },
      {},
    ])
      await expect((async () => loaded(options))()).rejects.toThrow(/./)
  })
})

describe('a configuration', () => {
  const tools = (tools: unknown, allowedBundles?: unknown, bundles = {}) =>
    readConfiguration({
      ...(allowedBundles === undefined ? {} : { load: { allowedBundles } }),
      bundles: { ...bundles, toolset: { ToolsetManager: { toolsets: [{ id: 't', tools }] } } },
    }).tools

  it('has the tools that its toolsets name and its bundles bring', () => {
    expect(tools(['*'])).toEqual([
      'zoomIn',
      'zoomOut',
      'fullExtent',
      'identify',
      'measure',
      'layers',
      'legend',
      'basemaps',
    ])
    expect(
      tools(['tocToggleTool', 'zoominTool', 'initialExtentTool', 'tocToggleTool', 'printingToggleTool']),
    ).toEqual([...['layers', 'zoomIn', 'fullExtent']])
    expect(tools(['zoom*', 'legend', 7, null, 'leg(end'])).toEqual(['zoomIn', 'zoomOut', 'legend'])
    expect(tools(['*'], ['map-init', 'toolset@^4.17.0', 'toc'])).toEqual([
      'zoomIn',
      'zoomOut',
      'fullExtent',
      'layers',
    ])
    expect(tools(['*'], ['map-init', 'toc'])).toEqual([])
    expect(tools(['toc', 'legend'], undefined, { toc: { enabled: false } })).toEqual(['legend'])
  })

  it('tells what the app is called, its preview and its refreshing', () => {
    const configuration = readConfiguration({
      properties: { title: ' T ', description: 'D', platform: 'https://maps.example.org/x', modifiedAt: 5 },
      load: { allowedBundles: ['preview', 'autorefresh'] },
      bundles: { preview: { Config: { editorState: 'EDITED' } }, autorefresh: { Config: { interval: 5 } } },
    })
    expect(configuration).toMatchObject({
      ...{
        title: 'T',
        description: 'D',
        platform: PLATFORM,
        previewState: 'EDITED',
        refreshSeconds: 5,
        modifiedAt: 5,
      },
      ...{ layers: [], basemaps: [], tools: [] },
    })
    for (const document of [
      null,
      5,
      [],
      'x',
      { bundles: [], load: 1, properties: { platform: 'javascript:1' } },
    ])
      expect(readConfiguration(document)).toMatchObject({
        title: 'Map',
        platform: null,
        previewState: null,
        refreshSeconds: null,
      })
  })
})
