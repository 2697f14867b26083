import { generateAnnotation, parseAnnotation, validateAnnotation } from '@allmaps/annotation'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { annotation } from '../../../src/formats/gcps/annotation.ts'
import type { AnnotatedImage, GcpRow } from '../../../src/formats/gcps/gcp-format.ts'
import { readGcpFile } from '../../../src/formats/gcps/index.ts'
import { ROTTERDAM } from '../geo/control-points.ts'

const IMAGE: AnnotatedImage = {
  annotationId: 'https://example.org/maps/7/annotation.json',
  serviceId: 'https://example.org/iiif/7',
  width: 5000,
  height: 6000,
  outline: null,
  method: 'p1',
  createdAt: new Date(0),
  modifiedAt: new Date(86_400_000),
}
const written = (points: readonly GcpRow[], image: Partial<AnnotatedImage> = {}) =>
  JSON.parse(annotation.write(points, { ...IMAGE, ...image }))
const read = (document: unknown, image: { width: number; height: number } | null = IMAGE) =>
  readGcpFile(JSON.stringify(document), { image })
const positions = (document: unknown) =>
  read(document).points.map(({ x, y, lon, lat }) => ({ x, y, lon, lat }))

describe('writing', () => {
  it('is read by others as it is meant', () => {
    const document = written(ROTTERDAM.map((point) => ({ ...point, lon: String(point.lon), name: 'mill' })))
    validateAnnotation(document)
    const [map, ...others] = parseAnnotation(document)
    expect(others).toEqual([])
    expect(map).toMatchObject({
      id: IMAGE.annotationId,
      created: '1970-01-01T00:00:00.000Z',
      modified: '1970-01-02T00:00:00.000Z',
      resource: { id: IMAGE.serviceId, type: 'ImageService3', width: 5000, height: 6000 },
      gcps: ROTTERDAM.map(({ x, y, lon, lat }) => ({ resource: [x, y], geo: [lon, lat] })),
      resourceMask: [
        [0, 0],
        [5000, 0],
        [5000, 6000],
        [0, 6000],
      ],
      transformation: { type: 'polynomial', options: { order: 1 } },
    })
  })

  it.each([
    ['p2', { type: 'polynomial', options: { order: 2 } }],
    ['p3', { type: 'polynomial', options: { order: 3 } }],
    ['tps', { type: 'thinPlateSpline' }],
    ['helmert', { type: 'helmert' }],
    ['projective', { type: 'projective' }],
  ] as const)('tells the transformation of %s', (method, transformation) => {
    expect(parseAnnotation(written(ROTTERDAM, { method }))[0]!.transformation).toEqual(transformation)
  })

  it('has the outline as a polygon that does not close', () => {
    const outline = [
      [1e-7, 2],
      [4000.25, 3],
      [2000, 5000],
      [1e-7, 2],
    ] as const
    expect(parseAnnotation(written(ROTTERDAM, { outline }))[0]!.resourceMask).toEqual(outline.slice(0, 3))
  })
})

describe('reading', () => {
  it('takes what others write, one annotation or a page with one', () => {
    const [map] = parseAnnotation(written(ROTTERDAM))
    expect(positions(generateAnnotation(map!))).toEqual(ROTTERDAM)
    expect(positions(generateAnnotation([map!]))).toEqual(ROTTERDAM)
    expect(() => read(generateAnnotation([map!, map!]))).toThrow(
      'the page has 2 annotations; send the one that is meant',
    )
  })

  it('takes the draft of the extension', () => {
    const draft = {
      type: 'Annotation',
      target: {
        source: 'https://example.org/image.jpg',
        service: [{ '@id': 'https://example.org/iiif/1', type: 'ImageService2' }],
        selector: {
          type: 'SvgSelector',
          value: '<svg width="5000" height="6000"><polygon points="0,0 5,0 5,6" /></svg>',
        },
      },
      body: {
        type: 'FeatureCollection',
        features: ROTTERDAM.map(({ x, y, lon, lat }) => ({
          type: 'Feature',
          properties: { pixelCoords: [x, y] },
          geometry: { type: 'Point', coordinates: [lon, lat] },
        })),
      },
    }
    expect(parseAnnotation(draft)[0]!.gcps).toHaveLength(ROTTERDAM.length)
    expect(positions(draft)).toEqual(ROTTERDAM)
    expect(read(draft, { width: 2500, height: 3000 })).toMatchObject({
      scaledFrom: { width: 5000, height: 6000 },
      points: ROTTERDAM.map(({ x, y }) => ({ x: x / 2, y: y / 2 })),
    })
  })

  it('scales the points to the image they are read for', () => {
    const file = read(written(ROTTERDAM), { width: 10_000, height: 3000 })
    expect(file.scaledFrom).toEqual({ width: 5000, height: 6000 })
    expect(file.points[0]).toMatchObject({ x: 2688, y: 2049, lon: 4.4091165 })
    expect(read(written(ROTTERDAM), null).scaledFrom).toBeNull()
  })

  it('names the feature that cannot be read', () => {
    const document = written(ROTTERDAM)
    document.body.features[1].properties.resourceCoords = ['4440', 3441]
    delete document.body.features[3].geometry
    expect(() => read(document)).toThrow(
      expect.objectContaining({
        faults: [
          { place: 'feature 2', message: 'resourceCoords[0] is not a number: "string"' },
          { place: 'feature 4', message: 'coordinates[0] is missing' },
          { place: 'feature 4', message: 'coordinates[1] is missing' },
        ],
      }),
    )
  })

  it.each([
    ['{"type":"Annotation"', 'not valid JSON'],
    ['{}', 'not a Georeference Annotation'],
    ['[]', '0 annotations'],
    ['{"type":"Annotation","body":[]}', 'no features'],
  ])('refuses %s', (text, reason) => {
    expect(() => readGcpFile(text, { image: null })).toThrow(reason)
  })
})

it('gives back the points it writes', () => {
  const number = fc.double({ min: -180, max: 180, noNaN: true })
  const row = fc.record({
    x: number,
    y: number,
    lon: number,
    lat: number,
    name: fc.option(fc.string({ minLength: 1 })),
  })
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (points) => {
      const file = readGcpFile(annotation.write(points, IMAGE), { image: IMAGE })
      expect(file.format).toBe('annotation')
      expect(file.points.map(({ x, y, lon, lat, name }) => ({ x, y, lon, lat, name }))).toEqual(
        points.map(({ x, y, lon, lat, name }) => ({ x: x + 0, y: y + 0, lon: lon + 0, lat: lat + 0, name })),
      )
    }),
  )
})
