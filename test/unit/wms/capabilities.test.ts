import { SaxesParser } from 'saxes'
import { describe, expect, it } from 'vitest'
import { wmsCapabilities } from '../../../src/standards/wms/capabilities.ts'

const DRAWING = {
  ...{ kind: 'maps', id: 7, version: '3', isPublic: true, title: 'Maps & <more>', minZoom: 0, maxZoom: 12 },
  ...{ bbox: [7.4, 47.2, 8.4, 47.8], layers: [] },
} satisfies Parameters<typeof wmsCapabilities>[0]

/** Paths of all elements, in order; throws where the document is not well-formed. */
function elements(document: string): string[] {
  const open: string[] = []
  const paths: string[] = []
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name }) => {
    open.push(name)
    paths.push(open.join('/'))
  })
  parser.on('closetag', () => void open.pop())
  parser.write(document).close()
  return paths
}

describe('capabilities', () => {
  it.each(['1.1.1', '1.3.0'] as const)('%s are well-formed and have their elements in order', (version) => {
    const document = wmsCapabilities(DRAWING, version, 'https://host')
    const root = version === '1.3.0' ? 'WMS_Capabilities' : 'WMT_MS_Capabilities'
    const paths = elements(document)
    const layer = paths
      .filter((path) => path.startsWith(`${root}/Capability/Layer/`))
      .map((path) => path.split('/')[3])
    const order = [...new Set(layer)]
    expect(order).toEqual(
      version === '1.3.0'
        ? ['Name', 'Title', 'CRS', 'EX_GeographicBoundingBox', 'BoundingBox', 'Style']
        : ['Name', 'Title', 'SRS', 'LatLonBoundingBox', 'BoundingBox', 'Style'],
    )
    expect(document).toContain('<Title>Maps &amp; &lt;more&gt;</Title>')
    expect(document).toContain('xlink:href="https://host/maps/wms/7?"')
    for (const name of ['EPSG:4326', 'EPSG:3857', 'EPSG:900913', 'EPSG:4269', 'EPSG:21781', 'EPSG:32632'])
      expect(document.split(`RS>${name}</`).length - 1).toBe(1)
    expect(document).not.toContain('EPSG:27700')
    expect(document.includes('CRS:84')).toBe(version === '1.3.0')
  })

  it('have boxes in the order of their axes', () => {
    expect(wmsCapabilities(DRAWING, '1.3.0', '')).toContain(
      '<BoundingBox CRS="EPSG:4326" minx="47.2" miny="7.4" maxx="47.8" maxy="8.4"/>',
    )
    expect(wmsCapabilities(DRAWING, '1.1.1', '')).toContain(
      '<BoundingBox SRS="EPSG:4326" minx="7.4" miny="47.2" maxx="8.4" maxy="47.8"/>',
    )
  })

  it('of what reaches beyond the world end with it', () => {
    const document = wmsCapabilities({ ...DRAWING, bbox: [-184, -91, 184, 91] }, '1.3.0', '')
    expect(document).toContain('<westBoundLongitude>-180</westBoundLongitude>')
    expect(document).toContain('<northBoundLatitude>90</northBoundLatitude>')
    expect(document).not.toContain('NaN')
    expect(document).not.toContain('Infinity')
  })
})
