import type { ScanImageSource } from '../../store/scan-images.ts'
import { PROFILE } from './image-info.ts'

const NO_LANGUAGE = 'none'
const THUMBNAIL_PX = 200

const text = (value: string) => ({ [NO_LANGUAGE]: [value] })

/**
 * A scan as IIIF Presentation 3.0 manifest of one canvas, which has the image's pixels as its units, so that the points
 * of the Georeference Annotation are on it as they are.
 * @param origin scheme, host and port that addresses begin with
 */
export function scanManifest(scan: ScanImageSource, origin: string) {
  const { scanId, title, description, pyramid } = scan
  const { width, height } = pyramid
  const base = `${origin}/iiif/${scanId}`
  const service = { id: base, type: 'ImageService3', profile: PROFILE }
  const canvas = `${base}/canvas`
  const longest = Math.max(width, height)
  const thumbnail = {
    width: Math.max(1, Math.round((width * THUMBNAIL_PX) / longest)),
    height: Math.max(1, Math.round((height * THUMBNAIL_PX) / longest)),
  }
  return {
    '@context': 'http://iiif.io/api/presentation/3/context.json',
    id: `${base}/manifest.json`,
    type: 'Manifest',
    label: text(title),
    ...(description ? { summary: text(description) } : {}),
    metadata: metadataOf(scan),
    thumbnail: [
      {
        id: `${base}/full/!${THUMBNAIL_PX},${THUMBNAIL_PX}/0/default.jpg`,
        type: 'Image',
        format: 'image/jpeg',
        ...thumbnail,
        service: [service],
      },
    ],
    homepage: [
      {
        id: `${origin}/api/v1/maps/${scanId}`,
        type: 'Dataset',
        label: text(title),
        format: 'application/json',
      },
    ],
    seeAlso: [
      {
        id: `${origin}/maps/${scanId}/annotation.json`,
        type: 'Dataset',
        label: text('Georeference Annotation'),
        format: 'application/json',
        profile: 'http://iiif.io/api/extension/georef/1/context.json',
      },
    ],
    items: [
      {
        ...{ id: canvas, type: 'Canvas', label: text(title), width, height },
        items: [
          {
            id: `${canvas}/page`,
            type: 'AnnotationPage',
            items: [
              {
                ...{ id: `${canvas}/image`, type: 'Annotation', motivation: 'painting', target: canvas },
                body: {
                  ...{
                    id: `${base}/full/max/0/default.jpg`,
                    type: 'Image',
                    format: 'image/jpeg',
                    width,
                    height,
                  },
                  service: [service],
                },
              },
            ],
          },
        ],
      },
    ],
  }
}

function metadataOf(scan: ScanImageSource) {
  const values: [label: string, value: string | null][] = [
    ['Authors', scan.authors],
    ['Publisher', scan.publisher],
    ['Publication place', scan.publicationPlace],
    ['Date depicted', scan.dateDepicted],
    ['Year of issue', scan.issueYear],
    ['Scale', scan.scale],
    ['Call number', scan.callNumber],
    ['Source', scan.sourceUri],
  ]
  return values.flatMap(([label, value]) => (value ? [{ label: { en: [label] }, value: text(value) }] : []))
}
