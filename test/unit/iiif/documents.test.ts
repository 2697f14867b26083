import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FormatError } from '../../../src/formats/format-error.ts'
import { parseIiifDocument } from '../../../src/formats/iiif/document.ts'
import type { ImageService } from '../../../src/formats/iiif/image-service.ts'
import { chooseCanvas, type Manifest } from '../../../src/formats/iiif/manifest.ts'
import { plainText } from '../../../src/formats/iiif/plain-text.ts'
import {
  BASE,
  canvas2,
  canvas3,
  image3,
  info2,
  info3,
  info10,
  info11,
  manifest2,
  manifest3,
  service2,
} from './documents.ts'

const ADDRESS = `${BASE}/info.json`
const read = (document: unknown, address = ADDRESS) => parseIiifDocument(JSON.stringify(document), address)
const image = (document: unknown): ImageService => (read(document) as { image: ImageService }).image
const manifest = (document: unknown): Manifest => (read(document) as { manifest: Manifest }).manifest
const size = { width: 6000, height: 4000 }
const INFINITE = Number.POSITIVE_INFINITY

describe('an info.json', () => {
  it.each([
    [
      '3',
      info3,
      { version: 3, isCut: true, tiles: [{ width: 512, height: 512, scaleFactors: [1, 2, 4, 8] }] },
    ],
    [
      '2',
      info2,
      {
        ...{ version: 2, isCut: true, limits: { width: 3000, height: 3000, area: 4_000_000 } },
        ...{
          sizes: [{ width: 750, height: 500 }],
          tiles: [{ width: 256, height: 256, scaleFactors: [1, 2, 4] }],
        },
      },
    ],
    [
      '1.1',
      info11,
      { version: 1, isCut: true, tiles: [{ width: 1024, height: 1024, scaleFactors: [1, 2, 4] }] },
    ],
    ['1.0', info10, { version: 1, isCut: false, tiles: [{ width: 512, height: 512, scaleFactors: [1, 2] }] }],
  ])('of version %s', (_version, document, expected) => {
    expect(image(document)).toMatchObject({
      ...{ base: BASE, ...size, limits: { width: INFINITE, height: INFINITE, area: INFINITE } },
      ...expected,
    })
  })

  it('is cut beyond its level where it says so', () => {
    const features = { extraFeatures: ['regionByPx', 'sizeByWh'] }
    expect(image({ ...info3, profile: 'level0' }).isCut).toBe(false)
    expect(image({ ...info3, profile: 'level0', ...features }).isCut).toBe(true)
    const profile = ['http://iiif.io/api/image/2/level0.json', { supports: ['regionByPx', 'sizeByW'] }]
    expect(image({ ...info2, profile }).isCut).toBe(true)
  })

  it('is where it was found if it does not say where', () => {
    expect(image({ ...info3, id: undefined }).base).toBe(BASE)
    expect(image({ ...info3, id: 'no address' }).base).toBe(BASE)
    expect(image({ ...info3, id: `${BASE}/` }).base).toBe(BASE)
  })

  it.each([{ width: 0 }, { width: 1.5 }, { height: null }, { height: -3 }, { width: 'wide' }])(
    'is refused with %o',
    (wrong) => {
      expect(() => image({ ...info3, ...wrong })).toThrow(/no width and height/)
    },
  )
})

describe('a manifest', () => {
  const service = { service: BASE }

  it.each([
    ['2', manifest2([canvas2('c0', service2(BASE))]), 'Of many sheets\nThe library'],
    [
      '2 with a list of services',
      manifest2([canvas2('c0', [service2(BASE)])]),
      'Of many sheets\nThe library',
    ],
    ['3', manifest3([canvas3('c0', image3(BASE))]), 'Of many sheets\nHeld by: The library'],
  ])('of version %s', (_version, document, description) => {
    expect(manifest(document)).toEqual({
      ...{ label: 'An atlas', description },
      canvases: [{ id: 'c0', image: service }],
    })
  })

  it.each([
    ['a choice', { type: 'Choice', items: [image3(BASE), image3('https://other.example.org')] }],
    ['a part of a resource', { type: 'SpecificResource', source: image3(BASE) }],
    ['an older service', { type: 'Image', service: { '@id': BASE, '@type': 'ImageService2' } }],
    ['the first of two layers with a service', [{ id: 'https://x.org/a.jpg', type: 'Image' }, image3(BASE)]],
  ])('paints %s', (_what, body) => {
    expect(manifest(manifest3([canvas3('c0', body)])).canvases[0]!.image).toEqual(service)
  })

  it('may have an image without a service', () => {
    const file = 'https://x.org/a.jpg'
    expect(manifest(manifest3([canvas3('c0', { id: file, type: 'Image' })])).canvases[0]!.image).toEqual({
      file,
    })
    expect(manifest(manifest2([canvas2('https://x.org/a', null)])).canvases[0]!.image).toEqual({ file })
  })

  it('gives the canvas that is asked for', () => {
    const atlas = manifest(manifest3(['a', 'b', '0'].map((id) => canvas3(id, image3(`${BASE}/${id}`)))))
    const chosen = (wanted: string | null) => chooseCanvas(atlas, wanted).id
    expect([null, 'b', '1', '0'].map(chosen)).toEqual(['a', 'b', 'b', '0'])
    for (const unknown of ['3', '-1', 'c', ''])
      expect(() => chosen(unknown)).toThrow(/3 canvases, of which none/)
  })

  it.each([
    ['a collection', { ...manifest3([]), type: 'Collection' }, /collection/],
    ['a canvas', { ...manifest3([]), type: 'Canvas' }, /no manifest/],
    [
      'something without a type',
      { '@context': info3['@context'].replace('image', 'presentation') },
      /no manifest/,
    ],
    ['another document', { type: 'FeatureCollection' }, /neither an image nor/],
    ['a list', [], /neither an image nor/],
  ])('is not %s', (_what, document, message) => {
    expect(() => read(document)).toThrow(message)
  })

  it('without a canvas, or without an image on it, is refused', () => {
    expect(() => chooseCanvas(manifest(manifest3([])), null)).toThrow(/without a canvas/)
    expect(() => chooseCanvas(manifest(manifest3([canvas3('a', [])])), null)).toThrow(/no image/)
  })
})

describe('a document', () => {
  it('that is no JSON is refused', () => {
    expect(() => parseIiifDocument('{"width": ', ADDRESS)).toThrow(/nor valid JSON/)
  })

  const members = [
    'id',
    '@id',
    'type',
    '@type',
    '@context',
    'profile',
    'items',
    'sequences',
    'canvases',
    'images',
  ]
  const more = [
    'resource',
    'service',
    'body',
    'source',
    'label',
    'value',
    'summary',
    'tiles',
    'sizes',
    'width',
  ]
  const words = ['Manifest', 'sc:Manifest', 'Choice', 'painting', info3['@context'], BASE]
  const anything = fc.letrec((tie) => ({
    node: fc.dictionary(fc.constantFrom(...members, ...more), tie('value'), { maxKeys: 6 }),
    value: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(...words),
      fc.integer(),
      fc.constant(null),
      tie('node'),
      fc.array(tie('value'), { maxLength: 3 }),
    ),
  })).node

  it('is read or refused in words, whatever is in it', () => {
    const known = fc.constantFrom<object>(info3, info2, info10, manifest2([]), manifest3([]))
    fc.assert(
      fc.property(anything as fc.Arbitrary<object>, known, (document, base) => {
        for (const each of [document, { ...base, ...document }, { ...document, ...base }]) {
          try {
            const found = read(each)
            if ('manifest' in found) chooseCanvas(found.manifest, null)
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError)
          }
        }
      }),
    )
  })
})

describe('plain text', () => {
  it.each([
    ['A map', 'A map'],
    [['A', 'B'], 'A\nB'],
    [{ '@value': 'A', '@language': 'fr' }, 'A'],
    [
      [
        { '@value': 'Carte', '@language': 'fr' },
        { '@value': 'Map', '@language': 'en-GB' },
      ],
      'Map',
    ],
    [{ de: ['Karte'], none: ['M'] }, 'M'],
    [{ de: ['Karte'], fr: ['Carte'] }, 'Karte'],
    ['<p>A &amp; B<br/>C</p>', 'A & B\nC'],
    ['1 < 2 > 0', '1 < 2 > 0'],
    [{ en: [7] }, ''],
    [null, ''],
  ])('of %j', (value, expected) => {
    expect(plainText(value)).toBe(expected)
  })
})
