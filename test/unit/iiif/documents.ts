/** Hand-made documents of every version of the Image and the Presentation API, in the words of their specifications. */

export const BASE = 'https://iiif.example.org/images/sheet%2F1'

export const info3 = {
  '@context': 'http://iiif.io/api/image/3/context.json',
  ...{ id: BASE, type: 'ImageService3', protocol: 'http://iiif.io/api/image', profile: 'level1' },
  ...{ width: 6000, height: 4000 },
  tiles: [{ width: 512, scaleFactors: [1, 2, 4, 8] }],
}

export const info2 = {
  '@context': 'http://iiif.io/api/image/2/context.json',
  ...{ '@id': BASE, protocol: 'http://iiif.io/api/image' },
  ...{ width: 6000, height: 4000 },
  attribution: [{ '@value': '<p>By <b>the library</b> &amp; friends</p>', '@language': 'en' }],
  profile: [
    'http://iiif.io/api/image/2/level2.json',
    { formats: ['jpg'], qualities: ['default'], maxWidth: 3000, maxArea: 4_000_000 },
  ],
  sizes: [{ width: 750, height: 500 }],
  tiles: [{ width: 256, height: 256, scaleFactors: [4, 1, 2] }],
}

export const info11 = {
  '@context': 'http://library.stanford.edu/iiif/image-api/1.1/context.json',
  '@id': BASE,
  ...{ width: 6000, height: 4000, scale_factors: [1, 2, 4], tile_width: 1024, tile_height: 1024 },
  ...{ formats: ['jpg'], qualities: ['native'] },
  profile: 'http://library.stanford.edu/iiif/image-api/1.1/compliance.html#level1',
}

export const info10 = {
  ...{
    identifier: 'sheet/1',
    width: 6000,
    height: 4000,
    scale_factors: [1, 2],
    tile_width: 512,
    tile_height: 512,
  },
  profile: 'http://library.stanford.edu/iiif/image-api/compliance.html#level0',
}

export const manifest2 = (canvases: object[]) => ({
  '@context': 'http://iiif.io/api/presentation/2/context.json',
  ...{ '@id': 'https://iiif.example.org/m/2', '@type': 'sc:Manifest', label: 'An atlas' },
  ...{ description: { '@value': 'Of many sheets', '@language': 'en' }, attribution: 'The library' },
  sequences: [{ '@type': 'sc:Sequence', canvases }],
})

export const canvas2 = (id: string, service: unknown) => ({
  ...{ '@id': id, '@type': 'sc:Canvas', label: id, width: 600, height: 400 },
  images: [
    {
      ...{ '@type': 'oa:Annotation', motivation: 'sc:painting', on: id },
      resource: { '@id': `${id}.jpg`, '@type': 'dctypes:Image', ...(service ? { service } : {}) },
    },
  ],
})

export const service2 = (base: string) => ({
  ...{ '@context': 'http://iiif.io/api/image/2/context.json', '@id': base },
  profile: 'http://iiif.io/api/image/2/level1.json',
})

export const manifest3 = (items: object[]) => ({
  '@context': ['http://www.w3.org/ns/anno.jsonld', 'http://iiif.io/api/presentation/3/context.json'],
  ...{ id: 'https://iiif.example.org/m/3', type: 'Manifest' },
  label: { de: ['Ein Atlas'], en: ['An atlas'] },
  summary: { none: ['Of many sheets'] },
  requiredStatement: { label: { en: ['Held by'] }, value: { en: ['<span>The library</span>'] } },
  items,
})

export const canvas3 = (id: string, body: unknown) => ({
  ...{ id, type: 'Canvas', width: 600, height: 400 },
  items: [
    { type: 'AnnotationPage', items: [{ type: 'Annotation', motivation: 'painting', target: id, body }] },
  ],
})

export const image3 = (base: string) => ({
  ...{ id: `${base}/full/max/0/default.jpg`, type: 'Image', format: 'image/jpeg' },
  service: [{ id: base, type: 'ImageService3', profile: 'level1' }],
})
